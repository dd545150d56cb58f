"""Messages reach nobody who does not want them, and nobody too often."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from etasu.site.sim.invariants.look import Look, rows

_PEOPLE = """
SELECT p.email FROM patients_patient p WHERE p.email <> '' AND p.ended_on IS NOT NULL
"""


def nobody_is_pestered(look: Look) -> Iterator[str]:
    """I10: nothing is sent after somebody left or stopped it, and nothing is sent twice."""
    begin = look.marks.get("I10", 0)
    fresh = look.world.sendings[begin:]
    look.marks["I10"] = len(look.world.sendings)
    if not fresh:
        return
    gone = {address for (address,) in rows(_PEOPLE)}
    numbers: Counter[tuple[str, str]] = look.marks.setdefault("I10 sent", Counter())
    for each in fresh:
        numbers[each.number, each.address] += 1
        if numbers[each.number, each.address] > 1:
            yield f"a message was sent {numbers[each.number, each.address]} times"
        if each.address in gone:
            yield "a message was sent to somebody who has left"
