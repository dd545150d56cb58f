"""A question to sign for on its way to the gate: who asks, about whom, which pages it takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.http import Http404

from etasu.portals.prescriber.drafts import Draft, open_draft
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.registry.authorizations.facts import may_ask_about
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.monitoring.facts import results_of
from etasu.registry.participants.facts import Asker
from etasu.registry.patients.facts import holds_of, patient_by_number, patient_record
from etasu.registry.treatment.facts import infusion_records
from etasu.safe_use.courses import course_in_question
from etasu.safe_use.facts import read_facts
from etasu.safe_use.program import (
    FormDefinition,
    FormField,
    FormSection,
    Gate,
    GateUnit,
    ProgramVersion,
)
from etasu.safe_use.requirements import Acknowledged, FormSigned, Requirement

COURSE, DAY, FACILITY, TESTS, STATEMENTS = "course", "day", "facility", "tests", "statements"
CHECK, SIGN = "check", "sign"
SECTION = "form-"


class TestAsked(NamedTuple):
    """A test the gate asks for. `since` is the first collection day that counts."""

    code: str
    name: str
    required: str
    since: date
    takes_value: bool
    unit: str | None
    on_file: date | None
    value_on_file: str | None


class Asking(NamedTuple):
    """What the pages of one question rest on. `patient` is the patient as on record."""

    asker: Asker
    patient: Any
    version: ProgramVersion
    gate: Gate
    form: FormDefinition | None
    draft: Draft
    today: date

    @property
    def day(self) -> date:
        """The planned day, or today while none is given."""
        return self.draft.day or self.today

    @property
    def is_for_course(self) -> bool:
        """Whether it is a course that is authorized, rather than a period or a fill."""
        return self.gate.authorizes is GateUnit.COURSE


def open_asking(request: PortalRequest, number: str, gate_code: str) -> Asking:
    """The question that is being put together; not found about anyone else's patient."""
    asker: Asker = request.asker
    today = asked_on(asker, request.at)
    patient = own_patient(asker, number)
    draft = open_draft(request.session, number, gate_code)
    version = library.current().effective(asker.program, draft.day or today)
    gate = version.gates.get(gate_code) if version else None
    if version is None or gate is None or gate not in signed_gates(version, asker):
        raise Http404
    asking = Asking(asker, patient, version, gate, _form_for(version, gate, asker), draft, today)
    if draft.course is None and asking.is_for_course:
        draft.course = suggested_course(asking)
    return asking


def own_patient(asker: Asker, number: str) -> Any:
    """The asker's own patient of that number; any other number is not found."""
    patient = patient_by_number(number, asker.program)
    if patient is None or asker.participant_id is None or not may_ask_about(asker, patient):
        raise Http404
    return patient


def signed_gates(version: ProgramVersion, asker: Asker) -> list[Gate]:
    """The gates at which somebody in this role authorizes something, and so signs for it."""
    return [gate for gate in asked_gates(version, asker) if gate.authorizes is not None]


def asked_gates(version: ProgramVersion, asker: Asker) -> list[Gate]:
    """Every gate this role may ask, in the order of the program."""
    return [gate for gate in version.gates.values() if asker.role in gate.asked_by]


def suggested_course(asking: Asking) -> int | None:
    """The course a question asked now is about, from what is on record."""
    record = {"on": asking.day.isoformat(), "infusions": infusion_records(asking.patient)}
    infusions = read_facts(record).infusions
    return course_in_question(asking.version.courses, infusions, (), asking.day)


def pages(asking: Asking) -> list[str]:
    """The pages this question takes, in order, ending with checking and signing."""
    found = [COURSE, DAY] if asking.is_for_course else [DAY]
    if "facility" in asking.gate.parties:
        found.append(FACILITY)
    if tests_asked(asking):
        found.append(TESTS)
    if open_holds(asking) or statements_asked(asking):
        found.append(STATEMENTS)
    found += [f"{SECTION}{section.code}" for section in sections_asked(asking.form)]
    return [*found, CHECK, SIGN]


def next_page(asking: Asking) -> str:
    """The first page not finished yet; checking, once every page is."""
    done = set(asking.draft.done)
    if any(test.code not in asking.draft.tests for test in tests_asked(asking)):
        # Another course may need tests that were not asked for before.
        done.discard(TESTS)
    left = [page for page in pages(asking) if page not in done]
    return left[0] if left and left[0] != SIGN else CHECK


def tests_asked(asking: Asking) -> list[TestAsked]:
    """The tests the gate asks of this patient for this day, in the order of the gate."""
    record: dict[str, Any] = {"on": asking.day.isoformat(), "course": asking.draft.course}
    facts = read_facts(record | {"patient": patient_record(asking.patient)})
    wanted: dict[str, list[Requirement]] = {}
    for requirement in asking.gate.requirements:
        test = getattr(requirement, "test", None)
        if test is not None and requirement.applies_to.covers(facts) is not False:
            wanted.setdefault(test, []).append(requirement)
    return [_test_asked(asking, test, because) for test, because in wanted.items()]


def open_holds(asking: Asking) -> list[Any]:
    """The holds now open for the patient."""
    return [hold for hold in holds_of(asking.patient) if hold.closed_at is None]


def statements_asked(asking: Asking) -> list[Acknowledged]:
    """What the asker must state with the request."""
    return [each for each in asking.gate.requirements if isinstance(each, Acknowledged)]


def sections_asked(form: FormDefinition | None) -> list[FormSection]:
    """The sections of the form with something left to ask."""
    sections = form.sections if form else ()
    return [section for section in sections if any(map(is_asked, section.fields))]


def is_asked(field: FormField) -> bool:
    """Whether a question of the form must be put to the signer: nothing else answers it."""
    return field.known_as is None and field.test is None


def form_fields(form: FormDefinition) -> Iterator[FormField]:
    """Every question of the form, in order."""
    return (field for section in form.sections for field in section.fields)


def _form_for(version: ProgramVersion, gate: Gate, asker: Asker) -> FormDefinition | None:
    """The form this role signs alone, if the gate asks for one."""
    wanted = [each for each in gate.requirements if isinstance(each, FormSigned)]
    for code in (each.form for each in wanted):
        form = version.forms.get(code)
        if form and [signer.role for signer in form.signers] == [asker.role]:
            return form
    return None


def _test_asked(asking: Asking, code: str, because: list[Requirement]) -> TestAsked:
    newest = results_of(asking.patient).filter(test=code, collected_on__lte=asking.today).first()
    days = min(getattr(each, "days_before", 0) for each in because)
    valued = [each for each in because if _takes_value(each)]
    definition = asking.version.tests[code]
    return TestAsked(
        code=code,
        name=definition.name,
        required=because[0].required,
        since=asking.day - timedelta(days=days),
        takes_value=bool(valued),
        unit=next((getattr(each, "unit", None) for each in valued), None),
        on_file=newest.collected_on if newest else None,
        value_on_file=newest.value if newest else None,
    )


def _takes_value(requirement: Requirement) -> bool:
    return hasattr(requirement, "unit") or getattr(requirement, "result", None) is not None
