"""The laboratory: what it measures, how it writes it down, and what happens to it on its way."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import NamedTuple

from etasu.interfaces.hl7v2.exchange import hear, reply
from etasu.interfaces.hl7v2.handing_in import keep_all
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.received import Outcome, Received
from etasu.registry.monitoring.resolving import register_sender
from etasu.site.sim.ledger import Sent
from etasu.site.sim.world import Did, Person, World

SENDER = "LAB|RIVERSIDE"
AUTHORITY = "riverside"
LISTENER = Actor("listener", "system")
# The laboratory's own ranges, by LOINC code.
RANGES: Mapping[str, str] = {
    "777-3": "150-400", "6690-2": "4.0-11.0", "718-7": "12.0-16.0", "751-8": "1.8-7.7",
    "731-0": "1.0-4.8", "2160-0": "0.5-1.1", "13945-1": "0-3", "5821-4": "0-5",
    "3016-3": "0.4-4.0", "1742-6": "7-56", "1920-8": "10-40", "1975-2": "0.2-1.2",
}  # fmt: skip
# Another unit some laboratories use, and how many of it are one of ours.
OTHER_UNITS: Mapping[str, tuple[str, float, int]] = {
    "718-7": ("g/L", 10, 0), "2160-0": ("umol/L", 88.42, 0), "777-3": ("10*9/L", 1, 0),
    "1975-2": ("umol/L", 17.1, 1),
}  # fmt: skip
# Codes of its own that a laboratory writes without a LOINC code beside it, each for a while.
LOCAL_CODES_FOR = 90


class Writing(NamedTuple):
    """How one message is written: by whom it says it is, and what is odd about it."""

    mrn: str
    name: str
    born: date
    status: str = "F"
    other_units: bool = False
    local_code: str = ""
    zone: str = "-0500"


class Laboratory:
    """Sends messages, and delivers those that have come through on the day they do."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._under_way: list[tuple[date, int, Sent]] = []
        self._written = self._delivered = 0
        self.has_delivered = False
        admin = world.administrator
        self.connection = register_connection(
            world.code, "Riverside", authorities={"RIVER": AUTHORITY}, by=admin, at=world.moment()
        )
        register_sender(self.connection, SENDER, by=admin, at=world.moment())

    def collect(self, person: Person, tests: Iterable[str]) -> None:
        """Take a specimen for these tests of the program, and send what comes of it."""
        world, channel = self._world, self._world.plan.rates.channel
        values = self._measured(person, tests)
        if not values:
            return
        happens = world.chance.happens
        if happens(channel.lost):
            world.ledger.lost += 1
            world.note("message", person.subject, "lost")
            return
        writing, named = self._writing(person, values)
        sent = self._write(person, named, values, writing)
        if happens(channel.cut_off):
            sent.raw, sent.is_readable = sent.raw[: len(sent.raw) // 3].rsplit(b"\r", 1)[0], False
        arrives = world.day + timedelta(days=world.chance.between(0, 2))
        if happens(channel.late):
            arrives += timedelta(days=world.chance.between(4, 40))
        self._send(sent, arrives)
        if happens(channel.doubled):
            self._send(sent, arrives + timedelta(days=world.chance.between(0, 5)))
        self._think_again(person, sent, writing, arrives)

    def deliver(self) -> None:
        """Hand in everything that has arrived by now, as the listener does: all of it at once."""
        come: list[Sent] = []
        while self._under_way and self._under_way[0][0] <= self._world.day:
            come.append(heapq.heappop(self._under_way)[2])
        self.has_delivered = bool(come)
        if not come:
            return
        world = self._world
        concerned = {each.named for each in come if each.named is not None}
        people = [world.people[index] for index in sorted(concerned)]

        def hand_in(at: datetime) -> Did:
            deliveries = [hear(each.raw, None) for each in come]
            received = [one for each in deliveries for one in each.received]
            outcomes = keep_all(received, _receive_all, at=at, pauses=())
            for each, delivery, outcome in zip(come, deliveries, outcomes, strict=True):
                reply(delivery, [outcome], at)
                each.answers.append(outcome.answer)
                world.ledger.arrived.append(each)
            repeats = sum(outcome.is_repeat for outcome in outcomes)
            kept = _counted(outcomes)
            return f"{len(come)} messages {kept} {repeats} repeats", None

        world.act("delivery", "laboratory", hand_in, people)

    def _measured(self, person: Person, tests: Iterable[str]) -> dict[str, str]:
        """The values of these tests and of the parts of panels, by LOINC code."""
        version = self._world.shapes.version_on(self._world.day)
        known = [version.tests[test] for test in tests if test in version.tests]
        parts = [version.tests[part] for test in known for part in (test.needs or (test.code,))]
        values = {}
        for test in parts:
            code = next(iter(test.loinc), None)
            value = person.body.measure(code, self._world.day) if code else None
            if code is not None and value is not None:
                values[code] = value
        return values

    def _writing(self, person: Person, values: Mapping[str, str]) -> tuple[Writing, int | None]:
        """How the message says whom it is about, and whom that names; mostly that is the same."""
        world, channel = self._world, self._world.plan.rates.channel
        happens, own = world.chance.happens, Writing(person.mrn, person.name, person.born)
        other = world.chance.pick(world.people)
        if happens(channel.without_zone):
            own = own._replace(zone="")
        if happens(channel.other_units):
            own = own._replace(other_units=True)
        if happens(channel.code_unknown):
            own = own._replace(local_code=self._local_code(values))
        if happens(channel.identifiers_disagree) and other.born != person.born:
            return own._replace(mrn=other.mrn), None
        if happens(channel.another_patient):
            return own._replace(mrn=other.mrn, name=other.name, born=other.born), other.index
        if happens(channel.without_identifier):
            return own._replace(mrn=""), None
        return own, person.index

    def _local_code(self, values: Mapping[str, str]) -> str:
        season = (self._world.day - self._world.begins).days // LOCAL_CODES_FOR
        return f"{min(values)}/{season}"

    def _think_again(self, person: Person, sent: Sent, writing: Writing, arrives: date) -> None:
        """Corrections, and results taken back: sent later, and sometimes there before."""
        world, channel = self._world, self._world.plan.rates.channel
        later = arrives + timedelta(days=world.chance.between(1, 12))
        if sent.named not in (None, person.index) or world.chance.happens(channel.withdrawn):
            gone = writing._replace(status="D")
            back = self._write(person, sent.named, sent.values, gone, number=sent.number)
            self._send(back, later)
            if sent.named is not None and sent.named != person.index:
                own = Writing(person.mrn, person.name, person.born)
                self._send(self._write(person, person.index, sent.values, own), later)
        elif world.chance.happens(channel.corrected):
            first = min(sent.values)
            right = {**sent.values, first: person.body.measure(first, sent.collected_on) or ""}
            again = writing._replace(status="C")
            corrected = self._write(person, sent.named, right, again, number=sent.number)
            is_first = world.chance.happens(100 * channel.correction_first / channel.corrected)
            self._send(
                corrected, max(world.day, arrives - timedelta(days=1)) if is_first else later
            )

    def _send(self, sent: Sent, arrives: date) -> None:
        self._delivered += 1
        self._world.ledger.sent[sent.control_id] = sent
        heapq.heappush(self._under_way, (arrives, self._delivered, sent))

    def _write(
        self,
        person: Person,
        named: int | None,
        values: Mapping[str, str],
        writing: Writing,
        *,
        number: str = "",
    ) -> Sent:
        self._written += 1
        control_id = f"M{self._written}"
        number = number or f"F{self._written}"
        day = self._world.day
        said_at = datetime(day.year, day.month, day.day, 12, 0) + timedelta(
            seconds=self._written % 40000
        )
        lines = [
            rf"MSH|^~\&|{SENDER}|REMS|PROGRAM|{said_at:%Y%m%d%H%M%S}{writing.zone}||ORU^R01|"
            f"{control_id}|P|2.5.1",
            f"PID|1||{writing.mrn and f'{writing.mrn}^^^RIVER^MR'}||{_as_name(writing.name)}||"
            f"{writing.born:%Y%m%d}|{person.sex[0].upper()}",
            f"OBR|1|P{number}|{number}|24323-8^Panel^LN|||{day:%Y%m%d}0815{writing.zone}"
            + "|" * 18
            + writing.status,
        ]
        own = writing.local_code.split("/")[0]
        said: dict[str, str] = {}
        for place, (loinc, value) in enumerate(values.items(), 1):
            code = f"{writing.local_code}^Local^L" if loinc == own else f"{loinc}^^LN"
            line, said[loinc] = _observation(place, loinc, code, value, writing)
            lines.append(line)
        raw = "\r".join([*lines, ""]).encode()
        count = len(values)
        sent = Sent(control_id, number, raw, count, person.index, named, day, values, said)
        sent.status = writing.status
        return sent


def _observation(
    place: int, loinc: str, code: str, value: str, writing: Writing
) -> tuple[str, str]:
    """The line, and the value as it says it."""
    unit, low_high = "", RANGES.get(loinc, "")
    kind = "NM" if value.replace(".", "", 1).isdigit() else "ST"
    if writing.other_units and loinc in OTHER_UNITS:
        unit, times, decimals = OTHER_UNITS[loinc]
        value = f"{float(value) * times:.{decimals}f}"
        low_high = "-".join(f"{float(each) * times:.{decimals}f}" for each in low_high.split("-"))
    else:
        unit = _UNITS.get(loinc, "")
    return f"OBX|{place}|{kind}|{code}||{value}|{unit}|{low_high}||||{writing.status}", value


_UNITS: Mapping[str, str] = {
    "777-3": "10*3/uL", "6690-2": "10*3/uL", "718-7": "g/dL", "751-8": "10*3/uL",
    "731-0": "10*3/uL", "2160-0": "mg/dL", "13945-1": "/[HPF]", "5821-4": "/[HPF]",
    "3016-3": "m[IU]/L", "1742-6": "U/L", "1920-8": "U/L", "1975-2": "mg/dL",
    "2890-2": "mg/g{creat}",
}  # fmt: skip


def _as_name(name: str) -> str:
    first, _, last = name.partition(" ")
    return f"{last}^{first}"


def _receive_all(messages: Iterable[Received], *, at: datetime) -> list[Outcome]:
    return receive_all(list(messages), by=LISTENER, at=at)


def _counted(outcomes: Iterable[Outcome]) -> str:
    kept = [item.outcome for outcome in outcomes for item in outcome.items]
    return " ".join(f"{kept.count(each)} {each}" for each in ("stored", "quarantined", "rejected"))
