"""What the house lends one door of another: the printer of the pages, for the wires."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from etasu.portals.components.paper.records import signed_form_pdf
from etasu.portals.components.paper.sheet import Printing


def printed_form(form: Any, signed_about: str, at: datetime, zone: str) -> bytes:
    """The signed form as a file, checked while it is printed."""
    return signed_form_pdf(form, signed_about, Printing(printed_at=at, zone=zone))
