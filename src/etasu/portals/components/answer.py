"""A decision as its page shows it: the answer, why, what to do next, and the record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components import dates
from etasu.portals.components.account import HelpLine, help_lines, program_of
from etasu.portals.components.program_words import asked, called, said_in
from etasu.portals.components.records import PatientBanner, SummaryRow, patient_banner
from etasu.portals.components.words import PARTIES, Status, role_label, status
from etasu.programs import library
from etasu.registry.authorizations.facts import DecisionStanding
from etasu.registry.authorizations.requests import asked_on
from etasu.registry.participants.facts import Asker
from etasu.safe_use.findings import PASSING
from etasu.safe_use.program import Gate

PARTY_KINDS = ("prescriber", "facility", "pharmacy")
# Who can fix it is a role; the decision names the participant that role stands for.
PARTY_OF_ROLE = {
    "prescriber": "prescriber",
    "delegate": "prescriber",
    "facility_representative": "facility",
    "infusion_nurse": "facility",
    "pharmacy_representative": "pharmacy",
    "pharmacist": "pharmacy",
}

_NO_LONGER = {
    "used": gettext_lazy("It was used. Ask again before anything else is given."),
    "expired": gettext_lazy("Its last day is past. Ask again."),
    "reversed": gettext_lazy("It was taken back. Ask again."),
}


class FindingLine(NamedTuple):
    """One requirement as the reader sees it."""

    code: str
    required: str
    observed: str
    source: str
    is_verified: bool
    outcome: Status


class NextStep(NamedTuple):
    """What has to be done about one reason, and by whom."""

    how: str
    who: str
    name: str
    telephone: str
    is_you: bool


class NextPerson(NamedTuple):
    """Somebody who has something to do about it, with everything that is theirs to do."""

    who: str
    name: str
    telephone: str
    is_you: bool
    actions: list[str]


class Fault(NamedTuple):
    """Why no answer could be given."""

    code: str
    observed: str
    how: str


@dataclass(frozen=True, kw_only=True)
class AnswerPage:
    """Everything one answer page shows."""

    number: str
    outcome: str
    panel: Status
    state: str | None
    lead: str
    gate_name: str
    question: str
    language: str
    course: Any
    valid_from: Any
    valid_until: Any
    slot: str
    names: list[tuple[str, str]]
    reasons: list[FindingLine]
    warnings: list[FindingLine]
    passed: list[FindingLine]
    next_steps: list[NextStep]
    faults: list[Fault]
    telephones: list[HelpLine]
    record: list[SummaryRow]
    patient: PatientBanner | None
    under_suspension: bool
    is_live: bool

    @property
    def next_people(self) -> list[NextPerson]:
        """The next steps gathered by who takes them, in the order they first come."""
        people: dict[tuple[str, str], NextPerson] = {}
        for step in self.next_steps:
            empty = NextPerson(step.who, step.name, step.telephone, step.is_you, [])
            people.setdefault((step.who, step.name), empty).actions.append(step.how)
        return list(people.values())


def answer_page(found: DecisionStanding, asker: Asker, at: datetime) -> AnswerPage:
    """The page of a decision for one reader."""
    said = found.answer
    gate = gate_of(found)
    state = state_now(found, asker, at)
    lines = [(each, _line(each)) for each in said["findings"]]
    return AnswerPage(
        number=said["number"],
        outcome=said["outcome"],
        panel=_panel(said["outcome"], state),
        state=state,
        lead=_lead(said["outcome"], state),
        gate_name=called(gate) if gate else said["gate"],
        question=asked(gate) if gate else "",
        language=said_in(gate) if gate else "en",
        course=said["course"],
        valid_from=said["valid_from"],
        valid_until=said["valid_until"],
        slot=_slot(said),
        names=_names(found, asker),
        reasons=[line for each, line in lines if each["blocks"]],
        warnings=[line for each, line in lines if not each["blocks"] and not _passes(each)],
        passed=[line for each, line in lines if _passes(each)],
        next_steps=[_next_step(each, found, asker) for each in said["findings"] if each["blocks"]],
        telephones=help_lines(asker.program) if said["faults"] else [],
        faults=[Fault(each["code"], each["observed"], each["how"]) for each in said["faults"]],
        record=_record(found, asker),
        patient=_patient(found, said, asker, at),
        under_suspension=said["under_suspension"],
        is_live=state == "live",
    )


def state_now(found: DecisionStanding, asker: Asker, at: datetime) -> str | None:
    """What has become of the authorization; one past its last day is expired before we say so."""
    if found.authorization is None:
        return None
    known: str = found.authorization.state
    is_past = found.authorization.valid_until < asked_on(asker, at)
    return "expired" if known == "live" and is_past else known


def gate_of(found: DecisionStanding) -> Gate | None:
    """The gate as the program had it when it was asked."""
    decision = found.decision
    version = library.current().version(decision.program, decision.program_version)
    return version.gates.get(decision.gate) if version else None


def _panel(outcome: str, state: str | None) -> Status:
    if state is not None and state != "live":
        return status("authorization", state)
    return status("decision", outcome)


def _lead(outcome: str, state: str | None) -> str:
    if state in _NO_LONGER:
        return str(_NO_LONGER[state])
    if outcome == "authorized":
        return _("Every requirement is met. Keep this number with your record.")
    if outcome == "not_authorized":
        return _("Do not go ahead. The reasons are below, with who can put each right.")
    return _("Do not go ahead. This is our fault and not the patient's. Nothing was refused.")


def _slot(said: Mapping[str, Any]) -> str:
    if said["course"] is None:
        return ""
    if said["day"] is None:
        return _("Course %(course)s") % said
    return _("Course %(course)s, day %(day)s of %(course_days)s") % said


def _names(found: DecisionStanding, asker: Asker) -> list[tuple[str, str]]:
    """Whom an authorization names besides the reader, such as where to send it."""
    named = found.authorization.names if found.authorization else {}
    return [
        (str(PARTIES[kind]), getattr(found.decision, kind).name)
        for kind in PARTY_KINDS
        if kind in named and kind != asker.participant_kind and getattr(found.decision, kind)
    ]


def _passes(finding: Mapping[str, Any]) -> bool:
    return finding["outcome"] in PASSING


def _line(finding: Mapping[str, Any]) -> FindingLine:
    return FindingLine(
        code=finding["code"],
        required=finding["required"],
        observed=finding["observed"],
        source=finding["source"],
        is_verified=finding["verified"],
        outcome=status("finding", finding["outcome"]),
    )


def _next_step(finding: Mapping[str, Any], found: DecisionStanding, asker: Asker) -> NextStep:
    role = finding["who_can_fix"]
    kind = PARTY_OF_ROLE.get(role)
    party = getattr(found.decision, kind) if kind else None
    is_own = party is not None and party.pk == asker.participant_id
    return NextStep(
        how=finding["how"],
        who=role_label(role),
        name=party.name if party is not None else "",
        telephone=party.telephone if party is not None and not is_own else "",
        is_you=role == asker.role and (party is None or is_own),
    )


def _record(found: DecisionStanding, asker: Asker) -> list[SummaryRow]:
    decision = found.decision
    program = program_of(decision.program)
    rows = [
        SummaryRow(_("Program"), program.name if program else decision.program),
        SummaryRow(_("Program version"), dates.day(decision.program_version)),
        SummaryRow(_("Planned day"), dates.day(decision.planned_on)),
        SummaryRow(_("Asked"), _asked(found, asker)),
    ]
    for kind in PARTY_KINDS:
        party = getattr(decision, kind)
        if party is not None:
            rows.append(SummaryRow(PARTIES[kind], f"{party.name} ({party.number})"))
    authorization = found.authorization
    if authorization is not None and authorization.closed_at is not None:
        when = dates.moment(authorization.closed_at, asker.time_zone)
        why = authorization.closed_reason if authorization.state == "reversed" else ""
        label = status("authorization", authorization.state).label
        rows.append(SummaryRow(label, f"{when}. {why}" if why else when))
    return rows


def _asked(found: DecisionStanding, asker: Asker) -> str:
    decision = found.decision
    when = dates.moment(decision.asked_at, asker.time_zone)
    who = role_label(decision.asked_role)
    return f"{when}, {who}" + (f", {decision.asked_for.name}" if decision.asked_for else "")


def _patient(
    found: DecisionStanding, said: Mapping[str, Any], asker: Asker, at: datetime
) -> PatientBanner | None:
    if found.decision.patient is None:
        return None
    treats_or_administers = asker.participant_kind in ("prescriber", None)
    in_full = said["outcome"] == "authorized" or treats_or_administers
    return patient_banner(found.decision.patient, in_full=in_full, on=asked_on(asker, at))


def asking_again(found: DecisionStanding, asker: Asker, at: datetime) -> list[tuple[str, str]]:
    """The fields that ask the same again, for today when the planned day is past."""
    decision = found.decision
    if decision.patient is None:
        return []
    day = max(decision.planned_on, asked_on(asker, at))
    return [
        ("gate", decision.gate),
        ("patient", decision.patient.number),
        ("planned_on", day.isoformat()),
    ]
