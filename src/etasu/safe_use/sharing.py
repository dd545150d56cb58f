"""What a patient shares with somebody who helps them, and when that holds."""

from __future__ import annotations

from collections.abc import Set
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple


class Slice(StrEnum):
    """A part of a record that is shared by itself."""

    REMINDERS = "reminders"
    RESULTS = "results"
    MESSAGES = "messages"


class SharingState(StrEnum):
    """How it stands between a patient and a care partner."""

    INVITED = "invited"
    NOT_ANSWERED = "not_answered"
    OPEN = "open"
    RUN_OUT = "run_out"
    LEFT = "left"
    ENDED = "ended"


class Sharing(NamedTuple):
    """One patient and one care partner. `ends_on` is the last day it holds.

    `left_on` is the first day on which the patient is no longer in the program.
    """

    slices: Set[Slice]
    link_until: datetime
    is_accepted: bool
    ends_on: date
    left_on: date | None = None
    is_ended: bool = False


def sharing_state(sharing: Sharing, *, at: datetime, on: date) -> SharingState:
    """How it stands at that moment, which is that day where the patient is."""
    if sharing.is_ended:
        return SharingState.ENDED
    if sharing.left_on is not None and sharing.left_on <= on:
        return SharingState.LEFT
    if not sharing.is_accepted:
        return SharingState.INVITED if at <= sharing.link_until else SharingState.NOT_ANSWERED
    return SharingState.OPEN if on <= sharing.ends_on else SharingState.RUN_OUT


def is_shared(sharing: Sharing, wanted: Slice, *, at: datetime, on: date) -> bool:
    """Whether the care partner may see this slice: nothing else opens it."""
    is_open = sharing_state(sharing, at=at, on=on) is SharingState.OPEN
    return is_open and wanted in sharing.slices
