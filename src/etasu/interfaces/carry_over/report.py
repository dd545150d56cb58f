"""The reconciliation: every row in is a row brought in, there already, or explained."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable
from typing import Any

from etasu.interfaces.carry_over.reasons import WORDS, Fault

COLUMNS = ("file", "row", "column", "value", "code", "meaning", "remedy", "see_row", "kind")


class SheetReport:
    """What became of the rows of one file."""

    def __init__(self, sheet: str) -> None:
        self.sheet = sheet
        self.rows = 0
        self.imported = 0
        self.already_there = 0
        self.explained = 0
        self.faults: list[Fault] = []
        self.remarks: list[Fault] = []

    @property
    def is_reconciled(self) -> bool:
        """Whether every row is accounted for, once."""
        explained = len({fault.row for fault in self.faults})
        total = self.imported + self.already_there + self.explained
        return self.rows == total and self.explained == explained

    def explain(self, faults: Iterable[Fault]) -> None:
        """One row that was not brought in, and everything that is wrong with it."""
        found = list(faults)
        self.explained += 1
        self.faults += found

    def counts(self) -> dict[str, Any]:
        """The numbers alone."""
        return {
            "rows": self.rows,
            "imported": self.imported,
            "already_there": self.already_there,
            "explained": self.explained,
            "reasons": dict(sorted(Counter(fault.reason.value for fault in self.faults).items())),
            "remarks": dict(sorted(Counter(each.reason.value for each in self.remarks).items())),
        }


class Reconciliation:
    """What became of a whole delivery."""

    def __init__(self, administrator: str, *, is_dry_run: bool) -> None:
        self.administrator = administrator
        self.is_dry_run = is_dry_run
        self.is_resumed = False
        self.sheets: dict[str, SheetReport] = {}

    def sheet(self, name: str) -> SheetReport:
        """The report about one file, begun when there is none yet."""
        return self.sheets.setdefault(name, SheetReport(name))

    @property
    def is_reconciled(self) -> bool:
        """Whether every row of every file is accounted for."""
        return all(sheet.is_reconciled for sheet in self.sheets.values())

    @property
    def explained(self) -> int:
        """How many rows were not brought in."""
        return sum(sheet.explained for sheet in self.sheets.values())

    def counts(self) -> dict[str, Any]:
        """The numbers of each file."""
        return {f"{name}.csv": sheet.counts() for name, sheet in self.sheets.items()}

    def as_dict(self) -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "administrator": self.administrator,
            "dry_run": self.is_dry_run,
            "resumed": self.is_resumed,
            "reconciled": self.is_reconciled,
            "files": self.counts(),
            "explained": [_line(*each) for each in self._all("faults")],
            "remarks": [_line(*each) for each in self._all("remarks")],
        }

    def as_csv(self) -> str:
        """Every explanation and remark as a table a spreadsheet opens."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        for kind, which in (("explained", "faults"), ("remark", "remarks")):
            for each in self._all(which):
                writer.writerow(_line(*each) | {"kind": kind})
        return text.getvalue()

    def _all(self, which: str) -> list[tuple[str, Fault]]:
        found = [
            (name, fault) for name, sheet in self.sheets.items() for fault in getattr(sheet, which)
        ]
        return sorted(found, key=lambda each: (list(self.sheets).index(each[0]), each[1].row))


def _line(sheet: str, fault: Fault) -> dict[str, Any]:
    words = WORDS[fault.reason]
    return {
        "file": f"{sheet}.csv",
        "row": fault.row,
        "column": fault.column,
        "value": fault.value,
        "code": fault.reason.value,
        "meaning": words.meaning,
        "remedy": words.remedy,
        "see_row": fault.see_row,
    }
