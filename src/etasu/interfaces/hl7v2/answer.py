"""The acknowledgment: what was done with a message, and which field to mend how.

Told back is what the message itself says wrongly, never what is known here of a patient: whether
somebody is on record is nobody's to ask by sending a result.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import islice
from typing import NamedTuple

from etasu.interfaces.hl7v2.escapes import escape
from etasu.interfaces.hl7v2.header import VERSIONS, Header
from etasu.interfaces.hl7v2.parser import Unreadable
from etasu.registry.monitoring.received import Answer, Kept, Outcome
from etasu.safe_use.lab_reports import LabMessage

MOST_PROBLEMS = 40
ERROR, WARNING = "E", "W"
# HL7 table 0357.
CODES = {
    0: "Message accepted",
    100: "Segment sequence error",
    101: "Required field missing",
    102: "Data type error",
    103: "Table value not found",
    104: "Value too long",
    200: "Unsupported message type",
    201: "Unsupported event code",
    202: "Unsupported processing id",
    203: "Unsupported version id",
    204: "Unknown key identifier",
    205: "Duplicate key identifier",
    206: "Application record locked",
    207: "Application internal error",
}
_NOT_OURS = (200, 201, 202, 203)
_COMMIT = {Answer.ACCEPTED: "CA", Answer.ERROR: "CE", Answer.REJECTED: "CR"}
_SENTENCES = re.compile(r"(?<=\.) (?=(?:OBX|OBR|SPM)(?:-\d+)? )")
_FIELD = re.compile(r"([A-Z][A-Z0-9]{2})-(\d+)")
# Before this version, ERR had one field.
_OLD = ("2.1", "2.2", "2.3", "2.3.1", "2.4")


class Problem(NamedTuple):
    """Something to mend: the segment and its number as `OBX^3`, the field, and two sentences."""

    place: str
    field: int
    code: int
    severity: str
    said: str
    remedy: str = ""


class Verdict(NamedTuple):
    """How a message is answered."""

    answer: str
    problems: tuple[Problem, ...] = ()


def refusal(unreadable: Unreadable) -> Verdict:
    """The verdict on a message that cannot be read, or is not ours to read."""
    place, field = _placed(unreadable.field)
    answer = Answer.REJECTED if unreadable.code in _NOT_OURS else Answer.ERROR
    said = f"{unreadable.field}: {CODES[unreadable.code].lower()}"
    problem = Problem(place, field, unreadable.code, ERROR, said, unreadable.remedy)
    return Verdict(answer, (problem,))


def verdict_on(outcome: Outcome, message: LabMessage | None) -> Verdict:
    """The verdict on a message by what became of it."""
    found = list(_of_message(outcome))
    if message is not None:
        severity = WARNING if outcome.answer == Answer.ACCEPTED else ERROR
        rejected = {each.place: each for each in outcome.items if each.outcome == Kept.REJECTED}
        for report in message.reports:
            for item in report.items:
                if item.trouble:
                    found += _troubles(item.place, report.place, item.trouble)
                if item.place in rejected:
                    known = rejected[item.place]
                    said = known.said or "this result was not taken"
                    found.append(Problem(item.place, 0, 207, severity, said, known.remedy))
    if len(found) > MOST_PROBLEMS:
        more = f"and {len(found) - MOST_PROBLEMS + 1} more"
        found[MOST_PROBLEMS - 1 :] = [Problem("", 0, 207, found[0].severity, more)]
    return Verdict(outcome.answer, tuple(found))


def acknowledgments(header: Header, verdict: Verdict, *, number: str, at: datetime) -> list[str]:
    """The messages to send back: one in original mode, none to two in enhanced mode.

    `number` is our own control ID. A second message adds a letter to it.
    """
    if not header.is_enhanced:
        return [_acknowledgment(header, verdict, verdict.answer, number, at)]
    made = []
    if _is_wanted(header.accept_answer, verdict.answer):
        commit = _COMMIT[Answer(verdict.answer)]
        made.append(_acknowledgment(header, verdict, commit, number, at))
    if _is_wanted(header.application_answer, verdict.answer):
        second = f"{number}A" if made else number
        made.append(_acknowledgment(header, verdict, verdict.answer, second, at))
    return made


def batch_of(answers: Sequence[str], *, number: str, at: datetime) -> str:
    """The answers to a batch, in a batch."""
    head = f"BHS|^~\\&|||||{_moment(at)}||||{number}"
    return "".join((f"{head}\r", *answers, f"BTS|{len(answers)}\r"))


def _acknowledgment(header: Header, verdict: Verdict, code: str, number: str, at: datetime) -> str:
    version = header.version if header.version in VERSIONS else "2.5.1"
    is_old = version in _OLD
    kind = "ACK^R01" if version in ("2.1", "2.2", "2.3") else "ACK^R01^ACK"
    names = [*header[2:4], *header[:2]]
    # A name with components goes back with them.
    sent = ["^".join(map(escape, name.split("^"))) for name in names]
    fields = ["MSH", "^~\\&", *sent, _moment(at), "", kind, number]
    fields += [escape(header.processing_id) or "P", version]
    if header.character_set:
        fields += ["", "", "", "", "", escape(header.character_set)]
    said = ["MSA", code, escape(header.control_id)]
    if is_old and verdict.problems and verdict.answer != Answer.ACCEPTED:
        said.append(escape(_sentence(verdict.problems[0])[:80]))
    problems = (_error(each, is_old) for each in verdict.problems)
    return "".join(f"{line}\r" for line in ("|".join(fields), "|".join(said), *problems))


def _error(problem: Problem, is_old: bool) -> str:
    location = f"{problem.place}^{problem.field}" if problem.field else problem.place
    code = (str(problem.code), CODES[problem.code], "HL70357")
    if is_old:
        place = [*location.split("^"), "", "", ""][:3]
        return "ERR|" + "^".join((*place, "&".join(code)))
    texts = (escape(problem.said), escape(problem.remedy))
    return "|".join(("ERR", "", location, "^".join(code), problem.severity, "", "", *texts))


def _of_message(outcome: Outcome) -> Iterator[Problem]:
    if outcome.answer == Answer.ACCEPTED:
        return
    code = int(outcome.error) if outcome.error.isdigit() and int(outcome.error) in CODES else 207
    field = 10 if code == 205 else 0
    said, remedy = _two(outcome.said or "the message was not taken")
    yield Problem("MSH^1", field, code, ERROR, said, remedy)


def _troubles(place: str, order: str, trouble: str) -> Iterator[Problem]:
    for sentence in islice(_SENTENCES.split(trouble), 10):
        found = _FIELD.match(sentence)
        segment, field = (found[1], int(found[2])) if found else ("", 0)
        code = 101 if " is empty" in sentence else 103 if field in (2, 11) else 102
        at = place if segment in ("OBX", "") else order
        yield Problem(at, field, code, WARNING, *_two(sentence))


def _two(sentence: str) -> tuple[str, str]:
    """What is wrong, and what to do."""
    said, _, remedy = sentence.partition(": ")
    return said, remedy[:1].upper() + remedy[1:]


def _sentence(problem: Problem) -> str:
    return f"{problem.said}: {problem.remedy}" if problem.remedy else problem.said


def _placed(field: str) -> tuple[str, int]:
    """`MSH-9` as a place and the number of its field; a segment alone has none."""
    found = _FIELD.fullmatch(field)
    if found is None:
        return f"{field[:3]}^1", 0
    return f"{found[1]}^1", int(found[2])


def _is_wanted(condition: str, answer: str) -> bool:
    """By HL7 table 0155: always, never, on an error, on success."""
    is_accepted = answer == Answer.ACCEPTED
    return {"AL": True, "ER": not is_accepted, "SU": is_accepted}.get(condition, False)


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y%m%d%H%M%S+0000")


def all_accepted(verdicts: Iterable[Verdict]) -> bool:
    """Whether nothing has to be sent again."""
    return all(each.answer == Answer.ACCEPTED for each in verdicts)
