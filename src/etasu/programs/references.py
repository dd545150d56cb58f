"""Do the entries of a program version point at entries that exist?

Requirements are reported under requirements.yaml and tests under tests.yaml; the loader says
gates.yaml or monitoring.yaml instead where a program keeps them there.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import chain

from etasu.programs.yaml_files import Problem
from etasu.safe_use.forms import KNOWN_AS
from etasu.safe_use.program import FormDefinition, Gate, ProgramVersion
from etasu.safe_use.requirements import AppliesTo, FormSigned, Requirement

ROLES = frozenset(
    "prescriber delegate facility_representative infusion_nurse pharmacy_representative pharmacist "
    "patient care_partner support_nurse lab_analyst safety_reviewer administrator auditor "
    "sponsor".split()
)
AUDIENCES = ROLES | {"public"}
EVENTS = frozenset(
    "first_infusion last_infusion course_end every_infusion enrollment certification "
    "prescription dispense discontinuation".split()
)
NOTICE_EVENTS = frozenset(
    "certification_granted certification_ends certification_lapsed certification_suspended "
    "certification_restored decertified representative_left "
    "patient_enrolled enrollment_ended authorization_granted authorization_refused "
    "authorization_ends authorization_expired test_due form_due limit_crossed hold_opened "
    "hold_closed gate_suspended monitoring_complete material_changed course_ended "
    "vials_differ symptom_told safety_reported safety_due lab_appointment "
    "lab_appointment_changed self_check_due sharing_ends".split()
)
CHANNELS = frozenset("portal email sms mail telephone fax".split())


def broken_references(version: ProgramVersion) -> list[Problem]:
    """Every entry that names something the version does not have, in file order."""
    return list(
        chain(
            _in_participants(version),
            _in_gates(version),
            _in_monitoring(version),
            _in_duties(version),
            _in_treatment(version),
            _in_forms(version),
            _in_messages(version),
        )
    )


def missing(
    place: tuple[str, str], field: str, named: Collection[str], known: Collection[str], what: str
) -> Iterator[Problem]:
    """A problem for each name that is not known, with the names that are."""
    file, entry = place
    for name in named:
        if name not in known:
            choices = ", ".join(sorted(known)) or "none is defined"
            yield Problem(file, entry, field, f"{what} ({choices}), not {name!r}")


def _in_participants(version: ProgramVersion) -> Iterator[Problem]:
    for party in version.parties.values():
        for step in party.steps:
            place = ("participants.yaml", f"parties: {party.code}: {step.code}")
            if step.form:
                yield from missing(place, "form", [step.form], version.forms, "a form")
            if step.material:
                named = [step.material]
                yield from missing(place, "material", named, version.materials, "a material")
    patient = version.patient
    place = ("participants.yaml", "patient")
    yield from missing(place, "gives", patient.gives, version.materials, "a material")
    if patient.form:
        yield from missing(place, "form", [patient.form], version.forms, "a form")
    yield from missing(place, "enrolled_by", [patient.enrolled_by], ROLES, "a role")
    yield from _in_leaving(version)


def _in_leaving(version: ProgramVersion) -> Iterator[Problem]:
    for each in version.patient.leaving:
        place = ("participants.yaml", f"patient: leaving: {each.code}")
        yield from missing(place, "form", [each.form], version.forms, "a form")
        form = version.forms.get(each.form)
        fields = {f.code: f for part in form.sections for f in part.fields} if form else {}
        if form:
            asked = [each.question, each.on]
            yield from missing(place, "question", asked, fields, "a question of the form")
        if each.question in fields:
            values = fields[each.question].values
            yield from missing(place, "answer", [each.answer], values, "one of its answers")


def _in_gates(version: ProgramVersion) -> Iterator[Problem]:
    seen: set[str] = set()
    for gate in version.gates.values():
        place = ("gates.yaml", f"gates: {gate.code}")
        yield from missing(place, "parties", gate.parties, version.parties, "a participant kind")
        yield from missing(place, "names", gate.names, gate.parties, "one of the gate's `parties`")
        yield from missing(place, "asked_by", gate.asked_by, ROLES, "a role")
        codes = [requirement.code for requirement in gate.requirements]
        for suspension in gate.suspensions:
            yield from missing(place, "lifts", suspension.lifts, codes, "a requirement of the gate")
        for requirement in gate.requirements:
            if version.parties.keys() >= set(_asked_about(requirement)):
                yield from _parties_of(gate, requirement)
            if requirement.code not in seen:
                yield from _in_requirement(version, requirement)
        seen.update(codes)


def _parties_of(gate: Gate, requirement: Requirement) -> Iterator[Problem]:
    """A requirement asks about participants, and each gate that uses it must name them."""
    for party in _asked_about(requirement):
        if party not in gate.parties:
            said = f"{party} among them, for {requirement.code} asks about it"
            yield Problem("gates.yaml", f"gates: {gate.code}", "parties", said)


def _asked_about(requirement: Requirement) -> list[str]:
    named = [getattr(requirement, "party", None), *getattr(requirement, "names", ())]
    return [name for name in named if name is not None]


def _in_requirement(version: ProgramVersion, requirement: Requirement) -> Iterator[Problem]:
    place = ("requirements.yaml", f"requirements: {requirement.code}")
    known: tuple[tuple[str, Collection[str], str], ...] = (
        ("party", version.parties, "a participant kind"),
        ("form", version.forms, "a form"),
        ("test", version.tests, "a test"),
        ("gate", version.gates, "a gate"),
    )
    for field, names, what in known:
        value = getattr(requirement, field, None)
        if value is not None:
            yield from missing(place, field, [value], names, what)
    names = getattr(requirement, "names", ())
    yield from missing(place, "names", names, version.parties, "a participant kind")
    yield from missing(place, "also", getattr(requirement, "also", ()), version.forms, "a form")
    yield from missing(place, "who_can_fix", [requirement.who_can_fix], ROLES, "a role")
    yield from _in_group(version, place, requirement.applies_to)
    if isinstance(requirement, FormSigned) and requirement.question:
        for form in (requirement.form, *requirement.also):
            yield from _in_question(version, place, form, requirement.question)
    if requirement.override:
        form = requirement.override.form
        yield from missing(place, "override", [form], version.forms, "a form")
        yield from _in_question(version, place, form, requirement.override.question)


def _in_question(
    version: ProgramVersion, place: tuple[str, str], form: str, question: str
) -> Iterator[Problem]:
    if form in version.forms:
        sections = version.forms[form].sections
        read = [field.code for section in sections for field in section.fields if field.gate]
        yield from missing(
            place, "question", [question], read, f"a field of {form} with `gate: true`"
        )


def _in_group(
    version: ProgramVersion, place: tuple[str, str], group: AppliesTo
) -> Iterator[Problem]:
    attributes = {attribute.code: attribute.values for attribute in version.patient.attributes}
    if group.attribute in attributes:
        values = attributes[group.attribute]
        yield from missing(place, "applies_to", [group.value or ""], values, "a value of it")
    elif group.attribute is not None:
        named = [group.attribute]
        yield from missing(place, "applies_to", named, attributes, "an attribute of patients")
    elif group.value is not None:
        yield Problem(*place, "applies_to", "an `attribute` with the value")
    if group.course is not None and (group.course not in ("first", "later") or not version.courses):
        yield Problem(*place, "applies_to", "`course: first` or `course: later`, and `courses`")


def _in_monitoring(version: ProgramVersion) -> Iterator[Problem]:
    for test in version.tests.values():
        place = ("tests.yaml", f"tests: {test.code}")
        single = [each.code for each in version.tests.values() if not each.needs]
        yield from missing(place, "needs", test.needs, single, "a test that needs no other")
    for schedule in version.schedules.values():
        place = ("monitoring.yaml", f"schedules: {schedule.code}")
        yield from missing(place, "test", [schedule.test], version.tests, "a test")
        yield from missing(place, "anchor", [schedule.anchor], EVENTS, "an event")
        yield from _in_group(version, place, schedule.applies_to)
    for limit in version.limits.values():
        place = ("monitoring.yaml", f"limits: {limit.code}")
        yield from missing(place, "test", [limit.test], version.tests, "a test")
        others = version.limits.keys() - {limit.code}
        yield from missing(place, "together_with", limit.together_with, others, "another limit")
        yield from missing(place, "reflex", limit.reflex, version.tests, "a test")
    for response in version.responses.values():
        place = ("monitoring.yaml", f"responses: {response.code}")
        yield from missing(place, "escalates_to", response.escalates_to, ROLES, "a role")
    if version.horizon is not None:
        place = ("monitoring.yaml", f"horizon: {version.horizon.code}")
        yield from missing(place, "after", [version.horizon.after], EVENTS, "an event")


def _in_duties(version: ProgramVersion) -> Iterator[Problem]:
    for duty in version.duties.values():
        place = ("duties.yaml", f"duties: {duty.code}")
        yield from missing(place, "form", [duty.form], version.forms, "a form")
        yield from missing(place, "after", [duty.after], EVENTS, "an event")
        yield from missing(place, "owed_by", [duty.owed_by], ROLES, "a role")
        if duty.until is not None:
            ends = ["horizon"] if version.horizon else []
            yield from missing(place, "until", [duty.until], ends, "`horizon` in monitoring.yaml")


def _in_forms(version: ProgramVersion) -> Iterator[Problem]:
    for form in version.forms.values():
        place = (f"forms/{form.code}.yaml", f"form: {form.code}")
        yield from missing(place, "filled_by", [form.filled_by], ROLES, "a role")
        roles = [signer.role for signer in form.signers]
        yield from missing(place, "signers", roles, ROLES, "a role")
        yield from _in_fields(form, place)
        yield from _in_known_fields(version, form, place)


def _in_fields(form: FormDefinition, place: tuple[str, str]) -> Iterator[Problem]:
    """`shown_when` is `field=answer`, about a field that comes before."""
    earlier: set[str] = set()
    for field in (field for section in form.sections for field in section.fields):
        if field.code in earlier:
            yield Problem(place[0], f"form: {form.code}: {field.code}", "code", "each field once")
        if field.shown_when is not None:
            where = (place[0], f"form: {form.code}: {field.code}")
            named = [field.shown_when.split("=")[0]]
            yield from missing(
                where, "shown_when", named, earlier, "`field=answer` of a field above"
            )
        earlier.add(field.code)


def _in_known_fields(
    version: ProgramVersion, form: FormDefinition, place: tuple[str, str]
) -> Iterator[Problem]:
    for field in (field for section in form.sections for field in section.fields):
        where = (place[0], f"form: {form.code}: {field.code}")
        if field.known_as is not None:
            yield from missing(where, "known_as", [field.known_as], KNOWN_AS, "something known")
        if field.test is not None:
            yield from missing(where, "test", [field.test], version.tests, "a test")


def _in_treatment(version: ProgramVersion) -> Iterator[Problem]:
    for each in version.vital_signs.values():
        place = ("treatment.yaml", f"vital_signs: {each.code}")
        yield from missing(place, "test", [each.test], version.tests, "a test")


def _in_messages(version: ProgramVersion) -> Iterator[Problem]:
    for material in version.materials.values():
        place = ("materials.yaml", f"materials: {material.code}")
        yield from missing(place, "audience", [material.audience], AUDIENCES, "a role or `public`")
    for notice in version.notices.values():
        place = ("notices.yaml", f"notices: {notice.code}")
        yield from missing(place, "audience", [notice.audience], ROLES, "a role")
        yield from missing(place, "event", [notice.event], NOTICE_EVENTS, "an event")
        yield from missing(place, "channels", notice.channels, CHANNELS, "a channel")
    for consent in version.consents.values():
        place = ("consents.yaml", f"consents: {consent.code}")
        yield from missing(place, "opens_to", consent.opens_to, ROLES, "a role")
    for metric in version.metrics.values():
        place = ("metrics.yaml", f"metrics: {metric.code}")
        yield from missing(place, "goal", [metric.goal], version.goals, "a goal")
