"""The navigation of each role: the same on every page it opens, whichever portal the page is of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.programs import library
from etasu.registry.accounts import access
from etasu.registry.participants.facts import Asker
from etasu.registry.participants.visibility import acted_for, concerns
from etasu.registry.submissions.facts import open_drafts_of_any

FORMS = "forms:waiting"
Words = str | Promise


class Section(NamedTuple):
    """One entry: where it leads, what it is called, and how many things wait there."""

    address: str
    label: Words
    is_current: bool
    waiting: int = 0


class Menu(NamedTuple):
    """The entries of a role, and what they are together."""

    label: Words
    sections: Sequence[Section]


_FORMS = (FORMS, _("Forms under way"))
_STANDING = ("standing:home", _("My standing"))
_ORGANIZATION = ("organization:home", _("My organization"))
_TODAY = ("facility:today", _("Today"))
_FOLLOW_UP = ("watching:home", _("Follow up"))
_ANSWERS = ("public:answers-at-work", _("Answers"))
_FILES = ("uploads:home", _("Files of results"))
_APPOINTMENTS = ("appointments:home", _("Appointments for tests"))
_REPORT = ("safety:report", _("Report a side effect"))
_ROTA = ("support:rota", _("Nurses’ rota"))
_SAFETY = (
    ("safety:home", _("Safety cases")),
    ("safety:hand-overs", _("Handed over")),
    _REPORT,
)
_ADMINISTRATION = (
    ("administrator:home", _("Find")),
    _FOLLOW_UP,
    _FILES,
    _APPOINTMENTS,
    ("intake:home", _("Paper and calls")),
    _SAFETY[0],
    _ROTA,
    ("administrator:decisions", _("Decisions")),
    ("administrator:events", _("Compliance events")),
    ("administrator:programs", _("Programs")),
    ("administrator:training", _("Training")),
    ("administrator:answers", _("Answers")),
    ("events:home", _("Live events")),
    ("standing:undelivered", _("Undelivered")),
    ("administrator:audit", _("Audit trail")),
)
_LABORATORY = (
    ("laboratory:home", _("Laboratory results")),
    ("laboratory:quarantine", _("Waiting")),
    ("laboratory:messages", _("Message log")),
    ("laboratory:connections", _("Connections")),
    ("laboratory:codes", _("Codes")),
    ("laboratory:try", _("Try a message")),
    _FILES,
    _APPOINTMENTS,
)
_MENUS: Mapping[str, tuple[Words, Sequence[tuple[str, Words]]]] = {
    access.PRESCRIBER: (
        _("Prescriber"),
        (
            ("prescriber:home", _("Your patients")),
            _FOLLOW_UP,
            _FORMS,
            _REPORT,
            ("prescriber:delegates", _("My delegates")),
            _STANDING,
            _ANSWERS,
        ),
    ),
    access.DELEGATE: (
        _("Delegate"),
        (
            ("delegate:home", _("Patients")),
            _FOLLOW_UP,
            _FORMS,
            _REPORT,
            ("delegate:prescribers", _("For whom I work")),
            _ANSWERS,
        ),
    ),
    access.FACILITY_REPRESENTATIVE: (
        _("My organization"),
        (_ORGANIZATION, _TODAY, _FORMS, _REPORT, _STANDING, _ANSWERS),
    ),
    access.PHARMACY_REPRESENTATIVE: (
        _("My organization"),
        (_ORGANIZATION, _FORMS, _REPORT, _STANDING, _ANSWERS),
    ),
    access.INFUSION_NURSE: (
        _("Facility"),
        (
            ("facility:home", _("May I start today?")),
            _TODAY,
            ("facility:record-unauthorized", _("Record an infusion that was given")),
            _FORMS,
            _REPORT,
            _STANDING,
            _ANSWERS,
        ),
    ),
    access.PHARMACIST: (
        _("Pharmacy"),
        (
            ("pharmacy:home", _("Check a dispense")),
            ("pharmacy:history", _("Your checks")),
            _FORMS,
            _REPORT,
            _STANDING,
            _ANSWERS,
        ),
    ),
    access.CARE_PARTNER: (
        _("People you help"),
        (
            ("partner:home", _("People you help")),
            ("community:home", _("Community")),
            _REPORT,
            _ANSWERS,
        ),
    ),
    access.SUPPORT_NURSE: (
        _("Nurse support"),
        (
            ("support:home", _("Call list")),
            _FOLLOW_UP,
            ("support:hand-over", _("Hand over")),
            _ROTA,
            _REPORT,
            _ANSWERS,
        ),
    ),
    access.ADMINISTRATOR: (_("Administration"), (*_ADMINISTRATION, _LABORATORY[0])),
    access.LAB_ANALYST: (_("Laboratory results"), _LABORATORY),
    access.SAFETY_REVIEWER: (_("Safety cases"), _SAFETY),
    access.MODERATOR: (
        _("Community"),
        (("moderation:home", _("What waits")), ("moderation:boards", _("Boards"))),
    ),
    access.AUDITOR: (_("Administration"), _ADMINISTRATION),
}


def menu_of(asker: Asker | None, here: str = "") -> Menu | None:
    """The navigation of the role, the page `here` marked; None for a role without a portal."""
    if asker is None or asker.role not in _MENUS:
        return None
    label, entries = _MENUS[asker.role]
    found = [
        Section(reverse(route), words, route == here, _forms_of(asker) if route == FORMS else 0)
        for route, words in entries
    ]
    return Menu(label, found)


def _forms_of(asker: Asker) -> int:
    """How many forms under way somebody in this role can go on with."""
    drafts = open_drafts_of_any(acted_for(asker)).values_list("program_version", "form")
    return sum(_concerns(asker, version, form) for version, form in drafts)


def _concerns(asker: Asker, label: str, form: str) -> bool:
    version = library.current().version(asker.program, label)
    definition: Any = version.forms.get(form) if version else None
    return definition is not None and concerns(definition, asker.role)
