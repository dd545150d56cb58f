"""Forms of a simulation, filled in as on a day when nothing special happened, and signed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from etasu.registry.authorizations.signed import FormAsSigned
from etasu.registry.patients.revisions import note_change
from etasu.registry.submissions.actions import FormToSign, keep_signed_form
from etasu.site.sim.world import Did, Office, Person, World


def filled(world: World, form: str, known: Mapping[str, Any]) -> tuple[dict[str, Any], Any]:
    """The answers, and those the gates read."""
    plan = world.shapes.form_on(world.day, form)
    assert plan is not None, f"the program has no form {form}"
    return plan.filled({"signed-on": world.day, **known})


def as_signed(world: World, form: str, known: Mapping[str, Any], by: Office) -> FormAsSigned:
    """A form to be handed to a gate together with the question."""
    answers, _ = filled(world, form, known)
    return FormAsSigned(form, answers, by.name)


def sign(
    world: World,
    form: str,
    person: Person,
    by: Office,
    known: Mapping[str, Any],
    course: int | None = None,
) -> None:
    """Sign a form about somebody; it counts from this moment."""

    def do(at: datetime) -> Did:
        answers, read = filled(world, form, known)
        plan = world.shapes.form_on(world.day, form)
        assert plan is not None
        with transaction.atomic():
            patient = person.row
            kept = keep_signed_form(
                FormToSign(
                    program=world.code,
                    program_version=world.shapes.version_on(world.day).label,
                    form=form,
                    subject_kind="patient",
                    subject_id=patient.pk,
                    subject_number=patient.number,
                    answers=answers,
                    gate_answers=read,
                    signer_name=by.name,
                    meaning=plan.meaning_for(by.actor.role),
                    signed_on=world.day,
                    course=course,
                ),
                by=by.actor,
                at=at,
            )
            note_change(patient)
        return form, kept

    world.act("form", person.subject, do, [person])
