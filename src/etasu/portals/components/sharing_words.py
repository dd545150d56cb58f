"""What a patient can share with somebody who helps them, in plain words."""

from __future__ import annotations

from collections.abc import Mapping, Set

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from etasu.safe_use.sharing import SharingState, Slice

Words = str | Promise
SLICES: Mapping[Slice, Words] = {
    Slice.REMINDERS: gettext_lazy("Reminders and appointments"),
    Slice.RESULTS: gettext_lazy("Test results"),
    Slice.MESSAGES: gettext_lazy("Messages with the nurses"),
}
STATES: Mapping[SharingState, Words] = {
    SharingState.INVITED: gettext_lazy("Invited, and has not said yes yet"),
    SharingState.NOT_ANSWERED: gettext_lazy("The invitation was not answered in time"),
    SharingState.OPEN: gettext_lazy("Helps you"),
    SharingState.RUN_OUT: gettext_lazy("The year is over: nothing is shared until you go on"),
    SharingState.LEFT: gettext_lazy("You have left the program: nothing is shared"),
    SharingState.ENDED: gettext_lazy("Ended: nothing is shared"),
}
# What somebody looked at, by the page's code in the trail.
DAYS, RESULTS, MESSAGES = "days", "results", "messages"
PAGES: Mapping[str, Words] = {
    DAYS: gettext_lazy("What comes next"),
    RESULTS: SLICES[Slice.RESULTS],
    MESSAGES: SLICES[Slice.MESSAGES],
}


def slices_in_order(shared: Set[Slice]) -> list[Words]:
    """The slices by name, always in the same order."""
    return [SLICES[each] for each in Slice if each in shared]
