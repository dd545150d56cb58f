"""Rows, moments and signatures: what the plain parts of a page show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from django.core.paginator import Page
from django.utils.functional import Promise

Text = str | Promise


class SummaryRow(NamedTuple):
    """A label and what is on record, with a link to change it where that is possible."""

    label: Text
    value: Text
    change_url: str = ""
    change_text: Text = ""
    status: tuple[str, str] | None = None


class TimelineEntry(NamedTuple):
    """Something that happened: when, what, by whom; `url` leads to it."""

    at: datetime
    what: Text
    who: Text = ""
    detail: Text = ""
    url: str = ""


class Signature(NamedTuple):
    """A signature as the law wants it shown: printed name, moment, meaning."""

    name: str
    role: Text
    signed_at: datetime
    meaning: Text
    digest: str = ""


class PatientBanner(NamedTuple):
    """Whose page this is. Without `full_name` only initials and the year of birth show."""

    number: str
    name: str
    born: str
    enrollment: str


class Cell(NamedTuple):
    """One cell of a worklist: text, a link, or a status tag given as kind and value.

    One that `is_number` is never broken over two lines.
    """

    text: Text = ""
    url: str = ""
    status: tuple[str, str] | None = None
    sort: str = ""
    is_number: bool = False

    @property
    def is_blank(self) -> bool:
        """Whether there is nothing to say; where cells stand one below the other it is left out."""
        return self.status is None and str(self.text) in ("", "–")


class Choice(NamedTuple):
    """One way to narrow a list; an empty value shows all."""

    value: str
    label: Text
    is_chosen: bool = False


@dataclass
class Filter:
    """A question a list can be narrowed by, as a group of links.

    `beside` is what else the address says and keeps, as the rest of a query.
    """

    name: str
    label: Text
    choices: Sequence[Choice]
    beside: str = ""


@dataclass
class WorklistTable:
    """A list to work through: the first cell of each row names it.

    Of a long one it shows a `page`, which addresses call `page_name`.
    """

    caption: Text
    columns: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    empty: Text
    filters: Sequence[Filter] = field(default_factory=tuple)
    shown: int | None = None
    total: int | None = None
    page: Page[Any] | None = None
    page_name: str = "page"

    def on(self, page: Page[Any], name: str) -> WorklistTable:
        """The same table as one page of a list, with how many there are of how many."""
        self.page, self.page_name = page, name
        self.shown, self.total = len(self.rows), page.paginator.count
        return self

    @property
    def labeled_rows(self) -> list[list[tuple[Text, Cell]]]:
        """Each cell with its column, so that a narrow page can show it as a label."""
        return [list(zip(self.columns, row, strict=True)) for row in self.rows]


def initials(full_name: str) -> str:
    """The first letter of each part of a name."""
    return " ".join(f"{part[0].upper()}." for part in full_name.split())


def patient_banner(patient: object, *, in_full: bool, on: date) -> PatientBanner:
    """The banner for a patient: in full for whoever treats, otherwise just enough to compare."""
    name = str(getattr(patient, "full_name", ""))
    birth: date | None = getattr(patient, "birth_date", None)
    year = str(birth.year) if birth else ""
    ended: date | None = getattr(patient, "ended_on", None)
    enrolled: date | None = getattr(patient, "enrolled_on", None)
    standing = "enrolled" if enrolled and enrolled <= on else "not_enrolled"
    return PatientBanner(
        number=str(getattr(patient, "number", "")),
        name=name if in_full else initials(name),
        born=birth.isoformat() if in_full and birth else year,
        enrollment="ended" if ended and ended <= on else standing,
    )
