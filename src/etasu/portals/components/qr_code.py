"""An address as a QR code that a page can hold: no script, no style, and a name."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def qr_svg(address: str) -> SafeString:
    """The address as a drawing to be put into a page."""
    code = segno.make(address, error="m", micro=False)
    drawn = code.svg_inline(scale=5, border=4, svgclass=None, lineclass=None, light="#fff")
    # Made by the library from our own text; nothing in it was typed by anybody.
    return mark_safe(drawn)
