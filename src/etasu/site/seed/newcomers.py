"""Those of the cast who are in the middle of getting in, so that every task has somebody to try it.

What the rows of the cast cannot say is done here the way people do it: by the registry's own verbs.
A program that lacks a form or a kind of participant is left without that part of the story.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.participants.actions import add_member
from etasu.registry.participants.invitations import Invited, invite
from etasu.registry.participants.known import known_about, known_of_prescriber
from etasu.registry.participants.models import Membership, Participant
from etasu.registry.participants.representatives import end_representative
from etasu.registry.patients.known import known_of_patient
from etasu.registry.patients.models import Patient
from etasu.registry.submissions.actions import (
    Beginning,
    Given,
    begin_draft,
    give_consent,
    save_answers,
)
from etasu.registry.submissions.facts import answers_of
from etasu.registry.submissions.models import Draft, Method
from etasu.safe_use.forms import CONSENT
from etasu.safe_use.program import FormDefinition, ProgramVersion, StepKind
from etasu.safe_use.requirements import FormKeptUp
from etasu.site.seed.cast import NEWCOMERS, email, opening_to
from etasu.site.seed.desk import Desk, day_of
from etasu.site.seed.forms import FormPlan

HANA = {"first-name": "Hana", "last-name": "Willowstamp", "birth-date": "1991-04-09"}
LEFT_AGO = timedelta(days=3)


class _Stage(NamedTuple):
    desk: Desk
    version: ProgramVersion
    participants: Mapping[str, Participant]
    patients: Mapping[str, Patient]

    def begin(self, form: str, owner: str, **more: object) -> Draft:
        """The form, begun in the name of one of the cast."""
        beginning = Beginning(self.desk.code, form, **more)  # type: ignore[arg-type]
        named = beginning._replace(owner_id=self.participants[owner].pk)
        by, at = self.actor(owner), self.desk.at
        return begin_draft(named, by=by, at=at, on=day_of(at))

    def answer(self, draft: Draft, answers: Mapping[str, str], by: Actor) -> None:
        """Answer what is not answered yet."""
        wanted = {key: said for key, said in answers.items() if key not in answers_of(draft)}
        save_answers(draft, wanted, seen_revision=draft.revision, by=by, at=self.desk.at)

    def actor(self, key: str, role: str = access.PRESCRIBER) -> Actor:
        """Somebody of the cast."""
        return Actor(User.objects.get(email=email(key)).number, role)


def let_in(desk: Desk, participants: Mapping[str, str], patients: Mapping[str, str]) -> None:
    """Begin everything that waits for somebody; both mappings give numbers by key of the cast."""
    found = Participant.objects.filter(number__in=participants.values())
    rows = {row.number: row for row in found}
    told = {row.number: row for row in Patient.objects.filter(number__in=patients.values())}
    stage = _Stage(
        desk,
        desk.version_on(desk.today),
        {key: rows[number] for key, number in participants.items()},
        {key: told[number] for key, number in patients.items()},
    )
    for key in ("amara", "bruno"):
        _join(stage, "dale", key)
    if "millbrook" in participants:
        _change_of_representative(stage)
        _invitation(stage)
    _half_an_enrollment(stage)
    _form_to_sign(stage)
    _patient_to_sign(stage)
    _open_to_nurses(stage)


def _join(stage: _Stage, key: str, where: str) -> None:
    player = next(each for each in NEWCOMERS if each.key == key)
    add_member(
        User.objects.get(email=email(key)),
        stage.participants[where],
        str(player.role),
        program=stage.desk.code,
        by=PLATFORM,
        at=stage.desk.at,
    )


def _change_of_representative(stage: _Stage) -> None:
    """The one who represented Millbrook left; Wren is to do a representative's part anew."""
    millbrook, role = stage.participants["millbrook"], access.FACILITY_REPRESENTATIVE
    then = stage.desk.at - LEFT_AGO
    left = User.objects.get(email=email("owen"))
    add_member(
        left, millbrook, role, program=stage.desk.code, by=PLATFORM, at=then - 300 * LEFT_AGO
    )
    before = Membership.objects.get(user=left)
    end_representative(before, begins_grace=True, by=PLATFORM, at=then)
    _join(stage, "wren", "millbrook")


def _invitation(stage: _Stage) -> None:
    """A nurse is invited to Riverside and has not answered."""
    riverside, role = stage.participants["riverside"], access.INFUSION_NURSE
    invited = Invited(riverside, role, email("tove"), "Tove Buttonriver")
    by = stage.actor("ben", access.FACILITY_REPRESENTATIVE)
    invite(invited, by=by, at=stage.desk.at)


def _half_an_enrollment(stage: _Stage) -> None:
    """Dr. Nadia's own enrollment, with its first page filled in."""
    nadia = stage.participants["nadia"]
    steps = stage.version.parties[nadia.kind].steps
    form = next((each.form for each in steps if each.kind is StepKind.SIGN and each.form), None)
    if form is None:
        return
    draft = stage.begin(
        form,
        "nadia",
        subject_kind="participant",
        subject_id=nadia.pk,
        subject_number=nadia.number,
        known=known_about(nadia, User.objects.get(email=email("nadia"))),
    )
    definition = stage.version.forms[form]
    first = {field.code for field in definition.sections[0].fields}
    answers = _filled(definition, stage)
    begun = {key: said for key, said in answers.items() if key.partition(".")[0] in first}
    stage.answer(draft, begun, stage.actor("nadia"))


def _form_to_sign(stage: _Stage) -> None:
    """The form about Iris that falls due again and again, prepared by Dale for Dr. Amara."""
    gates = stage.version.gates.values()
    kept_up = [each for gate in gates for each in gate.requirements if isinstance(each, FormKeptUp)]
    if not kept_up:
        return
    iris = stage.patients["iris"]
    draft = stage.begin(
        kept_up[0].form,
        "amara",
        subject_kind="patient",
        subject_id=iris.pk,
        subject_number=iris.number,
        known=known_of_patient(iris),
    )
    answers = _filled(stage.version.forms[draft.form], stage)
    stage.answer(draft, answers, stage.actor("dale", access.DELEGATE))


def _patient_to_sign(stage: _Stage) -> None:
    """Hana is not on record yet: her enrollment is filled in, the link to sign still to be sent."""
    form = stage.version.patient.form if stage.version.patient else None
    definition = stage.version.forms.get(form or "")
    if form is None or definition is None:
        return
    if [each.role for each in definition.signers][:1] != [access.PATIENT]:
        return
    known = known_of_prescriber(stage.participants["amara"])
    draft = stage.begin(form, "amara", subject_kind="patient", known=known)
    allowed = {CONSENT + each.code: "yes" for each in definition.offered if each.needed}
    hana = HANA | {"email": email("hana")}
    stage.answer(draft, _filled(definition, stage) | hana | allowed, stage.actor("amara"))


def _open_to_nurses(stage: _Stage) -> None:
    """Noor allows the program's nurses to see her record, so that Opal has somebody to follow."""
    noor = stage.patients["noor"]
    about = ("patient", noor.pk, noor.number, noor.full_name)
    for code in opening_to(stage.version, access.SUPPORT_NURSE):
        given = Given(stage.desk.code, code, *about, Method.PASSWORD)
        at = stage.desk.at
        give_consent(given, on=day_of(at), by=stage.actor("amara"), at=at)


def _filled(definition: FormDefinition, stage: _Stage) -> dict[str, str]:
    answers, _read = FormPlan(definition).filled({"signed-on": day_of(stage.desk.at)})
    return {key: str(said) for key, said in answers.items()}
