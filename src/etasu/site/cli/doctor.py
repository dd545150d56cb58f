"""`etasu doctor`: look at every part, and say what to do about each that is not well."""

from collections import Counter

from etasu.site.cli.answers import AsJson, Exit, answer, end
from etasu.site.examination import State, examine


def doctor(as_json: AsJson = False) -> None:
    """Look at every part of this installation; exit 1 when one of them fails."""
    found = examine()
    counted = Counter(line.state for line in found)
    lines = [f"{line.state:<4}  {line.part:<12}  {line.said}" for line in found]
    for place in range(len(found) - 1, -1, -1):
        if found[place].remedy:
            lines.insert(place + 1, f"{'':<20}→ {found[place].remedy}")
    closing = (
        f"{counted[State.OK]} ok, {counted[State.WARN]} to look at, {counted[State.FAIL]} failing."
    )
    answer(as_json, {"parts": [line._asdict() for line in found]}, *lines, closing)
    end(Exit.FAILED if counted[State.FAIL] else Exit.DONE)
