"""What things in this room are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: dict[str, str | Promise] = {
    "paper": _("Mail"),
    "fax": _("Fax"),
    "phone": _("Telephone"),
}
UNREADABLE: dict[str, str | Promise] = {
    "empty": _("This file is empty. Choose another."),
    "too-large": _("This file is too large. The largest we take has 10 MB; scan at 200 dpi."),
    "too-many-pages": _("This file has too many pages. Send at most 60 in one."),
    "other-kind": _("This is not a PDF, PNG, JPEG or TIFF file, whatever its name says."),
    "locked": _("This PDF is locked. Print it to a new PDF, or scan the paper."),
    "broken": _("This file is damaged and cannot be opened. Scan or fetch it again."),
}
SHARED: dict[str, str | Promise] = {
    "birth date": _("birth date"),
    "name": _("name"),
    "telephone": _("telephone"),
    "email": _("email"),
    "asked": _("somebody asked for it"),
}
