"""Numbers to look at: how often reactions were seen, as a chart and a table, and the trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from etasu.portals.public import safety
from etasu.portals.public.here import Here, program_here
from etasu.portals.public.safety import Bars, Reactions
from etasu.portals.public.speaking import Text
from etasu.portals.public.views import PROFESSIONALS, answer

# The chart in units of its drawing: a label, two bars, and a little room for each reaction.
WIDTH, ROW = 320, 46
_NUMBERS = 34
_ORDERS: dict[str, tuple[str | Promise, Callable[[Bars], Any]]] = {
    "most": (gettext_lazy("Most often first"), lambda row: (-row.percent, -row.compared)),
    "compared": (gettext_lazy("Most often with the other"), lambda row: -row.compared),
    "difference": (gettext_lazy("Greatest difference"), lambda row: row.compared - row.percent),
    "name": (gettext_lazy("By name"), lambda row: row.title.casefold()),
}


class Order(NamedTuple):
    """One way to sort the reactions."""

    code: str
    label: str | Promise
    is_chosen: bool


class Drawn(NamedTuple):
    """A reaction in the chart: where its words and its two bars stand, and how long these are."""

    row: Bars
    label_at: int
    bar_at: int
    number_at: int
    width: int
    compared_at: int
    compared_number_at: int
    compared_width: int

    @property
    def number_x(self) -> int:
        """Where the drug's number begins."""
        return self.width + 4

    @property
    def compared_number_x(self) -> int:
        """Where the comparator's number begins."""
        return self.compared_width + 4


class Arm(NamedTuple):
    """What an arm of a trial was given, and to how many."""

    title: str
    patients: int


class Shown(NamedTuple):
    """A trial as the page shows it."""

    head: Text
    patients: int
    arms: list[Arm]
    facts: list[tuple[str, str]]
    references: tuple[str, ...]
    code: str


def reactions(request: HttpRequest, program: str) -> HttpResponse:
    """How often each reaction was seen, sorted as the address says."""
    here = program_here(request, program)
    found = safety.reactions(here)
    chosen = request.GET.get("sort", "most")
    chosen = chosen if chosen in _ORDERS else "most"
    context: dict[str, Any] = {
        "orders": [Order(code, words, code == chosen) for code, (words, _) in _ORDERS.items()]
    }
    if found is not None:
        sorted_by = found._replace(rows=sorted(found.rows, key=_ORDERS[chosen][1]))
        drawn = _draw(sorted_by)
        height = len(drawn) * ROW
        context |= {"reactions": sorted_by, "drawn": drawn, "width": WIDTH, "height": height}
    return answer(request, here, "reactions_page", PROFESSIONALS, context)


def trials(request: HttpRequest, program: str) -> HttpResponse:
    """The trials the drug was approved on, with their facts and where these come from."""
    here = program_here(request, program)
    return answer(request, here, "trials", PROFESSIONALS, {"trials": _trials(here)})


def _draw(found: Reactions) -> list[Drawn]:
    unit = (WIDTH - _NUMBERS) / safety.FULL_WIDTH
    return [
        Drawn(
            row,
            label_at=top + 13,
            bar_at=top + 18,
            number_at=top + 27,
            width=round(row.width * unit),
            compared_at=top + 30,
            compared_number_at=top + 39,
            compared_width=round(row.compared_width * unit),
        )
        for top, row in ((place * ROW, row) for place, row in enumerate(found.rows))
    ]


def _trials(here: Here) -> list[Shown]:
    found: list[Shown] = []
    said, language = here.site.said, here.speaker.language
    for trial in here.site.trials:
        head = here.speaker.text(trial)
        facts = [said(each, language)[0] for each in trial.facts]
        arms = [Arm(said(each, language)[0].title, each.patients) for each in trial.arms]
        pairs = [(each.title, each.value) for each in facts]
        if head is not None:
            found.append(Shown(head, trial.patients, arms, pairs, trial.references, trial.code))
    return found
