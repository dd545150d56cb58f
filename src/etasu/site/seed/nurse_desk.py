"""The nurses' line of a seeded site: a rota without a gap, and Noor, who waits for an answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time, timedelta

from etasu.registry.accounts import access
from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor
from etasu.registry.patient_support.callbacks import Wanted, promise_callback
from etasu.registry.patient_support.line_messages import write_to_nurses
from etasu.registry.patient_support.nurse_facts import is_with_nurses
from etasu.registry.patient_support.nursing import assign_nurse
from etasu.registry.patient_support.rota import add_shifts, leave_note
from etasu.registry.patients.models import Patient
from etasu.safe_use.rota import Weekday, Weekly, windows_ahead
from etasu.site.seed.cast import email
from etasu.site.seed.desk import Desk

DAY = timedelta(days=1)
# Who has which half of every day.
HALVES = (("opal", time(7), time(19)), ("mila", time(19), time(7)))
NOOR = Actor("demo", access.PATIENT)


def let_patients_write(desk: Desk, patients: Mapping[str, str]) -> None:
    """Shifts for a year; a message, a call that is promised, and a note left for the night."""
    line = desk.version_on(desk.today).nurse_line
    if line is None or "noor" not in patients:
        return
    noor = Patient.objects.get(number=patients["noor"])
    nurses = {key: User.objects.get(email=email(key)) for key, _begins, _ends in HALVES}
    opal = Actor(nurses["opal"].number, access.SUPPORT_NURSE)
    for key, begins, ends in HALVES:
        # The night of yesterday lasts into today.
        weekly = Weekly(
            nurses[key].number,
            frozenset(Weekday),
            begins,
            ends,
            desk.today - DAY,
            desk.today + 365 * DAY,
        )
        add_shifts(desk.code, weekly, line, by=opal, at=desk.at)
    leave_note(
        desk.code, f"{noor.number} wants a call. Her tests are overdue.", by=opal, at=desk.at
    )
    if is_with_nurses(noor):
        assign_nurse(noor, opal.number, by=opal, at=desk.at)
        said = "Thank you for the last talk. I am tired, and there are bruises on both legs."
        write_to_nurses(noor, said, by=NOOR, at=desk.at - timedelta(hours=3))
        window = windows_ahead(desk.at, noor.time_zone, 3)[1]
        wanted = Wanted(window, noor.telephone, "Please do not call at work.")
        promise_callback(noor, wanted, by=NOOR, at=desk.at)
