"""What a version's notices say to patients: one file each, and what may not be in it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from etasu.programs.reading import Reader
from etasu.programs.yaml_files import BadProgram, Problem, read_yaml
from etasu.safe_use.messages import LANGUAGES, Message, Stage, faults, stage_of, telling_words
from etasu.safe_use.program import Notice, ProgramVersion

FOLDER = "messages"
# Reminders are counted from the day something is due, or from the day of an appointment.
APPOINTMENT, APPOINTMENT_CHANGED = "lab_appointment", "lab_appointment_changed"
SELF_CHECK, SHARING_ENDS = "self_check_due", "sharing_ends"
ENROLLED = "patient_enrolled"
OBLIGATIONS = frozenset({"test_due", "form_due"})
REMINDED = OBLIGATIONS | {APPOINTMENT, APPOINTMENT_CHANGED, SELF_CHECK, SHARING_ENDS, ENROLLED}
# Ways that reach patients outside of the portal, with words of their own.
WRITTEN = frozenset({"email", "sms"})


def read_messages(folder: Path) -> tuple[dict[str, Message], list[Problem]]:
    """Every message of the version folder by code, and what cannot be read."""
    found: dict[str, Message] = {}
    problems: list[Problem] = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        reader = Reader(f"{folder.name}/{FOLDER}/{path.name}")
        try:
            said = reader.value(Message, read_yaml(path, reader.file), "message")
        except BadProgram as bad:
            problems.extend(bad.problems)
            continue
        if said is not None and said.code != path.stem:
            reader.refuse("message", "code", f"the file's name, {path.stem}")
        problems.extend(reader.problems)
        if said is not None:
            found[said.code] = said
    return found, problems


def message_problems(version: ProgramVersion) -> list[Problem]:
    """Notices without words, words without a notice, and words that may not be sent."""
    found = (_in(each, version) for each in version.messages.values())
    return list(chain(_unsaid(version), *found))


def is_reminder(notice: Notice) -> bool:
    """Whether it reminds patients by ways that need words of their own."""
    written = WRITTEN & set(notice.channels)
    return notice.audience == "patient" and notice.event in REMINDED and bool(written)


def says(notice: Notice, rule: str, offset_days: int, version: ProgramVersion) -> bool:
    """Whether the notice is what is said about a rule so many days after its due day."""
    event = "form_due" if rule in version.duties else "test_due"
    return notice.event == event and offset_days in notice.offsets_days


def _unsaid(version: ProgramVersion) -> Iterator[Problem]:
    for notice in version.notices.values():
        if is_reminder(notice) and notice.code not in version.messages:
            place = (f"{FOLDER}/{notice.code}.yaml", f"notices: {notice.code}")
            yield Problem(*place, "", "what it says, in this file")


def _stages(notice: Notice) -> frozenset[Stage]:
    """The stages it needs words for: those of its days.

    What must be done may be said days later than planned, so it needs those of all days after.
    """
    stages = {stage_of(offset) for offset in notice.offsets_days or (0,)}
    if notice.event in OBLIGATIONS:
        known = list(Stage)
        stages = set(known[min(map(known.index, stages)) :])
    return frozenset(stages)


def _in(message: Message, version: ProgramVersion) -> Iterator[Problem]:
    file, entry = f"{FOLDER}/{message.code}.yaml", f"message: {message.code}"
    notice = version.notices.get(message.code)
    if notice is None or not is_reminder(notice):
        yield Problem(file, entry, "code", "that of a notice which reminds patients")
        return
    wanted = {(language, stage) for language in LANGUAGES for stage in _stages(notice)}
    said = [(each.language, each.stage) for each in message.texts]
    for language, stage in sorted(wanted - set(said)):
        yield Problem(file, entry, "texts", f"one in {language} for `{stage}`, but it is missing")
    for language, stage in sorted(set(said) - wanted):
        yield Problem(file, entry, "texts", f"none in {language} for `{stage}`")
    if len(said) != len(set(said)):
        yield Problem(file, entry, "texts", "each language and stage once")
    telling = telling_words(version.program)
    for text in message.texts:
        place = f"{entry}: {text.language}: {text.stage}"
        yield from (Problem(file, place, *fault) for fault in faults(text, telling))
