"""A program folder read into a program and its versions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from etasu.programs.agreement import disagreements
from etasu.programs.answers import Answer, answer_problems, read_answers
from etasu.programs.document_files import Document, document_problems, read_documents
from etasu.programs.messages import message_problems, read_messages
from etasu.programs.public_site import read_public_site
from etasu.programs.reading import Reader
from etasu.programs.references import broken_references
from etasu.programs.safety_lists import with_table
from etasu.programs.spoken_words import Words
from etasu.programs.training import read_training
from etasu.programs.training_agreement import training_problems
from etasu.programs.training_translations import translated_training
from etasu.programs.translations import Translations
from etasu.programs.version_files import VersionFiles
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.program import Program, ProgramStatus, ProgramVersion

# Entries that stand alone and need not be there, with the file of each.
_ALONE: Mapping[str, str] = {
    "horizon": "monitoring.yaml",
    "lateness": "monitoring.yaml",
    "infusion_day": "treatment.yaml",
    "reporting_clock": "safety.yaml",
    "copay": "support.yaml",
    "nurse_line": "support.yaml",
    "lab_program": "support.yaml",
    "community": "community.yaml",
    "self_check": "self_check.yaml",
    "medicines": "medicines.yaml",
    "pregnancy": "medicines.yaml",
}
_SECTIONS: tuple[str, ...] = (
    *("parties", "tests", "schedules", "limits", "responses", "duties"),
    *("materials", "notices", "goals", "metrics", "consents", "premedications", "vital_signs"),
    *("expected_reactions", "events_of_interest", "event_answers"),
)
_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}")


class LoadedProgram(NamedTuple):
    """A program with its versions, oldest first; `folder` is where it was read.

    `documents` and `answers` are those of each version, by its label.
    """

    program: Program
    versions: tuple[ProgramVersion, ...]
    folder: Path
    documents: Mapping[str, tuple[Document, ...]] = {}
    answers: Mapping[str, tuple[Answer, ...]] = {}

    def effective(self, on: date) -> ProgramVersion | None:
        """The version in force on the day, or None before the first."""
        before = [version for version in self.versions if version.effective_on <= on]
        return before[-1] if before else None


def load_program(folder: Path) -> LoadedProgram:
    """The program in the folder; raises BadProgram with every mistake found."""
    program, labels = _load_identity(folder)
    problems = list(_identity_problems(program, labels, folder))
    versions = []
    documents = {}
    answers = {}
    for label in sorted(set(labels)):
        place = folder / label.isoformat()
        try:
            versions.append(_load_version(program, label, place))
            documents[place.name] = _load_documents(versions[-1], place)
            answers[place.name] = _load_answers(versions[-1], place)
            site = read_public_site(place)
            versions[-1] = with_table(versions[-1], site)
        except BadProgram as bad:
            problems.extend(bad.problems)
    if problems:
        raise BadProgram(problems)
    return LoadedProgram(program, tuple(versions), folder, documents, answers)


def _load_documents(version: ProgramVersion, folder: Path) -> tuple[Document, ...]:
    documents, problems = read_documents(folder, version.program)
    wrong = problems or list(document_problems(version, documents))
    if wrong:
        raise BadProgram(wrong)
    return documents


def _load_answers(version: ProgramVersion, folder: Path) -> tuple[Answer, ...]:
    answers = read_answers(folder, version.program)
    wrong = list(answer_problems(version, answers))
    if wrong:
        raise BadProgram(wrong)
    return answers


def _load_identity(folder: Path) -> tuple[Program, tuple[date, ...]]:
    reader = Reader("program.yaml")
    raw = read_yaml(folder / reader.file, reader.file)
    if not isinstance(raw, dict):
        raise BadProgram([Problem(reader.file, "", "", "an entry with named fields")])
    labels = reader.value(tuple[date, ...], raw.pop("versions", None), "program", "versions")
    program = reader.value(Program, raw, "program")
    if program is None or reader.problems:
        raise BadProgram(reader.problems)
    return program, labels


def _identity_problems(
    program: Program, labels: tuple[date, ...], folder: Path
) -> Iterable[Problem]:
    place = ("program.yaml", f"program: {program.code}")
    if program.code != folder.name:
        yield Problem(*place, "code", f"the folder's name, {folder.name}")
    if not labels:
        yield Problem(*place, "versions", "one version at least")
    for label in sorted({label for label in labels if labels.count(label) > 1}):
        yield Problem(*place, "versions", f"each version once, but {label} is there twice")
    folders = {path.name for path in folder.iterdir() if _VERSION.fullmatch(path.name)}
    for name in sorted(folders - {label.isoformat() for label in labels}):
        yield Problem(*place, "versions", f"the folder {name} in the list")
    is_retired = program.status is ProgramStatus.RETIRED
    if is_retired and (program.retired_on is None or program.retired_because is None):
        yield Problem(*place, "retired_on", "the day and `retired_because`, for it is retired")
    if program.retired_on is not None and not is_retired:
        yield Problem(*place, "retired_on", "no day, for the program is not retired")


def _load_version(program: Program, effective_on: date, folder: Path) -> ProgramVersion:
    if not folder.is_dir():
        raise BadProgram(
            [
                Problem(
                    "program.yaml",
                    f"program: {program.code}",
                    "versions",
                    f"a folder called {folder.name}",
                )
            ]
        )
    files = VersionFiles(folder)
    sections: dict[str, Any] = {section: files.section(section) for section in _SECTIONS}
    courses = tuple(files.section("courses").values())
    patient = files.single("participants.yaml", "patient", needed=True)
    alone: dict[str, Any] = {
        name: files.single(file, name, needed=False) for name, file in _ALONE.items()
    }
    gates = files.gates(courses)
    translations = Translations(folder)
    sections["consents"] = translations.consents(sections["consents"])
    forms = translations.forms(files.forms(sections["consents"]))
    words = Words(folder)
    sections["parties"], gates = words.parties(sections["parties"]), words.gates(gates)
    sections["tests"] = words.tests(sections["tests"])
    training = translated_training(folder, read_training(folder))
    messages, unread = read_messages(folder)
    wrong = [*files.problems, *training.problems, *translations.problems, *words.problems, *unread]
    if wrong:
        raise BadProgram(wrong)
    version = ProgramVersion(
        program=program,
        effective_on=effective_on,
        patient=patient,
        courses=courses,
        gates=gates,
        forms=forms,
        modules=training.modules,
        assessments=training.assessments,
        notices_said=words.notices(),
        messages=messages,
        **alone,
        **sections,
    )
    wrong = broken_references(version) or disagreements(version) or message_problems(version)
    if wrong:
        raise BadProgram([each._replace(file=files.home_of(each.file)) for each in wrong])
    unfit = training_problems(version)
    if unfit:
        raise BadProgram(unfit)
    return version
