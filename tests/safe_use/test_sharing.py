"""A slice is seen while it is shared, accepted, not ended, not run out and not left behind."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations, product

import pytest

from etasu.safe_use.sharing import Sharing, SharingState, Slice, is_shared, sharing_state

ON = date(2026, 5, 1)
AT = datetime(2026, 5, 1, 15, tzinfo=UTC)
DAY = timedelta(days=1)
OPEN = Sharing(frozenset(Slice), AT - DAY, True, ON)


@pytest.mark.parametrize(
    ("sharing", "state"),
    [
        (OPEN, SharingState.OPEN),
        (OPEN._replace(ends_on=ON - DAY), SharingState.RUN_OUT),
        (OPEN._replace(is_accepted=False, link_until=AT), SharingState.INVITED),
        (OPEN._replace(is_accepted=False), SharingState.NOT_ANSWERED),
        (OPEN._replace(left_on=ON), SharingState.LEFT),
        (OPEN._replace(left_on=ON + DAY), SharingState.OPEN),
        (OPEN._replace(is_ended=True, left_on=ON), SharingState.ENDED),
    ],
)
def test_how_it_stands(sharing: Sharing, state: SharingState) -> None:
    assert sharing_state(sharing, at=AT, on=ON) is state


def test_of_every_way_it_can_stand_only_the_open_one_shows_and_only_what_is_shared() -> None:
    """Each condition alone closes it: 8 sets of slices in 72 situations, each slice asked for."""
    every_set = chain.from_iterable(combinations(Slice, count) for count in range(4))
    situations = product(
        every_set, (AT - DAY, AT), (True, False), (ON - DAY, ON, ON + DAY),
        (None, ON, ON + DAY), (True, False),
    )  # fmt: skip
    seen = 0
    for shared, *rest in situations:
        sharing = Sharing(frozenset(shared), *rest)  # type: ignore[arg-type]
        _link, accepted, ends_on, left_on, ended = rest
        holds = accepted and ends_on >= ON and left_on != ON and not ended
        for each in Slice:
            expected = holds and each in shared
            assert is_shared(sharing, each, at=AT, on=ON) is expected, sharing
            seen += expected
    # 2 moments of the link, 2 last days and 2 days of leaving; of 8 sets, 12 slices in all.
    assert seen == 2 * 2 * 2 * 12
