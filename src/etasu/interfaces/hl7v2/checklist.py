"""Twenty-five messages every laboratory sends sooner or later, with what has to become of each.

They are about invented people who are on record only while a check runs, and all of it is taken
back. What is checked is the whole way in: read, matched, judged, settled, answered.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from etasu.interfaces.hl7v2.exchange import hear, reply
from etasu.programs.codes import code_tables
from etasu.registry.audit.actors import Actor
from etasu.registry.audit.numbers import new_number
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.facts import results_of
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import ItemOutcome, Kept
from etasu.registry.monitoring.resolving import map_code, register_sender
from etasu.registry.monitoring.trying import what_if
from etasu.registry.participants.actions import register_participant
from etasu.registry.patients.actions import enroll_patient
from etasu.registry.patients.identifiers import add_identifier
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import ProgramVersion

BORN = date(1990, 6, 1)
_WORDS = {Kept.STORED: "kept", Kept.QUARANTINED: "held", Kept.REJECTED: "refused"}


class Checked(NamedTuple):
    """A check: what was sent, what has to come of it, and what came of it."""

    name: str
    messages: tuple[str, ...]
    expected: str
    observed: str

    @property
    def is_met(self) -> bool:
        """Whether it came as it has to."""
        return self.expected == self.observed


class Case(NamedTuple):
    """What is sent, one after another, and what has to come of the last."""

    name: str
    expected: str
    messages: tuple[str, ...]
    maps: str = ""


class Sample(NamedTuple):
    """A test with a value in it that is neither odd nor alarming in itself."""

    test: TestDefinition
    value: str

    @property
    def code(self) -> str:
        """As a laboratory sends it."""
        return f"{self.test.loinc[0]}^{self.test.code}^LN"


class Words(NamedTuple):
    """The words messages are made of."""

    at: datetime
    sender: str
    one: Sample
    two: Sample
    unwatched: str

    def message(self, *segments: str, pid: str = "", **header: str) -> str:
        """An ORU^R01 about Vera, or about whom the PID says."""
        given = {"control": "C1", "kind": "ORU^R01", "use": "P", "version": "2.5.1", **header}
        sent = self.at + timedelta(seconds=int(given.get("later", "0")))
        sender = given.get("sender", self.sender)
        head = (
            rf"MSH|^~\&|{sender}|ETASU|PROGRAM|{sent:%Y%m%d%H%M%S}+0000||{given['kind']}"
            f"|{given['control']}|{given['use']}|{given['version']}"
        )
        return "\r".join((head, pid or _pid("CHK-1^^^CHECK^MR"), *segments)) + "\r"

    def order(self, filler: str = "F1", collected: str | None = None) -> str:
        """An order, collected two days ago."""
        day = f"{self.at - timedelta(days=2):%Y%m%d}" if collected is None else collected
        return f"OBR|1||{filler}|{self.one.code}|||{day}"

    def result(self, value: str = "", status: str = "F", **more: str) -> str:
        """A result of the first test, or as it is said."""
        sample = self.one
        said = {"kind": "NM", "code": sample.code, "unit": sample.test.unit or "", **more}
        value = value or sample.value
        before = f"OBX|{said.get('at', '1')}|{said['kind']}|{said['code']}"
        return f"{before}||{value}|{said['unit']}|||||{status}"


def run_checklist(version: ProgramVersion, *, by: Actor, at: datetime) -> list[Checked]:
    """Every check with what came of it; empty for a program that watches too few numbers."""
    samples = _samples(version)
    if len(samples) < 2:
        return []
    return what_if(lambda: _Checking(version, samples, by=by, at=at).run())


def _samples(version: ProgramVersion) -> list[Sample]:
    windows = code_tables().units.windows
    found = []
    for test in version.tests.values():
        window = windows.get(test.code)
        if test.loinc and test.unit and not test.needs and window is not None:
            value = window.low + (window.high - window.low) / 4
            found.append(Sample(test, f"{value.quantize(Decimal('0.1'))}"))
    return found


class _Checking:
    """Invented people and a connection of their own, on whom each case is tried by itself."""

    def __init__(
        self, version: ProgramVersion, samples: Sequence[Sample], *, by: Actor, at: datetime
    ) -> None:
        self._by, self._at = by, at
        self._program = program = version.program.code
        number = new_number()
        sender = f"CHECK|{number}"
        self._connection = register_connection(
            program, f"Checklist {number}", authorities={"CHECK": number}, by=by, at=at
        )
        register_sender(self._connection, sender, by=by, at=at)
        doctor = register_participant(program, "prescriber", "Dr. Checklist", by=by, at=at)
        self._vera, self._otto = (
            enroll_patient(
                program, name, prescriber=doctor, enrolled_on=at.date(), birth_date=BORN,
                by=by, at=at,
            )
            for name in ("Vera Checklist", "Otto Probe")
        )  # fmt: skip
        for patient, value in ((self._vera, "CHK-1"), (self._otto, "CHK-2")):
            add_identifier(patient, number, value, by=by, at=at)
        known = {code for test in version.tests.values() for code in test.loinc}
        unwatched = min(code_tables().kept - known)
        self._words = Words(at, sender, samples[0], samples[1], f"{unwatched}^Culture^LN")
        self._agreed = agreed_with_senders(at)

    def run(self) -> list[Checked]:
        """Every case, each as if it were the first."""
        return [what_if(partial(self._check, case)) for case in cases(self._words)]

    def _check(self, case: Case) -> Checked:
        if case.maps:
            test = self._words.one.test.code
            where = (self._connection, self._program, "L", case.maps)
            map_code(*where, test, by=self._by, at=self._at)
        observed = ""
        for text in case.messages:
            observed = self._observe(text)
        return Checked(case.name, case.messages, case.expected, observed)

    def _observe(self, text: str) -> str:
        delivery = hear(text.encode(), None, self._agreed)
        outcomes = receive_all(delivery.received, by=self._by, at=self._at)
        (answer, *_), _ = reply(delivery, outcomes, self._at)
        said = answer.decode().split("\rMSA|", 1)[1][:2]
        items = [_fate(each) for each in outcomes[0].items]
        standing = [
            row.value or ""
            for patient in (self._vera, self._otto)
            for row in results_of(patient).exclude(channel="derived")
        ]
        record = f"on record: {', '.join(sorted(standing)) or 'nothing'}"
        return "; ".join(filter(None, (said, ", ".join(items), record)))


def _fate(item: ItemOutcome) -> str:
    word = _WORDS[Kept(item.outcome)]
    return f"{word} ({item.reason.replace('-', ' ')})" if item.reason else word


def _pid(identifiers: str, name: str = "Checklist^Vera", born: str = "19900601") -> str:
    return f"PID|1||{identifiers}||{name}||{born}|F"


def cases(words: Words) -> list[Case]:
    """The checks, in the order of a laboratory's first weeks."""
    return [
        *_plain(words), *_not_understood(words), *_not_matched(words), *_later(words),
        *_not_read(words),
    ]  # fmt: skip


NOTHING = "on record: nothing"


def _plain(w: Words) -> list[Case]:
    value, order = w.one.value, w.order()
    second = w.result(w.two.value, code=w.two.code, unit=w.two.test.unit or "", at="2")
    document = w.result(
        "^application^pdf^Base64^JVBERi0xLjQK", kind="ED", code=w.unwatched, unit="", at="2"
    )
    both = ", ".join(sorted((value, w.two.value)))
    said = w.message(order, w.result())
    return [
        Case("A result with LOINC and UCUM", f"AA; kept; on record: {value}", (said,)),
        Case("Two results in one order", f"AA; kept, kept; on record: {both}",
             (w.message(order, w.result(), second),)),
        Case("A test nobody watches for", f"AA; kept (not watched); {NOTHING}",
             (w.message(order, w.result("no growth", kind="ST", code=w.unwatched)),)),
        Case("A document beside a result",
             f"AA; kept, kept (not watched); on record: {value}",
             (w.message(order, w.result(), document),)),
        Case("A message marked as a test", f"AA; refused (test message); {NOTHING}",
             (w.message(order, w.result(), use="T"),)),
        Case("The same message twice", f"AA; on record: {value}", (said, said)),
    ]  # fmt: skip


def _not_understood(w: Words) -> list[Case]:
    value, order = w.one.value, w.order()
    local = w.result(code="PLAIN-1^Something^L")
    return [
        Case("A code nobody has explained", f"AA; held (code unknown); {NOTHING}",
             (w.message(order, local),)),
        Case("A code that was explained", f"AA; kept; on record: {value}",
             (w.message(order, local),), "PLAIN-1"),
        Case("Codes that mean two tests", f"AA; held (codes disagree); {NOTHING}",
             (w.message(order, w.result(code=f"{w.one.code}^{w.two.code}")),)),
        Case("A unit nobody knows", f"AA; kept (unit review); on record: {value}",
             (w.message(order, w.result(unit="barrels")),)),
        Case("No unit", f"AA; kept (unit review); on record: {value}",
             (w.message(order, w.result(unit="")),)),
        Case("A value that is no number", f"AA; held (unreadable); {NOTHING}",
             (w.message(order, w.result("**.*")),)),
        Case("No status", f"AA; held (status unknown); {NOTHING}",
             (w.message(order, w.result(status="")),)),
    ]  # fmt: skip


def _not_matched(w: Words) -> list[Case]:
    two, found = "CHK-1^^^CHECK^MR~CHK-2^^^CHECK^MR", (w.order(), w.result())
    tomorrow = f"{w.at + timedelta(days=3):%Y%m%d}"
    return [
        Case("A patient nobody knows", f"AA; held (patient unknown); {NOTHING}",
             (w.message(*found, pid=_pid("CHK-9^^^CHECK^MR")),)),
        Case("A name and no identifier", f"AA; held (no identifier); {NOTHING}",
             (w.message(*found, pid=_pid("")),)),
        Case("A wrong patient: another birth date", f"AA; held (birth date differs); {NOTHING}",
             (w.message(*found, pid=_pid("CHK-1^^^CHECK^MR", born="19710203")),)),
        Case("Identifiers of two patients", f"AA; held (identifiers disagree); {NOTHING}",
             (w.message(*found, pid=_pid(two)),)),
        Case("No day of collection", f"AA; held (collection day missing); {NOTHING}",
             (w.message(w.order(collected=""), w.result()),)),
        Case("A day of collection to come", f"AA; held (collected in the future); {NOTHING}",
             (w.message(w.order(collected=tomorrow), w.result()),)),
        Case("A sender nobody has registered", f"AA; held (sender unknown); {NOTHING}",
             (w.message(*found, sender="NOBODY|HERE"),)),
    ]  # fmt: skip


def _later(w: Words) -> list[Case]:
    order, value = w.order(), w.one.value
    first = w.message(order, w.result())
    other = f"{Decimal(value) + 1}"
    return [
        Case("Preliminary, then final", f"AA; kept; on record: {value}",
             (w.message(order, w.result(status="P")),
              w.message(order, w.result(), control="C2", later="60"))),
        Case("A correction takes the place of the result", f"AA; kept; on record: {other}",
             (first, w.message(order, w.result(other, "C"), control="C2", later="60"))),
        Case("A deletion takes the result back", f"AA; kept (withdrawn); {NOTHING}",
             (first, w.message(order, w.result(status="D"), control="C2", later="60"))),
        Case("Another message under the same control ID",
             f"AE; refused (control id reused); on record: {value}",
             (first, w.message(order, w.result(other)))),
    ]  # fmt: skip


def _not_read(w: Words) -> list[Case]:
    return [
        Case("A message that is no result", f"AR; {NOTHING}",
             (w.message(kind="ADT^A01"),)),
    ]  # fmt: skip
