"""A laboratory that sends results about Mara, and Lena, who looks after what it sends."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from etasu.interfaces.hl7v2.exchange import hear
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.monitoring.connecting import register_connection
from etasu.registry.monitoring.intake import receive_all
from etasu.registry.monitoring.lab_models import LabConnection
from etasu.registry.monitoring.reading_as import agreed_with_senders
from etasu.registry.monitoring.received import Outcome
from etasu.registry.monitoring.resolving import register_sender
from etasu.registry.patients.identifiers import add_identifier
from tests.portals.world import PROGRAM, Cast, add_person

SENDER = "LAB|RIVERSIDE"
MARA = "MRN-1001^^^RIVER^MR"
PLATELETS = "777-3^Platelets^LN"
TSH = "3016-3^TSH^LN"
CULTURE = "630-4^Urine culture^LN"


class Laboratory(NamedTuple):
    """The connection, and the day its specimens are collected on."""

    connection: LabConnection
    cast: Cast

    def message(self, *results: str, control: str = "M1", pid: str = "", **more: str) -> str:
        """A message with these results, each code, value, unit and status with bars between."""
        sent = self.cast.at + timedelta(minutes=int(more.get("later", "0")))
        born, name = more.get("born", "19900601"), more.get("name", "Lindqvist^Mara")
        head = (
            rf"MSH|^~\&|{more.get('sender', SENDER)}|REMS|PROGRAM|{sent:%Y%m%d%H%M%S}+0000||ORU^R01"
            f"|{control}|P|2.5.1"
        )
        person = f"PID|1||{pid or MARA}||{name}||{born}|F"
        order = f"OBR|1||{more.get('order', 'F1')}|58410-2^CBC^LN|||{collected(self.cast.at)}"
        lines = (_result(place, each) for place, each in enumerate(results, 1))
        return "\r".join((head, person, order, *lines)) + "\r"

    def send(self, *texts: str | bytes) -> list[Outcome]:
        """What becomes of messages as they come over the wire."""
        raws = [each if isinstance(each, bytes) else each.encode() for each in texts]
        agreed = agreed_with_senders(self.cast.at)
        heard = [one for raw in raws for one in hear(raw, "peer:192.0.2.7", agreed).received]
        return receive_all(heard, by=PLATFORM, at=self.cast.at)


def collected(at: datetime) -> str:
    """The day before yesterday, in the morning."""
    return f"{at - timedelta(days=2):%Y%m%d}0815"


def _result(place: int, said: str) -> str:
    code, value, unit, status = (said.split("|") + ["", "", ""])[:4]
    kind = "ED" if value.startswith("^") else "NM" if value[:1].isdigit() else "ST"
    return f"OBX|{place}|{kind}|{code}||{value}|{unit}|||||{status or 'F'}"


def build_laboratory(cast: Cast) -> Laboratory:
    """Riverside's laboratory is connected, knows Mara, and Lena may sign in."""
    by, at = PLATFORM, cast.at
    made = register_connection(
        PROGRAM, "Riverside Laboratory", authorities={"RIVER": "riverside"}, by=by, at=at
    )
    register_sender(made, SENDER, by=by, at=at)
    add_identifier(cast.mara, "riverside", "MRN-1001", by=by, at=at)
    add_person(PROGRAM, "lena", "lab_analyst", None, at)
    return Laboratory(made, cast)
