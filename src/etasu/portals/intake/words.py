"""What things in this room are called."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CHANNELS: dict[str, str | Promise] = {
    "paper": _("Mail"),
    "fax": _("Fax"),
    "phone": _("Telephone"),
}
SHARED: dict[str, str | Promise] = {
    "birth date": _("birth date"),
    "name": _("name"),
    "telephone": _("telephone"),
    "email": _("email"),
    "asked": _("somebody asked for it"),
}
