"""Invented documents as a scanner or a fax machine sends them."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas


def pdf(text: str = "Invented form") -> bytes:
    """A PDF of one page."""
    made = io.BytesIO()
    canvas = Canvas(made, invariant=True)
    canvas.drawString(72, 720, text)
    canvas.showPage()
    canvas.save()
    return made.getvalue()


def picture(kind: str, text: str = "Invented form", pages: int = 1) -> bytes:
    """A picture of that kind: PNG, JPEG, or TIFF with several pages in black and white."""
    sheets = []
    for page in range(1, pages + 1):
        sheet = Image.new("1" if kind == "TIFF" else "L", (850, 1100), 1 if kind == "TIFF" else 255)
        ImageDraw.Draw(sheet).text((60, 60), f"{text}, page {page}", fill=0)
        sheets.append(sheet)
    made = io.BytesIO()
    more = {"save_all": True, "append_images": sheets[1:], "compression": "group4"}
    sheets[0].save(made, kind, **(more if kind == "TIFF" else {}))
    return made.getvalue()
