"""Patients a laboratory knows, in a server's own database, from a process of its own.

Run as `python -m tests.crash.hl7_world PATIENTS`. `message` is what the laboratory sends.
"""

from __future__ import annotations

import os
import sys

import django

SENDER = "LAB|RIVERSIDE"
TESTS = (("777-3", "212"), ("6690-2", "6.1"), ("718-7", "13.4"), ("2160-0", "0.8"))


def message(number: str, patient: int) -> bytes:
    """A message with a number of its own, about one of the patients."""
    lines = [
        rf"MSH|^~\&|{SENDER}|REMS|P|20250602150000-0500||ORU^R01|{number}|P|2.5.1",
        f"PID|1||MRN-{patient}^^^RIVER^MR||Vale^Mara||19900601|F",
        f"OBR|1||F-{number}|58410-2^CBC^LN|||202506010800-0500||||||||||||||||||F",
        *(
            f"OBX|{place}|NM|{code}^Test^LN||{value}||||||F"
            for place, (code, value) in enumerate(TESTS, 1)
        ),
    ]
    return "\r".join(lines).encode()


def main() -> None:
    """Write the rows."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "etasu.site.settings"
    django.setup()
    from tests.registry import labs

    labs.connect(SENDER)
    first = labs.patient("Mara Vale", "MRN-0")
    for number in range(1, int(sys.argv[1])):
        labs.patient("Mara Vale", f"MRN-{number}", prescriber=first.prescriber)


if __name__ == "__main__":
    main()
