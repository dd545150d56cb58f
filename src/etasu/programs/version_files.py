"""The files of one version folder, read once each, and every mistake in them noted."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from etasu.programs.reading import Reader
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.community import Community
from etasu.safe_use.copay import CopayPlan
from etasu.safe_use.courses import CoursePlan
from etasu.safe_use.findings import Severity
from etasu.safe_use.lab_program import LabProgram
from etasu.safe_use.medicines import MedicinePlan, PregnancyAdvice
from etasu.safe_use.monitoring_plan import (
    Duty,
    Horizon,
    Lateness,
    Limit,
    Response,
    Schedule,
    TestDefinition,
)
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.program import (
    ConsentText,
    FormDefinition,
    Gate,
    Goal,
    Material,
    Metric,
    Notice,
    Party,
    PatientParty,
)
from etasu.safe_use.requirements import DaysLeft, Requirement
from etasu.safe_use.safety_plan import (
    EventAnswer,
    EventOfInterest,
    ExpectedReaction,
    ReportingClock,
)
from etasu.safe_use.self_check import SelfCheckPlan
from etasu.safe_use.treatment_plan import DayRules, Premedication, VitalSign

# What each file may hold: lists by name, and single entries. Long lists have a file of their own
# to move to: requirements.yaml for those of gates.yaml, tests.yaml for those of monitoring.yaml.
LISTS: Mapping[str, Mapping[str, Any]] = {
    "participants.yaml": {"parties": Party, "courses": CoursePlan},
    "gates.yaml": {"requirements": Requirement, "gates": Gate},
    "requirements.yaml": {"requirements": Requirement},
    "monitoring.yaml": {
        "tests": TestDefinition,
        "schedules": Schedule,
        "limits": Limit,
        "responses": Response,
    },
    "tests.yaml": {"tests": TestDefinition},
    "treatment.yaml": {"premedications": Premedication, "vital_signs": VitalSign},
    "safety.yaml": {
        "expected_reactions": ExpectedReaction,
        "events_of_interest": EventOfInterest,
        "event_answers": EventAnswer,
    },
    "duties.yaml": {"duties": Duty},
    "consents.yaml": {"consents": ConsentText},
    "materials.yaml": {"materials": Material},
    "notices.yaml": {"notices": Notice},
    "metrics.yaml": {"goals": Goal, "metrics": Metric},
    "support.yaml": {},
    "community.yaml": {},
    "self_check.yaml": {},
    "medicines.yaml": {},
}
SINGLE: Mapping[str, Mapping[str, Any]] = {
    "participants.yaml": {"patient": PatientParty},
    "monitoring.yaml": {"horizon": Horizon, "lateness": Lateness},
    "treatment.yaml": {"infusion_day": DayRules},
    "safety.yaml": {"reporting_clock": ReportingClock},
    "self_check.yaml": {"self_check": SelfCheckPlan},
    "medicines.yaml": {"medicines": MedicinePlan, "pregnancy": PregnancyAdvice},
    "community.yaml": {"community": Community},
    "support.yaml": {"copay": CopayPlan, "nurse_line": NurseLine, "lab_program": LabProgram},
}
NEEDED = ("participants.yaml", "gates.yaml")
FOLDERS = (
    *("forms", "cases", "training", "documents", "public", "answers", "translations"),
    "messages",
)
_MAIN_FILE = {"requirements.yaml": "gates.yaml", "tests.yaml": "monitoring.yaml"}


class VersionFiles:
    """What a version folder holds. Ask for everything, then look at `problems`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self._refuse_strangers()
        self._raw = {name: self._read(name) for name in LISTS}

    def section(self, section: str) -> dict[str, Any]:
        """The entries of one list by code, from every file that may hold it."""
        found: dict[str, Any] = {}
        for name, lists in LISTS.items():
            if section in lists:
                entries = self._value(name, section, lists[section], many=True) or ()
                here = {entry.code: entry for entry in entries if entry is not None}
                for code in sorted(here.keys() & found.keys()):
                    self._refuse(name, f"{section}: {code}", "", "each code once, in one file")
                found |= here
        return found

    def single(self, name: str, key: str, *, needed: bool) -> Any:
        """One entry that stands alone in its file."""
        if needed and self._raw[name].get(key) is None:
            self._refuse(name, key, "", "an entry, but it is missing")
        return self._value(name, key, SINGLE[name][key])

    def gates(self, courses: tuple[CoursePlan, ...]) -> dict[str, Gate]:
        """The gates, each with the requirements it names."""
        known = {
            code: dataclasses.replace(each, plans=courses) if isinstance(each, DaysLeft) else each
            for code, each in self.section("requirements").items()
        }
        raw_gates = self._raw["gates.yaml"].get("gates")
        if not isinstance(raw_gates, list):
            if not any(problem.file.endswith("/gates.yaml") for problem in self.problems):
                self._refuse("gates.yaml", "gates", "", "a list of gates")
            return {}
        reader = Reader(self._label("gates.yaml"))
        written = set(known) | self._codes("requirements")
        gates = [_gate(reader, raw, known, written) for raw in raw_gates]
        found: dict[str, Gate] = {}
        for gate in gates:
            if gate is not None and gate.code in found:
                reader.refuse(f"gates: {gate.code}", "code", "each code once")
            elif gate is not None:
                found[gate.code] = gate
        self.problems.extend(reader.problems)
        self._refuse_unused(known, raw_gates)
        return found

    def forms(self, consents: Mapping[str, ConsentText]) -> dict[str, FormDefinition]:
        """Every form, one file each, named after its code, with the consents it offers."""
        found = []
        for path in sorted((self.folder / "forms").glob("*.yaml")):
            reader = Reader(f"{self.folder.name}/forms/{path.name}")
            try:
                form = reader.value(FormDefinition, read_yaml(path, reader.file), "form")
            except BadProgram as bad:
                self.problems.extend(bad.problems)
                continue
            if form is not None and form.code != path.stem:
                reader.refuse("form", "code", f"the file's name, {path.stem}")
            found.append(form and _with_consents(reader, form, consents))
            self.problems.extend(reader.problems)
        return {form.code: form for form in found if form is not None}

    def home_of(self, name: str) -> str:
        """The file an entry is really in: requirements.yaml and tests.yaml need not be there."""
        there = (self.folder / name).exists()
        return self._label(name if there else _MAIN_FILE.get(name, name))

    def _refuse_strangers(self) -> None:
        for path in sorted(self.folder.iterdir()):
            if path.name.startswith("."):
                continue
            if path.is_dir() and path.name not in FOLDERS:
                self._refuse(path.name, "", "", f"a folder called {' or '.join(FOLDERS)}")
            elif not path.is_dir() and path.name not in LISTS:
                self._refuse(path.name, "", "", f"a file called one of: {', '.join(sorted(LISTS))}")

    def _refuse_unused(self, known: Iterable[str], raw_gates: list[Any]) -> None:
        lists = [raw.get("requirements") for raw in raw_gates if isinstance(raw, dict)]
        uses = [each for each in lists if isinstance(each, list)]
        if len(uses) < len(lists):
            return
        used = {_code(use) for each in uses for use in each}
        for code in (code for code in known if code not in used):
            file = self.home_of("requirements.yaml")
            said = "a gate that uses it"
            self.problems.append(Problem(file, f"requirements: {code}", "", said))

    def _codes(self, section: str) -> set[str]:
        """The codes written in a list, even where the entry itself could not be read."""
        raws = [self._raw[name].get(section) for name in LISTS if section in LISTS[name]]
        entries = [entry for raw in raws if isinstance(raw, list) for entry in raw]
        return {str(entry.get("code")) for entry in entries if isinstance(entry, dict)}

    def _value(self, name: str, key: str, shape: Any, *, many: bool = False) -> Any:
        raw = self._raw[name].get(key)
        if raw is None:
            return None
        reader = Reader(self._label(name))
        value = reader.many(shape, raw, key) if many else reader.value(shape, raw, key)
        self.problems.extend(reader.problems)
        return value

    def _read(self, name: str) -> dict[str, Any]:
        path = self.folder / name
        if not path.exists():
            if name in NEEDED:
                self._refuse(name, "", "", "this file, but it is missing")
            return {}
        try:
            raw = read_yaml(path, self._label(name))
        except BadProgram as bad:
            self.problems.extend(bad.problems)
            return {}
        allowed = sorted({*LISTS[name], *SINGLE.get(name, ())})
        if not isinstance(raw, dict):
            self._refuse(name, "", "", f"the lists {', '.join(allowed)}")
            return {}
        for key in raw:
            if key not in allowed:
                self._refuse(name, str(key), "", f"one of: {', '.join(allowed)}")
        return raw

    def _refuse(self, name: str, entry: str, field: str, expected: str) -> None:
        self.problems.append(Problem(self._label(name), entry, field, expected))

    def _label(self, name: str) -> str:
        return f"{self.folder.name}/{name}"


def _gate(
    reader: Reader, raw: Any, known: Mapping[str, Requirement], written: Collection[str]
) -> Gate | None:
    """A gate with its requirements; one that was written but could not be read is left out."""
    if not isinstance(raw, dict):
        reader.refuse("gates", "", "an entry with named fields")
        return None
    gate: Gate | None = reader.entry(Gate, raw | {"requirements": []}, "gates")
    if gate is None:
        return None
    uses = raw.get("requirements")
    if not isinstance(uses, list):
        reader.refuse(f"gates: {gate.code}", "requirements", "a list of codes")
        return gate
    found = [
        _used(reader, gate.code, known, use)
        for use in uses
        if _code(use) in known or _code(use) not in written
    ]
    return dataclasses.replace(gate, requirements=tuple(each for each in found if each))


def _with_consents(
    reader: Reader, form: FormDefinition, consents: Mapping[str, ConsentText]
) -> FormDefinition:
    for code in form.consents:
        if code not in consents:
            choices = ", ".join(sorted(consents)) or "none is defined"
            reader.refuse(f"form: {form.code}", "consents", f"a consent ({choices}), not {code!r}")
    offered = tuple(consents[code] for code in form.consents if code in consents)
    return dataclasses.replace(form, offered=offered)


def _code(use: Any) -> Any:
    """The code of a requirement a gate names: itself, or in `{use: code, severity: warn}`."""
    code = use.get("use") if isinstance(use, dict) else use
    return code if isinstance(code, str) else None


def _used(
    reader: Reader, gate: str, known: Mapping[str, Requirement], use: Any
) -> Requirement | None:
    code = _code(use)
    found = known.get(code) if code is not None else None
    if found is None:
        named = repr(code) if code is not None else "something else"
        reader.refuse(f"gates: {gate}", "requirements", f"a code from `requirements`, not {named}")
        return None
    if isinstance(use, dict):
        extra = use.keys() - {"use", "severity"}
        severity = reader.value(Severity, use.get("severity"), f"gates: {gate}", "severity")
        if extra:
            reader.refuse(f"gates: {gate}", str(min(extra)), "only `use` and `severity` here")
        return dataclasses.replace(found, severity=severity) if severity else None
    return found
