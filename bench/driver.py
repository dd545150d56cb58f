"""A load driver in a process of its own: few calls, no framework, its own CPU measured.

    python -m bench.driver < plan.json     the plan in, one JSON object out

Closed loop: each connection asks again as soon as it is answered. Open loop (`rate`): questions
come at fixed moments whether or not the ones before are answered, and a question's time counts
from its moment, so that waiting in line is not left out.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

from bench.numbers import number
from bench.world import FACILITIES, secret

# A prime that divides no number of patients measured here, so that every patient has its turn.
STRIDE = 7919


class Plan(NamedTuple):
    """What to ask, of whom, how often.

    Patients are `patients` from `low` on, in an order that looks random, from the `first` on.
    """

    port: int
    connections: int
    seconds: float
    rate: float
    program: str
    gate: str
    planned_on: str
    low: int
    patients: int
    prescribers: int
    facilities: int
    first: int
    run: str


def questions(plan: Plan) -> Iterator[bytes]:
    """Whole HTTP requests; the patients come round again when all were asked about."""
    count = plan.first
    while True:
        patient = plan.low + count * STRIDE % plan.patients
        body = (
            f'{{"program":"{plan.program}","gate":"{plan.gate}","patient":"{number(patient)}",'
            f'"planned_on":"{plan.planned_on}","course":1,'
            f'"facility":"{number(FACILITIES + patient % plan.facilities)}"}}'
        )
        yield (
            "POST /api/v1/authorizations HTTP/1.1\r\nHost: localhost\r\n"
            f"Authorization: Bearer {secret(patient % plan.prescribers)}\r\n"
            f"Idempotency-Key: {plan.run}-{count}\r\n"
            "Content-Type: application/json\r\nAccept: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        ).encode()
        count += 1


class Line:
    """One connection with at most one question under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.since = 0.0
        self.received = b""

    def ask(self, question: bytes, since: float) -> None:
        """Send a question that counts from `since`."""
        self.since, self.received = since, b""
        self.socket.sendall(question)

    def answered(self) -> bool:
        """Take what has come; whether the answer is whole. Raises when the server hung up."""
        piece = self.socket.recv(262_144)
        if not piece:
            raise ConnectionError("the server hung up")
        self.received = self.received + piece if self.received else piece
        head = self.received.find(b"\r\n\r\n")
        if head < 0:
            return False
        place = self.received.find(b"ontent-length: ", 0, head)
        length = int(self.received[place + 15 : self.received.index(b"\r", place)])
        return len(self.received) >= head + 4 + length


class Tally:
    """What came back, and how long each answer took."""

    def __init__(self) -> None:
        self.answers: Counter[str] = Counter()
        self.times: list[float] = []

    def note(self, line: Line, now: float) -> None:
        """Count one answer by its status and outcome."""
        self.times.append(now - line.since)
        outcome = line.received.partition(b'"outcome":"')[2][:20].partition(b'"')[0]
        self.answers[(line.received[9:12] + b" " + outcome).strip().decode()] += 1

    def report(self, seconds: float) -> dict[str, object]:
        """Rates, percentiles in milliseconds, and the driver's own CPU."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        times = sorted(self.times) or [0.0]
        percentile = {
            name: round(times[min(len(times) - 1, int(share * len(times)))] * 1000, 2)
            for name, share in (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p999", 0.999))
        }
        return {
            "answers": dict(self.answers),
            "per_second": round(len(self.times) / seconds, 1),
            "milliseconds": percentile | {"max": round(times[-1] * 1000, 2)},
            "driver_cpu_seconds": round(used.ru_utime + used.ru_stime, 3),
        }


def closed_loop(plan: Plan) -> dict[str, object]:
    """As many questions as the connections can carry."""
    lines, poll, asked, tally = _begin(plan)
    started = time.perf_counter()
    ends = started + plan.seconds
    for line in lines.values():
        line.ask(next(asked), started)
    now = started
    while now < ends:
        for descriptor, _ in poll(1.0):
            line = lines[descriptor]
            if line.answered():
                now = time.perf_counter()
                tally.note(line, now)
                line.ask(next(asked), now)
    return tally.report(now - started)


def open_loop(plan: Plan) -> dict[str, object]:
    """`rate` questions a second, each at its moment."""
    lines, poll, asked, tally = _begin(plan)
    free, waiting = deque(lines.values()), deque[float]()
    started = now = time.perf_counter()
    total, due = int(plan.rate * plan.seconds), 0
    while len(tally.times) < total:
        while due < total and started + due / plan.rate <= now:
            waiting.append(started + due / plan.rate)
            due += 1
        while free and waiting:
            free.popleft().ask(next(asked), waiting.popleft())
        upcoming = started + due / plan.rate - now if due < total else 1.0
        for descriptor, _ in poll(max(0.0, upcoming)):
            line = lines[descriptor]
            if line.answered():
                tally.note(line, time.perf_counter())
                free.append(line)
        now = time.perf_counter()
    return tally.report(now - started)


def _begin(
    plan: Plan,
) -> tuple[dict[int, Line], Callable[[float], list[tuple[int, int]]], Iterator[bytes], Tally]:
    lines = {}
    poll = select.epoll()
    for _ in range(plan.connections):
        line = Line(plan.port)
        lines[line.socket.fileno()] = line
        poll.register(line.socket.fileno(), select.EPOLLIN)
    return lines, poll.poll, questions(plan), Tally()


def main() -> None:
    """Carry out the plan on standard input."""
    plan = Plan(**json.load(sys.stdin))
    found = open_loop(plan) if plan.rate else closed_loop(plan)
    json.dump(found, sys.stdout)


if __name__ == "__main__":
    main()
