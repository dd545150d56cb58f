"""Does a worked case speak of forms, tests and groups its program has?

A name the program does not have would be read as "nothing on record", and a case about something
missing would pass for the wrong reason.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from etasu.safe_use.program import ProgramVersion


def unknown_in_record(
    version: ProgramVersion, gate: str, record: Mapping[str, Any]
) -> Iterator[tuple[str, str]]:
    """Each part of a facts record that names something unknown, with what was expected."""
    if gate not in version.gates:
        yield "gate", _one_of("a gate", version.gates, gate)
        return
    attributes = {each.code: each.values for each in version.patient.attributes}
    known = {
        "forms": ("a form", version.forms, _named(record, "forms", "form")),
        "results": ("a test", version.tests, _named(record, "results", "test")),
        "authorizations": ("a gate", version.gates, _named(record, "authorizations", "gate")),
        "parties": ("a participant kind", version.parties, list(record.get("parties") or ())),
        "statements": (
            "a statement the gate asks for",
            _statements(version, gate),
            list(record.get("statements") or ()),
        ),
        "attributes": ("an attribute of patients", attributes, list(_attributes(record))),
    }
    for part, (what, names, named) in known.items():
        for name in named:
            if name not in names:
                yield part, _one_of(what, names, name)
    for name, value in _attributes(record).items():
        if value is not None and value not in attributes.get(name, (value,)):
            yield "attributes", _one_of(f"a value of {name}", attributes[name], value)


def _named(record: Mapping[str, Any], part: str, key: str) -> list[Any]:
    return [entry.get(key) for entry in record.get(part) or ()]


def _attributes(record: Mapping[str, Any]) -> Mapping[str, Any]:
    patient = record.get("patient") or {}
    return patient.get("attributes") or {} if isinstance(patient, dict) else {}


def _statements(version: ProgramVersion, gate: str) -> set[str]:
    requirements = version.gates[gate].requirements
    return {each.statement for each in requirements if hasattr(each, "statement")}


def _one_of(what: str, names: Any, name: object) -> str:
    choices = ", ".join(sorted(names)) or "none is defined"
    return f"{what} ({choices}), not {name!r}"
