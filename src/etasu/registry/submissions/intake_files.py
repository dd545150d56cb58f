"""Looking at a file somebody sent: what it is by its content, whatever its name says."""

from __future__ import annotations

import io
import warnings
from typing import NamedTuple

from PIL import Image

MOST_BYTES = 10 * 1024 * 1024
MOST_PAGES = 60
# A letter page at 600 dots an inch has 34 million.
MOST_PIXELS = 60_000_000

PDF, PNG, JPEG, TIFF = "application/pdf", "image/png", "image/jpeg", "image/tiff"
_BEGINNINGS = (
    (b"%PDF-", PDF),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
)
_AS_PILLOW_CALLS_IT = {PNG: "PNG", JPEG: "JPEG", TIFF: "TIFF"}


class Unreadable(ValueError):
    """A file we do not take: `why` is empty, too-large, too-many-pages, other-kind, locked, broken.

    Nobody could read it later, or it is none of the kinds that hold a page.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Sheet(NamedTuple):
    """What a file is, and how many pages it has; None where that takes a reader to tell."""

    media_type: str
    pages: int | None


def look_at(content: bytes) -> Sheet:
    """What the file is, judged by its content alone; raises Unreadable for what we do not take."""
    if not content:
        raise Unreadable("empty")
    if len(content) > MOST_BYTES:
        raise Unreadable("too-large")
    media_type = next((kind for begin, kind in _BEGINNINGS if content.startswith(begin)), None)
    if media_type is None:
        raise Unreadable("other-kind")
    if media_type == PDF:
        return _look_at_pdf(content)
    return Sheet(media_type, _pages_of_picture(content, media_type))


def page_as_png(content: bytes, media_type: str, page: int) -> bytes | None:
    """One page of a picture as PNG, counted from 1, for browsers that show no TIFF; None past it.

    What is kept is the file as it came; this is only a way to look at it.
    """
    with _opened(content, media_type) as picture:
        if not 1 <= page <= getattr(picture, "n_frames", 1):
            return None
        picture.seek(page - 1)
        _check_size(picture)
        made = io.BytesIO()
        # A fax is black and white; anything else is shown in plain colors.
        shown = picture if picture.mode in ("1", "L") else picture.convert("RGB")
        shown.save(made, "PNG")
    return made.getvalue()


def _look_at_pdf(content: bytes) -> Sheet:
    if b"%%EOF" not in content[-2048:]:
        raise Unreadable("broken")
    if b"/Encrypt" in content:
        raise Unreadable("locked")
    return Sheet(PDF, None)


def _pages_of_picture(content: bytes, media_type: str) -> int:
    try:
        with _opened(content, media_type) as picture:
            pages = int(getattr(picture, "n_frames", 1))
            if pages > MOST_PAGES:
                raise Unreadable("too-many-pages")
            for page in range(pages):
                picture.seek(page)
                _check_size(picture)
                picture.load()
    except Unreadable:
        raise
    except Exception:  # noqa: BLE001 - a decoder fed a broken file fails in ways of its own
        raise Unreadable("broken") from None
    return pages


def _opened(content: bytes, media_type: str) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        return Image.open(io.BytesIO(content), formats=[_AS_PILLOW_CALLS_IT[media_type]])


def _check_size(picture: Image.Image) -> None:
    if picture.width * picture.height > MOST_PIXELS:
        raise Unreadable("too-large")
