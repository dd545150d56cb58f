"""A laboratory that sends messages over MLLP as fast as they are acknowledged.

    python -m bench.laboratory_line < plan.json     the plan in, one JSON object out

Each connection has one message under way; a message has twelve results of one patient.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import sys
import time
from collections import Counter
from datetime import date, timedelta
from typing import NamedTuple

SENDER = "LAB|RIVERSIDE"
# Our name of the test, LOINC, its name, unit, range, and a usual value with its step.
TESTS = (
    ("leukocytes", "6690-2", "Leukocytes", "10*3/uL", "4.0-11.0", 6.2, 0.1),
    ("hemoglobin", "718-7", "Hemoglobin", "g/dL", "12.0-16.0", 13.1, 0.1),
    ("platelets", "777-3", "Platelets", "10*3/uL", "150-400", 212, 3),
    ("neutrophils", "751-8", "Neutrophils", "10*3/uL", "1.8-7.7", 3.9, 0.1),
    ("lymphocytes", "731-0", "Lymphocytes", "10*3/uL", "1.0-4.8", 1.4, 0.1),
    ("creatinine", "2160-0", "Creatinine", "mg/dL", "0.5-1.1", 0.8, 0.01),
    ("alt", "1742-6", "ALT", "U/L", "7-56", 22, 1),
    ("ast", "1920-8", "AST", "U/L", "10-40", 19, 1),
    ("bilirubin", "1975-2", "Bilirubin", "mg/dL", "0.2-1.2", 0.6, 0.01),
    ("urine-erythrocytes", "13945-1", "RBC urine", "/[HPF]", "0-3", 1, 0),
    ("urine-leukocytes", "5821-4", "WBC urine", "/[HPF]", "0-5", 2, 0),
    ("tsh", "3016-3", "TSH", "m[IU]/L", "0.4-4.0", 1.9, 0.05),
)
# One message in so many has a value that somebody must look at.
ALARMING, LOW_PLATELETS = 250, "48"
_OBX = "\r".join(
    f"OBX|{number}|NM|{loinc}^{name}^LN||%s|{unit}^^UCUM|{limits}|N|||F|||%s"
    for number, (_, loinc, name, unit, limits, *_) in enumerate(TESTS, 1)
)
_MESSAGE = (
    rf"MSH|^~\&|{SENDER}|REMS|PROGRAM|%s||ORU^R01^ORU_R01|%s|P|2.5.1" "\r"
    "PID|1||%s^^^RIVER^MR||Vale^Mara||19900601|F\r"
    "ORC|RE|P%s|F%s\r"
    "OBR|1|P%s|F%s|24323-8^Panel^LN|||%s|||||||||1234567893^Amara^Ada|||||||||F\r"
    f"{_OBX}\r"
    "SPM|1|||BLD^Blood^HL70487\r"
)  # fmt: skip
_FIRST_DAY, _MONTHS = date(2025, 6, 1), 17
PATIENTS = 5_000


class LinePlan(NamedTuple):
    """Where to send what: patients in turn, message numbers from `first` on."""

    port: int
    connections: int
    seconds: float
    patients: int
    first: int


def message(number: int, patient: int) -> bytes:
    """The message with this number. A patient's results come month after month."""
    month = number // PATIENTS % _MONTHS
    day = (_FIRST_DAY + timedelta(days=30 * month)).strftime("%Y%m%d")
    taken = f"{day}0815-0500"
    values: list[str] = []
    for at, (*_, usual, step) in enumerate(TESTS):
        value = round(usual + (number * 7 + at * 3) % 11 * step, 2)
        values += [f"{value:g}", taken]
    if number % ALARMING == 0:
        values[4] = LOW_PLATELETS
    name = f"M{number}"
    head = (f"{day}093000-0500", name, f"MRN-{patient}", name, name, name, name, taken)
    return (_MESSAGE % (*head, *values)).encode()


def drive(plan: LinePlan) -> dict[str, object]:
    """Send until the time is over; how many a second, and how long each took."""
    waiting = select.poll()
    by_number = {line.fileno(): line for line in map(_connect, [plan.port] * plan.connections)}
    held = dict.fromkeys(by_number, b"")
    since: dict[int, float] = {}
    answers: Counter[str] = Counter()
    took: list[float] = []
    number = plan.first
    began = time.perf_counter()

    def send(at: int) -> None:
        nonlocal number
        by_number[at].sendall(b"\x0b" + message(number, number % plan.patients) + b"\x1c\r")
        since[at] = time.perf_counter()
        number += 1

    for at in by_number:
        waiting.register(at, select.POLLIN)
        send(at)
    while since:
        for at, _ in waiting.poll(10_000) or _silence():
            held[at] += by_number[at].recv(65536)
            if not held[at].endswith(b"\x1c\r"):
                continue
            now = time.perf_counter()
            answers[held[at].split(b"\rMSA|", 1)[1][:2].decode()] += 1
            took.append(now - since.pop(at))
            held[at] = b""
            if now - began < plan.seconds:
                send(at)
    elapsed = time.perf_counter() - began
    took.sort()
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "connections": plan.connections,
        "per_second": round(len(took) / elapsed, 1),
        "answers": dict(answers),
        "milliseconds": {
            "p50": round(took[len(took) // 2] * 1000, 2),
            "p99": round(took[len(took) * 99 // 100] * 1000, 2),
        },
        "laboratory_cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
    }


def _connect(port: int) -> socket.socket:
    line = socket.create_connection(("127.0.0.1", port))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return line


def _silence() -> list[tuple[int, int]]:
    raise SystemExit("the listener said nothing for ten seconds")


if __name__ == "__main__":
    sys.stdout.write(json.dumps(drive(LinePlan(**json.load(sys.stdin)))))
