"""Where everything is that a patient has a page for, put together by what it is about."""

from __future__ import annotations

from typing import NamedTuple

from django.urls import reverse
from django.utils.translation import gettext as _

from etasu.portals.components.dates import day
from etasu.portals.patient.here import Holder
from etasu.portals.patient.next_steps import CheckNow
from etasu.registry.community.facts import has_community
from etasu.registry.patient_support.facts import is_offered
from etasu.registry.patient_support.lab_facts import has_lab_program
from etasu.registry.patient_support.nurse_facts import has_nurse_line
from etasu.registry.patient_support.sharing_facts import partners_of


class Place(NamedTuple):
    """One page: its address, its name, and what there is to do."""

    address: str
    name: str
    about: str


class Part(NamedTuple):
    """Places that belong together, under their heading."""

    heading: str
    places: list[Place]


def places_of(held: Holder, check: CheckNow | None) -> list[Part]:
    """Every page the patient has, in four parts."""
    return [
        Part(_("How you are"), _how_you_are(held, check)),
        Part(_("Your tests"), _tests(held)),
        Part(_("Help for you"), _help(held)),
        Part(_("Your papers"), _papers()),
    ]


def _how_you_are(held: Holder, check: CheckNow | None) -> list[Place]:
    found = []
    if check is not None:
        is_ahead = check.next_on > held.on
        when = _("Next on %(day)s") % {"day": day(check.next_on)} if is_ahead else _("On any day")
        said = _("It is time for it") if check.is_due else when
        found.append(_place("patient:self-check", _("Check how you are"), said))
    found.append(
        _place(
            "patient:side-effect",
            _("Report a side effect or a pregnancy"),
            _("Something you notice"),
        )
    )
    if has_nurse_line(held.program, held.on):
        said = _("Write, or ask to be called")
        found.append(_place("patient:nurses", _("Talk with a nurse"), said))
    said = _("Your list of medicines, to show and to print")
    return [*found, _place("patient:medicines", _("What you take"), said)]


def _tests(held: Holder) -> list[Place]:
    found = [
        _place(
            "patient:reminders",
            _("Your reminders and your calendar"),
            _("See them, and change how we remind you"),
        )
    ]
    if has_lab_program(held.patient, held.on):
        said = _("Ask for an appointment, and see who pays")
        found.append(_place("patient:lab-tests", _("Your blood and urine tests"), said))
    said = _("The newest of each test, in plain words")
    found.append(_place("patient:results", _("Your test results"), said))
    said = _("A test that was done somewhere else")
    return [*found, _place("patient:reports", _("Send a test report"), said)]


def _help(held: Holder) -> list[Place]:
    found = [_partners(held)]
    if has_community(held.program, held.on):
        said = _("Talk with others who understand")
        found.append(_place("community:home", _("Community"), said))
    if is_offered(held.patient, held.on):
        said = _("See what you can get, and claim what you paid")
        found.append(_place("patient:costs", _("Help with costs"), said))
    answers = Place(
        reverse("public:answers", args=[held.program]) + "?for=patients",
        _("Answers to your questions"),
        _("Read them, search them, and keep a list"),
    )
    said = _("Hear experts, and ask them")
    return [*found, answers, _place("public:events", _("Live events"), said, held.program)]


def _partners(held: Holder) -> Place:
    """Whoever has nobody yet comes to the question itself."""
    if partners_of(held.patient, held.at):
        said = _("Change what they see, and who looked")
        return _place("patient:partners", _("People who help you"), said)
    said = _("They see only what you choose")
    return _place("patient:partner-ask", _("Ask somebody to help"), said)


def _papers() -> list[Place]:
    said = _("To show, to read and to print")
    reached = _("Your telephone, e-mail, address and language")
    return [
        _place("patient:contact", _("How we reach you"), reached),
        _place("patient:guides", _("Your card and your guides"), said),
        _place("patient:own-data", _("Download your data"), _("To read, or for another program")),
        _place("patient:choices", _("What you allow"), _("See it, allow more, or take it back")),
    ]


def _place(route: str, name: str, about: str, *args: str) -> Place:
    return Place(reverse(route, args=args), name, about)
