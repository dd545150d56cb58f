"""Words the pages about a program share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from etasu.safe_use.leaving import LeavingEffect
from etasu.safe_use.requirements import AppliesTo

LEAVING: Mapping[LeavingEffect, str] = {
    LeavingEffect.HOLD: "treatment is held back, monitoring goes on",
    LeavingEffect.END: "the enrollment ends",
    LeavingEffect.TRANSFER: "the next prescriber, who is certified, accepts the patient",
}


def source(entry: Any) -> str:
    """Where an entry comes from, and whether somebody has confirmed it."""
    return f"_Source: {entry.source}._{'' if entry.verified else ' **Not confirmed.**'}"


def plain(name: str) -> str:
    """A role or an event as people say it."""
    return name.replace("_", " ")


def unit_text(unit: str | None) -> str:
    """A unit so that no sign in it is taken for markup."""
    return f"`{unit}`" if unit else "-"


def group_text(group: AppliesTo) -> str:
    """A group of patients or courses."""
    parts = [f"{group.attribute} {group.value}"] if group.attribute else []
    if group.course:
        parts.append("the first course" if group.course == "first" else "later courses")
    return " and ".join(parts)


def days_text(days: Iterable[int]) -> str:
    """Days before and after an event: `-7, 0, +7`."""
    return ", ".join(f"{day:+d}" if day else "0" for day in days)


def section(title: str, parts: Iterable[Iterable[str]]) -> Iterator[str]:
    """A heading and its parts; nothing at all without parts."""
    blocks = [list(part) for part in parts]
    if blocks:
        yield from ("", f"## {title}")
        for number, block in enumerate(blocks):
            if number == 0 or not block[0].startswith("- "):
                yield ""
            yield from block
