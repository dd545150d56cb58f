"""A question to a gate, as every door hands it in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from etasu.registry.participants.facts import Asker
from etasu.safe_use.program import Gate, GateUnit

# Nobody plans an infusion further ahead, and a typing slip in the year is caught.
LONGEST_AHEAD = timedelta(days=366)


class AuthorizationRequest(NamedTuple):
    """May the drug pass this gate? Participants are named by number.

    A participant left out is taken from the asker or from the patient's live authorization;
    the prescriber is always the one on the patient's enrollment.
    """

    program: str
    gate: str
    patient: str
    planned_on: date
    course: int | None = None
    facility: str | None = None
    pharmacy: str | None = None
    days_supply: int | None = None
    statements: tuple[str, ...] = ()


class RequestProblem(NamedTuple):
    """One field of a request that cannot be used, and what to do about it."""

    field: str
    detail: str


class BadRequest(Exception):
    """A request that cannot be asked; nothing was stored."""

    def __init__(self, *problems: RequestProblem) -> None:
        super().__init__("; ".join(f"{each.field}: {each.detail}" for each in problems))
        self.problems = problems


# The same words for a number that does not exist and one the asker may not use.
NO_SUCH_PATIENT = RequestProblem(
    "patient", "No patient you may ask about has this number. Check it against the enrollment."
)
# Days authorized ahead could leave gaps and change their order before they are given.
ON_THE_DAY_ITSELF = RequestProblem(
    "planned_on", "An infusion is authorized on its own day. Ask again on that day."
)
NO_SUCH_PROGRAM = RequestProblem("program", "There is no such program here.")


def no_such_party(kind: str) -> RequestProblem:
    """No such participant, or not one the asker may act for: not told apart."""
    return RequestProblem(kind, f"No {kind} you may name here has this number.")


def asked_on(asker: Asker, at: datetime) -> date:
    """The day of the question where the asker is."""
    return at.astimezone(ZoneInfo(asker.time_zone)).date()


def check_request(
    request: AuthorizationRequest, gate: Gate | None, asker: Asker, at: datetime
) -> None:
    """Raise BadRequest when the asker may not ask this, or the day makes no sense."""
    if gate is None:
        raise BadRequest(RequestProblem("gate", "The program has no such gate."))
    if asker.program != request.program:
        raise BadRequest(NO_SUCH_PROGRAM)
    if asker.role not in gate.asked_by and asker.role != "administrator":
        raise BadRequest(RequestProblem("gate", f"Your role, {asker.role}, does not ask here."))
    day = asked_on(asker, at)
    if request.planned_on < day:
        raise BadRequest(RequestProblem("planned_on", "This day is past. Ask for today or later."))
    if request.planned_on > day + LONGEST_AHEAD:
        raise BadRequest(RequestProblem("planned_on", "This is more than a year ahead."))
    if gate.authorizes is GateUnit.INFUSION_DAY and request.planned_on != day:
        raise BadRequest(ON_THE_DAY_ITSELF)
    own = asker.participant_kind
    named = getattr(request, own, None) if own in ("facility", "pharmacy") else None
    if own is not None and named is not None and named != asker.participant:
        raise BadRequest(no_such_party(own))
