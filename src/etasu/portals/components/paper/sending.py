"""Where a paper form goes: on the page instead, by fax, or a call first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from reportlab.platypus import KeepTogether, Spacer  # type: ignore[import-untyped]

from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import Beside, PartHeading, Stack
from etasu.portals.components.paper.qr import QrCode
from etasu.portals.components.paper.words import paragraph
from etasu.safe_use.program import Contact, Program


def sending_lines(program: Program, address: str) -> Iterator[Any]:
    """How to send the form. A fax number nobody has confirmed is never given as if it were.

    A form carries the name of a patient: at a wrong number it would reach a stranger.
    """
    yield KeepTogether(list(_lines(program, address)))


def _lines(program: Program, address: str) -> Iterator[Any]:
    contacts = {contact.kind: contact for contact in reversed(program.contacts)}
    yield PartHeading.of(_("How to send this form"), looks.HEADINGS[2])
    rows = [row(_("Fax"), _fax(contacts["fax"]))] if "fax" in contacts else []
    for kind, label in (("mail", _("Mail")), ("telephone", _("Telephone"))):
        if kind in contacts:
            rows.append(row(label, contacts[kind].value))
    if address:
        rows.append(row(_("Instead, fill it in here"), address))
        yield Beside(Stack(rows), Stack([Spacer(1, 4), QrCode(address)]), share=0.8)
    else:
        yield from rows
    yield Spacer(1, 6)
    yield paragraph(_("Keep a copy for your records."), looks.BODY)


def _fax(contact: Contact) -> str:
    if contact.verified:
        return contact.value
    said = _("%(number)s. This number has not been confirmed: call before you fax anything to it.")
    return said % {"number": contact.value}
