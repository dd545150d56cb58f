"""Forms of a simulation, filled in as on a day when nothing special happened, and signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from etasu.registry.authorizations.signed import FormAsSigned
from etasu.registry.reactions import forms_signed
from etasu.registry.submissions.actions import (
    Beginning,
    Sitting,
    ToSign,
    begin_draft,
    save_answers,
)
from etasu.registry.submissions.facts import draft_text
from etasu.safe_use.form_text import hash_of
from etasu.safe_use.safety_plan import Criterion
from etasu.site.sim.world import Did, Office, Person, World


def as_signed(
    world: World, form: str, person: Person, by: Office, known: Mapping[str, Any]
) -> FormAsSigned:
    """A form to be handed to a gate together with the question."""
    return FormAsSigned(form, _filled(world, form, person, by, known), by.name)


def sign(
    world: World,
    form: str,
    person: Person,
    by: Office,
    known: Mapping[str, Any],
    course: int | None = None,
) -> None:
    """Fill in a form about somebody and sign it, as at a page."""
    answers = _filled(world, form, person, by, {**known, **_stated(world, form)})

    def do(at: datetime) -> Did:
        subject = ("patient", person.pk, person.number)
        beginning = Beginning(world.code, form, *subject, by.row.pk, course)
        draft = begin_draft(beginning, by=by.actor, at=at, on=world.day)
        save_answers(draft, answers, seen_revision=draft.revision, by=by.actor, at=at)
        shown = ToSign(draft.number, by.actor.role, hash_of(draft_text(draft)), by.name)
        sitting = Sitting("password", by.row.time_zone, at, by.row.pk)
        (signed,) = forms_signed([shown], sitting, by=by.actor, at=at)
        return f"{form} {'signed' if signed.form else 'begun'}", signed

    world.act("form", person.subject, do, [person])


def _stated(world: World, form: str) -> dict[str, str]:
    """Now and then, the answer that states an event; of a death, nobody tells by a form here."""
    known = world.shapes.version_on(world.day).event_answers.values()
    found = [each for each in known if each.form == form and Criterion.DEATH not in each.criteria]
    if not found or not world.chance.happens(world.plan.rates.event_stated):
        return {}
    stated = world.chance.pick(found)
    return {stated.question: stated.answer}


def _filled(
    world: World, form: str, person: Person, by: Office, known: Mapping[str, Any]
) -> dict[str, str]:
    plan = world.shapes.form_on(world.day, form)
    assert plan is not None, f"the program has no form {form}"
    given = {
        "signed-on": world.day,
        "patient_number": person.number,
        "patient_name": person.name,
        "patient_birth_date": person.born,
        "prescriber_name": person.prescriber.name,
        "prescriber_npi": person.prescriber.row.npi,
        f"{by.kind}_number": by.row.number,
        f"{by.kind}_name": by.name,
        **known,
    }
    answers, _ = plan.filled({key: said for key, said in given.items() if said is not None})
    return {key: str(said) for key, said in answers.items()}
