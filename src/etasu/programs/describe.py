"""A program in words: a page of text for each version, made from nothing but its definition."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from etasu.programs.cases import Case, read_cases
from etasu.programs.check import unverified
from etasu.programs.describe_answers import answer_lines
from etasu.programs.describe_forms import consent_lines, form_lines
from etasu.programs.describe_monitoring import duty_line, monitoring_lines
from etasu.programs.describe_safety import safety_lines
from etasu.programs.describe_support import (
    community_lines,
    lab_program_lines,
    nurse_line_lines,
    support_lines,
)
from etasu.programs.describe_training import training_lines
from etasu.programs.describe_treatment import treatment_lines
from etasu.programs.describe_wellbeing import medicine_lines, self_check_lines
from etasu.programs.describe_words import (
    LEAVING,
    days_text,
    group_text,
    plain,
    section,
    source,
    unit_text,
)
from etasu.programs.document_files import Document
from etasu.programs.loader import LoadedProgram
from etasu.safe_use.dates import say_date
from etasu.safe_use.findings import Severity
from etasu.safe_use.messages import Message
from etasu.safe_use.program import (
    Gate,
    Material,
    Party,
    ProgramVersion,
    RenewalBegins,
    Step,
    Suspension,
)
from etasu.safe_use.requirements import EVERYONE, Requirement

# Said in words elsewhere on the page; every other field of a requirement is a setting of its kind.
_IN_WORDS = {field.name for field in dataclasses.fields(Requirement)} | {"plans"}
_BEGINS = {
    RenewalBegins.ON_SIGNING: "Renewed early, it lasts from the day of the renewal.",
    RenewalBegins.AFTER_THE_OLD: "Renewed early, it lasts from the day after the old one ends.",
}
_SEVERITY = {Severity.BLOCK: "blocks", Severity.WARN: "warns"}


def pages(loaded: LoadedProgram) -> dict[str, str]:
    """The text of each version, by file name."""
    return {
        f"{loaded.program.code}-{version.label}.md": describe(loaded, version)
        for version in loaded.versions
    }


def index(programs: Iterable[LoadedProgram]) -> str:
    """One line for each version of each program."""
    rows = []
    for loaded in programs:
        for version in loaded.versions:
            name = f"{loaded.program.code}-{version.label}.md"
            cases = len(read_cases(loaded.folder / version.label))
            left = [each for each in unverified(loaded) if each.startswith(version.label)]
            rows.append(
                f"| [{loaded.program.name}, {version.label}]({name}) | {loaded.program.status} "
                f"| {len(version.gates)} | {cases} | {len(left)} |"
            )
    head = ["| Program | Status | Gates | Worked cases | Not confirmed |", "|---|---|---|---|---|"]
    return _page(
        ["# Programs", "", "Made from the program folders by `make docs`.", "", *head, *rows]
    )


def describe(loaded: LoadedProgram, version: ProgramVersion) -> str:
    """Everything one version says, in Markdown."""
    cases = read_cases(loaded.folder / version.label)
    parts = (
        _identity(loaded, version),
        section("Participants", (_party(each) for each in version.parties.values())),
        _patient(version),
        section("Courses", ([_course(plan)] for plan in version.courses)),
        section("Infusion days", treatment_lines(version)),
        section("Gates", (_gate(each) for each in version.gates.values())),
        section("Requirements", (_requirement(each) for each in _requirements(version))),
        monitoring_lines(version),
        section("Duties", ([duty_line(each, version)] for each in version.duties.values())),
        section("Reports of side effects and pregnancies", safety_lines(version)),
        section("Forms", (form_lines(each) for each in version.forms.values())),
        section("Help with costs", support_lines(version)),
        section("Self-checks", self_check_lines(version)),
        section("Medicines and pregnancy", medicine_lines(version)),
        section("The nurses' line", nurse_line_lines(version)),
        section("The lab program", lab_program_lines(version)),
        section("The community", community_lines(version)),
        section("Consents", (consent_lines(each) for each in version.consents.values())),
        _messages(version),
        training_lines(version),
        _documents(loaded, version),
        answer_lines(loaded, version),
        _metrics(version),
        section("Worked cases", (_cases(gate, cases) for gate in version.gates.values())),
    )
    return _page([line for part in parts for line in part])


def _identity(loaded: LoadedProgram, version: ProgramVersion) -> Iterator[str]:
    program = loaded.program
    left = [each for each in unverified(loaded) if each.startswith((version.label, "program/"))]
    yield from (f"# {program.name}, version {version.label}", "", program.notice, "")
    yield f"- Product: {program.product}. Sponsor: {program.sponsor}."
    if program.rems_number:
        yield f"- REMS number at FDA: {program.rems_number}."
    yield f"- Risks: {', '.join(program.risks)}."
    yield f"- In force from {say_date(version.effective_on)}. Status: {program.status}."
    if program.retired_on:
        yield f"- Ended on {say_date(program.retired_on)}. {program.retired_because}"
    yield f"- Entries that nobody has confirmed yet: {len(left)}."
    for code in program.product_codes:
        yield f"- Code: {code.display}, `{code.value}` in {code.system}. {source(code)}"
    for contact in program.contacts:
        yield f"- Contact by {contact.kind}: {contact.value}. {source(contact)}"


def _party(party: Party) -> Iterator[str]:
    yield from (f"### {party.name} (`{party.code}`)", "", source(party), "")
    if party.identifiers:
        yield f"Identified by: {', '.join(each.upper() for each in party.identifiers)}."
    if party.settings:
        yield f"Settings: {', '.join(party.settings)}."
    if party.has_representative:
        grace = party.representative_grace
        yield f"Has a representative; when the representative leaves: {grace or 'no'} grace."
    if party.renew_every:
        ladder = ", ".join(str(span) for span in party.remind_before)
        yield f"Certification lasts {party.renew_every}; reminders before its end: {ladder}."
        yield f"{_BEGINS[party.renewal_begins]} {_again(party)}"
    yield from ("", "To become certified:", "")
    yield from (f"{number}. {_step(step)}" for number, step in enumerate(party.steps, 1))


def _again(party: Party) -> str:
    """What a renewal takes."""
    named = [step.name for step in party.steps if step.renews]
    return f"To renew: {'; '.join(named) or 'nothing is done again'}."


def _step(step: Step) -> str:
    said = [f"{step.name} (`{step.code}`)."]
    if step.items is not None:
        said.append(f"{step.items} questions, {step.pass_percent} percent to pass.")
    return " ".join([*said, source(step)])


def _patient(version: ProgramVersion) -> Iterator[str]:
    patient = version.patient
    yield from (
        "",
        "## Patients",
        "",
        f"Enrolled by: {plain(patient.enrolled_by)}. {source(patient)}",
    )
    if patient.gives:
        names = [version.materials[code].name for code in patient.gives]
        yield from ("", f"Given to the patient: {'; '.join(names)}.")
    for attribute in patient.attributes:
        values = ", ".join(attribute.values)
        yield from ("", f"{attribute.name} (`{attribute.code}`): {values}. {source(attribute)}")
    for each in patient.leaving:
        said = f"“{each.answer}” on the {version.forms[each.form].name}"
        yield from ("", f"{said}: {LEAVING[each.effect]}. {source(each)}")


def _course(plan: Any) -> str:
    if plan.last_course is None:
        which = f"Course {plan.first_course} and every later one"
    elif plan.last_course == plan.first_course:
        which = f"Course {plan.first_course}"
    else:
        which = f"Courses {plan.first_course} through {plan.last_course}"
    joint = "consecutive " if plan.consecutive and plan.doses > 1 else ""
    days = f"{plan.doses} {joint}infusion day{'' if plan.doses == 1 else 's'}"
    gap = f", {plan.min_gap} at least after the course before" if plan.min_gap else ""
    return f"- {which}: {days}{gap}. {source(plan)}"


def _gate(gate: Gate) -> Iterator[str]:
    yield from (f"### {gate.name} (`{gate.code}`)", "", f"{gate.question} {source(gate)}", "")
    asked_by = ", ".join(map(plain, gate.asked_by))
    yield f"Asked by: {asked_by}. Participants: {', '.join(gate.parties)}."
    if gate.authorizes:
        named = f" and names: {', '.join(gate.names)}" if gate.names else ""
        lasts = f" It lasts {gate.validity} at most." if gate.validity else ""
        unit = str(gate.authorizes).replace("_", " ")
        yield f"A yes is an authorization for one {unit}{named}.{lasts}"
    yield ""
    for number, each in enumerate(gate.requirements, 1):
        yield f"{number}. {each.required} (`{each.code}`, {_SEVERITY[each.severity]})"
    for suspension in gate.suspensions:
        yield from ("", *_suspension(suspension))


def _suspension(each: Suspension) -> Iterator[str]:
    ends = f"through {say_date(each.ends_on)}" if each.ends_on else "without an end"
    yield f"Suspended by {each.authority} from {say_date(each.starts_on)} {ends} (`{each.code}`):"
    yield f"{', '.join(each.lifts)}. {each.reason} {source(each)}"


def _requirements(version: ProgramVersion) -> list[Requirement]:
    return list({r.code: r for gate in version.gates.values() for r in gate.requirements}.values())


def _requirement(each: Requirement) -> Iterator[str]:
    yield from (f"### `{each.code}`", "", each.required, "")
    yield f"- If not: {each.how} ({plain(each.who_can_fix)})"
    if each.applies_to != EVERYONE:
        yield f"- Asked only of: {group_text(each.applies_to)}."
    if each.override:
        said = f"{each.override.question} answered {each.override.answer}"
        yield f"- Overridden by: {each.override.form}, {said}, for {each.override.within} days."
    yield f"- Kind: `{each.kind}`{_settings(each)}."
    yield f"- {source(each)}"


def _settings(each: Requirement) -> str:
    """The settings of the kind that are not left at nothing."""
    said = []
    for field in dataclasses.fields(each):
        value = getattr(each, field.name)
        if field.name not in _IN_WORDS and value not in (None, False, ()):
            said.append(f"{field.name.replace('_', ' ')}: {_setting(field.name, value)}")
    return f" with {'; '.join(said)}" if said else ""


def _setting(name: str, value: Any) -> str:
    if value is True:
        return "yes"
    if type(value) is tuple:
        return ", ".join(value)
    return unit_text(value) if name == "unit" else str(value)


def _messages(version: ProgramVersion) -> Iterator[str]:
    materials = version.materials.values()
    said = (
        [f"- {m.name}: {m.kind} for {plain(m.audience)} (`{m.code}`). {source(m)}{_text_of(m)}"]
        for m in materials
    )
    yield from section("Materials", said)
    lines = []
    for each in version.notices.values():
        days = days_text(each.offsets_days)
        when = f"{plain(each.event)}{f', days {days}' if days else ''}"
        where = ", ".join(each.channels)
        lines.append(
            [f"- {each.name}: to {plain(each.audience)}; {when}; by {where}. {source(each)}"]
        )
    yield from section("Notices", lines)
    said_to_patients = (_words_of(each) for each in version.messages.values())
    yield from section("Messages to patients", said_to_patients)


def _words_of(message: Message) -> Iterator[str]:
    yield from (f"### {message.code}", "", source(message), "")
    yield "| Language | When | Subject | Text message |"
    yield "|---|---|---|---|"
    for each in message.texts:
        yield f"| {each.language} | {each.stage} | {each.subject} | {each.sms} |"


def _text_of(material: Material) -> str:
    return f" Text: `{material.document}`." if material.document else ""


def _documents(loaded: LoadedProgram, version: ProgramVersion) -> Iterator[str]:
    """The texts the platform prints itself."""
    yield from section(
        "Documents",
        (
            [f"- {each.title} (`{each.code}`, {each.language}), {_wording(each)}. {source(each)}"]
            for each in loaded.documents.get(version.label, ())
        ),
    )


def _wording(document: Document) -> str:
    return f"wording of {say_date(document.edition)}"


def _metrics(version: ProgramVersion) -> Iterator[str]:
    for goal in version.goals.values():
        counted = [each for each in version.metrics.values() if each.goal == goal.code]
        yield from ("", f"## Goal: {goal.text}", "", source(goal), "")
        for each in counted:
            share = f" of {each.denominator}" if each.denominator else ""
            said = f"- {each.name}: {each.numerator}{share}; {each.period}."
            yield f"{said} {source(each)}"


def _cases(gate: Gate, cases: list[Case]) -> Iterator[str]:
    yield from (f"### {gate.name}", "")
    for case in cases:
        if case.gate == gate.code:
            yield f"- {case.sentence} **{_answer(case)}**"


def _answer(case: Case) -> str:
    said = str(case.expect["answer"]).replace("_", " ").capitalize()
    if case.expect.get("valid_until"):
        said += f" through {say_date(date.fromisoformat(case.expect['valid_until']))}"
    for key in ("not_met", "unknown", "warns", "lifted", "overridden", "faults"):
        if case.expect.get(key):
            said += f"; {key.replace('_', ' ')}: {', '.join(case.expect[key])}"
    return f"{said}."


def _page(lines: Iterable[str]) -> str:
    text = "\n".join(line.rstrip() for line in lines).strip()
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"
