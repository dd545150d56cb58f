"""Important safety information: what a label warns of, and how often reactions were seen."""

from __future__ import annotations

from typing import NamedTuple

from etasu.portals.public.here import Here
from etasu.portals.public.speaking import Text
from etasu.programs.public_site import ReactionTable

# A bar is this wide for a hundred percent, in the units of its drawing.
FULL_WIDTH = 100
# What is left after the last number, so that bars of less than half the patients use the width.
_HEADROOM = 2


class Bars(NamedTuple):
    """One reaction: the numbers, and how long the bar of each drug is."""

    title: str
    percent: int
    compared: int
    width: float
    compared_width: float


class Reactions(NamedTuple):
    """The table of adverse reactions with a bar for each number."""

    head: Text
    drug: str
    comparator: str
    lang: str
    rows: list[Bars]


def boxed_warning(here: Here) -> Text | None:
    """The boxed warning, for the foot of every page for professionals."""
    return here.speaker.text(here.site.boxed_warning)


def sections(here: Here) -> dict[str, list[Text]]:
    """Contraindications, warnings and specific populations, each with its passages."""
    said = here.speaker.texts
    return {
        "contraindications": said(here.site.contraindications),
        "warnings": said(here.site.warnings),
        "populations": said(here.site.specific_populations),
    }


def reactions(here: Here) -> Reactions | None:
    """The adverse reactions; None for a program that lists none."""
    table = here.site.reactions
    head = here.speaker.text(table)
    if table is None or head is None:
        return None
    scale = FULL_WIDTH / (_most(table) + _HEADROOM)
    said = here.site.said(table, here.speaker.language)[0]
    rows = [
        Bars(
            here.site.said(each, here.speaker.language)[0].title,
            each.percent,
            each.compared,
            round(each.percent * scale, 1),
            round(each.compared * scale, 1),
        )
        for each in table.reactions
    ]
    return Reactions(head, said.drug, said.comparator, head.lang, rows)


def _most(table: ReactionTable) -> int:
    return max((max(each.percent, each.compared) for each in table.reactions), default=0)
