"""Everything on record about a patient, on paper and in plain words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from reportlab.platypus import Spacer  # type: ignore[import-untyped]

from etasu.portals.components import dates
from etasu.portals.components.community import DEEDS, STANDINGS
from etasu.portals.components.medicines import KINDS, in_days
from etasu.portals.components.paper import looks
from etasu.portals.components.paper.filled import row
from etasu.portals.components.paper.flowables import PartHeading
from etasu.portals.components.paper.sheet import Printing, Sheet, build
from etasu.portals.components.paper.words import paragraph
from etasu.portals.components.results_in_words import found_in_words
from etasu.portals.components.sharing_words import slices_in_order
from etasu.registry.reactions.own_record import OwnRecord

Rows = Iterator[tuple[str, str]]


def own_record_pdf(record: OwnRecord, printing: Printing) -> bytes:
    """The record as a file."""
    with translation.override(printing.language):
        title = _("What is on record about me")
        sheet = Sheet(title=title, program=record.program.name, subject="own record", footer=title)
        return build(list(_story(record, title, printing)), sheet, printing)


def _story(record: OwnRecord, title: str, printing: Printing) -> Iterator[Any]:
    yield PartHeading.of(title, looks.TITLE)
    at = dates.moment(record.made_at, printing.zone)
    yield paragraph(_("As on record on %(moment)s.") % {"moment": at}, looks.LEAD)
    yield Spacer(1, 8)
    for heading, rows in (
        (_("About me"), _person(record)),
        (_("My infusions"), _infusions(record)),
        (_("My test results"), _results(record)),
        (_("What I take"), _medicines(record)),
        (_("What I noticed"), _symptoms(record)),
        (_("What I allow"), _consents(record, printing.zone)),
        (_("Who helps me"), _partners(record, printing.zone)),
        (_("What I wrote in the community"), _written(record, printing.zone)),
        (_("What else I did there"), _deeds(record, printing.zone)),
        (_("Forms about me"), _forms(record)),
    ):
        yield PartHeading.of(heading, looks.HEADINGS[2])
        found = list(rows)
        yield from (row(label, said) for label, said in found)
        if not found:
            yield paragraph(_("Nothing."), looks.BODY)
        yield Spacer(1, 8)
    yield paragraph(record.program.notice, looks.SMALL)


def _person(record: OwnRecord) -> Rows:
    patient = record.patient
    place = " ".join(filter(None, [patient.city, patient.state, patient.zip_code]))
    doctor = patient.prescriber
    known = (
        (_("Name"), patient.full_name),
        (_("Birth date"), dates.day(patient.birth_date) if patient.birth_date else ""),
        (_("Patient number"), patient.number),
        (_("Telephone"), patient.telephone),
        (_("E-mail"), patient.email),
        (_("City and state"), place),
        (_("Program"), record.program.name),
        (_("Enrolled on"), dates.day(patient.enrolled_on) if patient.enrolled_on else ""),
        (_("My doctor"), f"{doctor.name} {doctor.telephone}".strip() if doctor else ""),
    )
    yield from ((label, said) for label, said in known if said)


def _infusions(record: OwnRecord) -> Rows:
    for each in record.infusions:
        course = _("Course %(number)s") % {"number": each.course}
        yield dates.day(each.given_on), ", ".join(filter(None, [course, each.facility]))


def _results(record: OwnRecord) -> Rows:
    for each in record.results:
        found = str(found_in_words(each)) or _("was done")
        yield dates.day(each.collected_on), f"{each.test}: {found}"


def _medicines(record: OwnRecord) -> Rows:
    for each in record.medicines:
        days = in_days(each.started_on, each.stopped_on, each.kind)
        yield each.name, "\n".join(filter(None, [str(KINDS[each.kind]), each.how_taken, days]))


def _symptoms(record: OwnRecord) -> Rows:
    for each in record.symptoms:
        said = _("not sure: %(words)s") if each.is_unsure else "%(words)s"
        yield dates.day(each.on), said % {"words": each.words}


def _consents(record: OwnRecord, zone: str) -> Rows:
    for each in record.consents:
        given = _("Allowed: %(moment)s") % {"moment": dates.moment(each.given_at, zone)}
        parts = [given]
        if each.revoked_at is not None:
            back = dates.moment(each.revoked_at, zone)
            parts.append(_("Taken back: %(moment)s") % {"moment": back})
        yield each.name, "\n".join([*parts, each.text])


def _partners(record: OwnRecord, zone: str) -> Rows:
    for each in record.partners:
        shared = ", ".join(str(said) for said in slices_in_order(set(each.shared)))
        said = [shared, _("Asked: %(moment)s") % {"moment": dates.moment(each.invited_at, zone)}]
        if each.accepted_at is not None:
            accepted = dates.moment(each.accepted_at, zone)
            said.append(_("Accepted: %(moment)s") % {"moment": accepted})
        if each.ended_at is not None:
            said.append(_("Ended: %(moment)s") % {"moment": dates.moment(each.ended_at, zone)})
        else:
            said.append(_("Until %(day)s") % {"day": dates.day(each.ends_on)})
        yield each.name, "\n".join(filter(None, said))


def _written(record: OwnRecord, zone: str) -> Rows:
    for each in record.written:
        under = _("As %(name)s") % {"name": each.name}
        about = ", ".join(filter(None, [under, each.topic, str(STANDINGS[each.standing])]))
        yield dates.moment(each.written_at, zone), f"{about}\n{each.words}"


def _deeds(record: OwnRecord, zone: str) -> Rows:
    for each in record.deeds:
        what = ": ".join(filter(None, [str(DEEDS[each.deed]), each.about]))
        until = ""
        if each.ended_at is not None:
            until = _("Until %(day)s") % {"day": dates.moment(each.ended_at, zone)}
        said = "\n".join(filter(None, [what, each.words, until]))
        yield dates.moment(each.at, zone), said


def _forms(record: OwnRecord) -> Rows:
    yield from ((dates.day(each.signed_on), each.name) for each in record.forms)
