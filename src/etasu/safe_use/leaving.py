"""What follows when a form says that a patient leaves: a hold, an end, or another prescriber."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class LeavingEffect(StrEnum):
    """What an answer on a form brings with it. Monitoring goes on whatever the effect."""

    HOLD = "hold"
    END = "end"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaving:
    """An answer of a form that says a patient leaves, and from which day: `on` is its question.

    A hold keeps treatment back and the patient enrolled; an end ends the enrollment; a transfer
    waits until the next prescriber accepts.
    """

    code: str
    source: str
    verified: bool = True
    form: str
    question: str
    answer: str
    on: str
    effect: LeavingEffect


def leaving_by(leaving: Sequence[Leaving], form: str, answers: Mapping[str, str]) -> Leaving | None:
    """The way of leaving that these answers tell of; None for any other form or answer."""
    for each in leaving:
        if each.form == form and answers.get(each.question) == each.answer:
            return each
    return None
