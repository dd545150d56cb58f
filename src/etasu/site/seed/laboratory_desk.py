"""A laboratory that sends: some of it is kept, and some waits for Vera to look at it.

Nothing of what waits is about to change an answer: the cast's patients stand where their stories
left them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from etasu.interfaces.hl7v2.exchange import hear
from etasu.programs.codes import code_tables
from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import PLATFORM, Actor
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.resolving import register_sender
from etasu.registry.patients.identifiers import add_identifier
from etasu.registry.patients.models import Patient
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.site.seed.cast import email
from etasu.site.seed.desk import Desk

SENDER, UNKNOWN = "PEBBLE-LIS|PEBBLE CREEK", "COPPER-LIS|COPPER HILL"
KNOWN_AS = "PC-20417^^^PEBBLE^MR"


def let_results_come(desk: Desk, patients: Mapping[str, str]) -> None:
    """Connect a laboratory, and let it send what a laboratory sends in its first days."""
    tests = [
        test
        for test in desk.version_on(desk.today).tests.values()
        if test.loinc and test.unit and not test.needs
    ]
    if not tests or "iris" not in patients:
        return
    rosa = User.objects.get(email=email("rosa"))
    by, at = Actor(rosa.number, access.ADMINISTRATOR), desk.at
    iris = Patient.objects.get(number=patients["iris"])
    made = register_connection(
        desk.code, "Pebble Creek Laboratory", authorities={"PEBBLE": "pebble"}, by=by, at=at
    )
    register_sender(made, SENDER, by=by, at=at)
    add_identifier(iris, "pebble", KNOWN_AS.partition("^")[0], by=by, at=at)
    agreed = agreed_with_senders(at)
    for hours, text in enumerate(_messages(iris, tests[0], at), 1):
        received = hear(text.encode(), "peer:192.0.2.20", agreed).received
        receive_all(received, by=PLATFORM, at=at - timedelta(hours=30 - 5 * hours))


def _messages(iris: Patient, test: TestDefinition, at: datetime) -> Iterator[str]:
    """One that counts for nothing, two codes nobody explained, a patient nobody knows, and more."""
    watched = f"{test.loinc[0]}^{test.name}^LN"
    unwatched = f"{min(code_tables().kept - set(test.loinc))}^Something else^LN"
    unit = test.unit or ""
    local = f"PC-{test.code[:3].upper()}^{test.name.split()[0]}, automated^L"
    yield _message("PC1", KNOWN_AS, iris, at, f"NM|{unwatched}||5.1|mmol/L")
    yield _message("PC2", KNOWN_AS, iris, at, f"NM|{local}||5.2|{unit}")
    yield _message("PC3", KNOWN_AS, iris, at, f"NM|{local}||5.4|{unit}")
    yield _message("PC4", "PC-99120^^^PEBBLE^MR", iris, at, f"NM|{watched}||5.3|{unit}")
    yield _message("PC5", KNOWN_AS, iris, at, f"ST|{watched}||clumped, see note|{unit}")
    yield _message("CH1", KNOWN_AS, iris, at, f"NM|{watched}||5.5|{unit}", sender=UNKNOWN)


def _message(
    control: str, known_as: str, patient: Patient, at: datetime, result: str, sender: str = SENDER
) -> str:
    first, _, last = patient.full_name.partition(" ")
    born = f"{patient.birth_date:%Y%m%d}" if patient.birth_date else ""
    day = f"{at - timedelta(days=2):%Y%m%d}0830"
    return "\r".join(
        (
            rf"MSH|^~\&|{sender}|ETASU|PROGRAM|{at:%Y%m%d%H%M}||ORU^R01|{control}|P|2.5.1",
            f"PID|1||{known_as}||{last}^{first}||{born}",
            f"OBR|1||{control}-F|24323-8^Panel^LN|||{day}",
            f"OBX|1|{result}|||||F",
            "",
        )
    )
