"""Deliveries of an invented administrator, with faults planted where we know them.

The same seed gives the same files. Everybody is invented, identifiers have right check digits and
belong to nobody.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import NamedTuple

from etasu.site.seed.identifiers import dea, ncpdp, npi

TODAY = date(2026, 5, 6)
PLACES = (
    ("Portland", "OR", "97201"),
    ("Austin", "TX", "78701"),
    ("Albany", "NY", "12207"),
    ("Tampa", "FL", "33602"),
    ("Boise", "ID", "83702"),
    ("San Juan", "PR", "00901"),
)
TESTS = (("tsh", "m[IU]/L", "2.1"), ("creatinine", "mg/dL", "0.9"), ("alt", "U/L", "21"))
COLUMNS = {
    "participants": (
        "legacy_id program kind name npi dea ncpdp setting specialty city state zip_code telephone "
        "email representative certified_from certified_until channel suspended_from "
        "suspended_until decertified_on"
    ).split(),
    "staff": "legacy_id participant name email role".split(),
    "steps": "legacy_id participant step done_on".split(),
    "patients": (
        "legacy_id name birth_date attribute_sex city state zip_code telephone email language "
        "prescriber enrolled_on ended_on end_reason is_distinct"
    ).split(),
    "forms": ("legacy_id form patient participant course signed_on signer answer_decision").split(),
    "infusions": "legacy_id patient course given_on facility authorization".split(),
    "results": "legacy_id patient test collected_on value unit".split(),
    "authorizations": (
        "legacy_id patient gate course day facility pharmacy valid_from valid_until"
    ).split(),
}
Row = dict[str, str]


class Planted(NamedTuple):
    """A fault we put there: the file, the row, the column if it has one, and the reason's code."""

    sheet: str
    row: int
    column: str | None
    code: str


class Legacy:
    """A delivery of about `size` participants and patients together."""

    def __init__(self, size: int, seed: int = 1, today: date = TODAY) -> None:
        self.today = today
        self.chance = random.Random(seed)
        self.rows: dict[str, list[Row]] = {sheet: [] for sheet in COLUMNS}
        self.raw: dict[tuple[str, int], bytes] = {}
        self.planted: list[Planted] = []
        # Rows that nothing refers to and that nobody has spoiled yet, by file and kind.
        self._free: dict[str, list[int]] = {}
        self._extra = 10_000_000
        counts = {"prescriber": size // 5, "facility": size // 16, "pharmacy": size // 25}
        for kind, count in counts.items():
            for index in range(count):
                self._participant(kind, index)
        self._people(size - sum(counts.values()))
        self._staff(size // 20)

    # Making the rows

    def _participant(self, kind: str, index: int) -> None:
        city, state, zip_code = PLACES[index % len(PLACES)]
        begins = self.today - timedelta(days=self.chance.randrange(30, 1500))
        number = len(self.rows["participants"])
        row = {
            "legacy_id": f"{kind[:2].upper()}-{index:06}",
            "kind": kind,
            "name": f"{kind.title()} {word(index)}",
            "npi": npi(number),
            "dea": dea(number) if number % 3 == 0 else "",
            "ncpdp": ncpdp(index) if kind == "pharmacy" else "",
            "setting": "hospital" if kind == "facility" else "",
            "city": city,
            "state": state,
            "zip_code": zip_code,
            "telephone": f"(555) 555-01{index % 100:02}" if index % 2 else "",
            "email": f"{kind}{index}@example.org" if index % 4 == 0 else "",
            "representative": f"Rep {word(index)}" if kind != "prescriber" else "",
            "certified_from": begins.isoformat(),
            "channel": self.chance.choice(["web", "fax", "phone"]),
        }
        if kind == "prescriber":
            row["specialty"] = "Neurology"
        if index % 9 == 4:
            self._form(f"{kind}-enrollment", begins, participant=row["legacy_id"])
        if index % 20 == 3:
            step = "reviewed-program-overview" if kind == "prescriber" else "staff-trained"
            self._step(row["legacy_id"], step, begins - timedelta(days=9))
        if index % 97 == 5:
            row["suspended_from"] = (self.today - timedelta(days=9)).isoformat()
        if index % 89 == 7:
            row["certified_from"] = row["channel"] = ""
        self._add("participants", row)

    def _people(self, count: int) -> None:
        prescribers = self._of_kind("prescriber")
        facilities, half = self._of_kind("facility"), count // 2
        for index in range(count):
            city, state, zip_code = PLACES[index % len(PLACES)]
            prescriber = prescribers[index % max(1, len(prescribers) // 2)]
            enrolled = self.today - timedelta(days=self.chance.randrange(200, 2000))
            legacy_id = f"PA-{index:07}"
            self._add(
                "patients",
                {
                    "legacy_id": legacy_id,
                    "name": f"{word(index)} {word(index // 7 + 40)}",
                    "birth_date": born(index).isoformat(),
                    "attribute_sex": ("female", "male")[index % 2],
                    "city": city,
                    "state": state,
                    "zip_code": zip_code,
                    "telephone": "",
                    "language": "es" if index % 5 == 0 else "en",
                    "prescriber": prescriber,
                    "enrolled_on": enrolled.isoformat(),
                },
            )
            if index < half // 4:
                self._treatment(index, legacy_id, facilities[index % (len(facilities) // 2)])

    def _treatment(self, index: int, patient: str, facility: str) -> None:
        began = self.today - timedelta(days=190 + index % 900)
        for day in range(2):
            self._add(
                "infusions",
                {
                    "legacy_id": f"IN-{index}-{day}",
                    "patient": patient,
                    "course": "1",
                    "given_on": (began + timedelta(days=day)).isoformat(),
                    "facility": facility,
                    "authorization": f"A-{index}",
                },
            )
        self._form("patient-status", self.today - timedelta(days=30), patient=patient)
        test, unit, value = TESTS[index % 3]
        self._add(
            "results",
            {
                "legacy_id": f"RE-{index}",
                "patient": patient,
                "test": test,
                "collected_on": (self.today - timedelta(days=20)).isoformat(),
                "value": value,
                "unit": unit,
            },
        )
        if index % 3 == 0:
            about = {"patient": patient, "course": "2", "answer_decision": "Yes"}
            self._form("patient-authorization", self.today - timedelta(days=4), **about)
            self._add(
                "authorizations",
                {
                    "legacy_id": f"AU-{index}",
                    "patient": patient,
                    "gate": "authorize",
                    "course": "2",
                    "facility": facility,
                    "valid_from": (self.today - timedelta(days=3)).isoformat(),
                    "valid_until": (self.today + timedelta(days=20)).isoformat(),
                },
            )

    def _form(self, form: str, signed_on: date, **about: str) -> None:
        number = len(self.rows["forms"])
        row = {"legacy_id": f"FO-{number}", "form": form, "signer": f"Signer {word(number)}"}
        self._add("forms", {**row, "signed_on": signed_on.isoformat(), **about})

    def _step(self, participant: str, step: str, done_on: date) -> None:
        number = len(self.rows["steps"])
        row = {"legacy_id": f"SP-{number}", "participant": participant, "step": step}
        self._add("steps", {**row, "done_on": done_on.isoformat()})

    def _staff(self, count: int) -> None:
        facilities = self._of_kind("facility")
        for index in range(count):
            row = {
                "legacy_id": f"ST-{index}",
                "participant": facilities[index % (len(facilities) // 2)],
                "name": f"Nurse {word(index)}",
                "email": f"nurse{index}@example.org",
                "role": "infusion_nurse",
            }
            self._add("staff", row)

    def _add(self, sheet: str, row: Row) -> int:
        self.rows[sheet].append(row)
        return len(self.rows[sheet]) + 1

    def _of_kind(self, kind: str) -> list[str]:
        return [row["legacy_id"] for row in self.rows["participants"] if row["kind"] == kind]

    # Spoiling them

    def plant(self, faults: int) -> None:
        """Spoil so many rows and no other: each way of spoiling in turn."""
        self._free = {sheet: self._unreferred(sheet) for sheet in self.rows}
        for free in self._free.values():
            self.chance.shuffle(free)
        ways = list(self._ways())
        turn = 0
        while len({(each.sheet, each.row) for each in self.planted}) < faults:
            ways[turn % len(ways)]()
            turn += 1

    def _unreferred(self, sheet: str) -> list[int]:
        used = {
            value
            for other in self.rows.values()
            for row in other
            for column in ("participant", "prescriber", "patient", "facility", "pharmacy")
            if (value := row.get(column))
        }
        return [n for n, row in enumerate(self.rows[sheet]) if row["legacy_id"] not in used]

    def _take(self, sheet: str, kind: str | None = None) -> tuple[int, Row]:
        """The number of a row nobody spoiled, and the row."""
        free = self._free[sheet]
        for place in range(len(free) - 1, -1, -1):
            row = self.rows[sheet][free[place]]
            if kind is None or row.get("kind") == kind:
                return free.pop(place) + 2, row
        raise AssertionError(f"no row of {sheet} is left to spoil")

    def _ways(self) -> Iterator[Callable[[], None]]:
        for sheet, kind, column, value, code in SIMPLE:
            yield lambda s=sheet, k=kind, c=column, v=value, r=code: self._spoil(s, k, c, v, r)
        for code, make in RAW.items():
            yield lambda r=code, m=make: self._damage(r, m)
        for sheet, kind, column, code in TWINS:
            yield lambda s=sheet, k=kind, c=column, r=code: self._twins(s, k, c, r)
        yield self._given_twice
        yield self._same_person
        yield self._same_day
        yield self._waiting

    def _spoil(self, sheet: str, kind: str | None, column: str, value: str, code: str) -> None:
        number, row = self._take(sheet, kind)
        if code == "dates-out-of-order" and column == "certified_until":
            row["certified_from"] = "2025-02-01"
        row[column] = value.format(yesterday=self.today - timedelta(days=1))
        self.planted.append(Planted(sheet, number, column, code))

    def _damage(self, code: str, make: Callable[[bytes], bytes]) -> None:
        sheet = self.chance.choice(["participants", "patients"])
        if sheet == "patients":
            number, row = self._take(sheet)
        else:
            number, row = self._take(sheet, "prescriber")
        self.raw[sheet, number] = make(line_of(sheet, row, ","))
        self.planted.append(Planted(sheet, number, None, code))

    def _twins(self, sheet: str, kind: str, column: str, code: str) -> None:
        (first, one), (second, other) = self._take(sheet, kind), self._take(sheet, kind)
        other[column] = one[column]
        self.planted += [Planted(sheet, n, column, code) for n in (first, second)]

    def _given_twice(self) -> None:
        (first, one), (second, other) = self._take("participants"), self._take("participants")
        other["legacy_id"] = one["legacy_id"]
        found = [
            Planted("participants", n, "legacy_id", "duplicate-legacy-id") for n in (first, second)
        ]
        self.planted += found

    def _same_person(self) -> None:
        (first, one), (second, other) = self._take("patients"), self._take("patients")
        for column in ("birth_date", "city", "state", "zip_code", "enrolled_on"):
            other[column] = one[column]
        other["name"] = one["name"].upper()
        self.planted += [
            Planted("patients", n, "name", "same-person-twice") for n in (first, second)
        ]

    def _same_day(self) -> None:
        number, row = self._take("infusions")
        self._extra += 1
        again = self._add("infusions", {**row, "legacy_id": f"IN-{self._extra}", "course": "2"})
        self.planted += [
            Planted("infusions", n, "given_on", "same-day-twice") for n in (number, again)
        ]

    def _waiting(self) -> None:
        """A prescriber who cannot come in, and whose one patient therefore waits."""
        _, prescriber = self._take("participants", "prescriber")
        number = self.rows["participants"].index(prescriber) + 2
        prescriber["npi"] = "1234567890"
        patient, row = self._take("patients")
        row["prescriber"] = prescriber["legacy_id"]
        self.planted.append(Planted("participants", number, "npi", "bad-npi"))
        self.planted.append(Planted("patients", patient, "prescriber", "waits-for-participant"))

    # Writing them

    def write(
        self, folder: Path, *, separator: str = ",", end: str = "\n", mark: bytes = b""
    ) -> None:
        """The files, as programs of different habits write them."""
        folder.mkdir(parents=True, exist_ok=True)
        for sheet, rows in self.rows.items():
            with (folder / f"{sheet}.csv").open("wb") as file:
                file.write(mark + separator.join(COLUMNS[sheet]).encode() + end.encode())
                for number, row in enumerate(rows, start=2):
                    raw = self.raw.get((sheet, number))
                    file.write(raw or line_of(sheet, row, separator))
                    file.write(end.encode())


def line_of(sheet: str, row: Row, separator: str) -> bytes:
    """A row as bytes, without its end."""
    text = io.StringIO()
    cells = [row.get(column, "") for column in COLUMNS[sheet]]
    csv.writer(text, delimiter=separator, lineterminator="").writerow(cells)
    return text.getvalue().encode()


def born(index: int) -> date:
    """A birth date for a number; of many people, few share one."""
    return date(1940, 1, 1) + timedelta(days=index * 7919 % 22_000)


def word(index: int) -> str:
    """A word for a number, another one for another."""
    letters = ""
    index += 700
    while index:
        index, rest = divmod(index, 20)
        letters += "bcdfghjklmnpqrstvwxz"[rest] + "aeiou"[rest % 5]
    return letters.capitalize()


# File, kind of participant, column, what it is spoiled with, and the reason that must be found.
SIMPLE = (
    ("participants", "prescriber", "npi", "1234567890", "bad-npi"),
    ("participants", "prescriber", "npi", "", "missing"),
    ("participants", "facility", "dea", "ZZ1234567", "bad-dea"),
    ("participants", "pharmacy", "ncpdp", "99123", "bad-ncpdp"),
    ("participants", None, "kind", "docter", "unknown-kind"),
    ("participants", None, "program", "no-such-program", "unknown-program"),
    ("participants", None, "state", "ZZ", "unknown-state"),
    ("participants", None, "zip_code", "00000", "unknown-zip"),
    ("participants", None, "name", "", "missing"),
    ("participants", None, "name", "=HYPERLINK(1)", "formula"),
    ("participants", None, "name", "+cmd|' /C calc'!A0", "formula"),
    ("participants", None, "city", "a" * 101, "too-long"),
    ("participants", None, "city", "Port\u202eland", "control-character"),
    ("participants", None, "name", "Jos\ufffd", "characters-lost"),
    ("participants", "facility", "setting", "garage", "not-on-the-list"),
    ("participants", None, "channel", "telepathy", "not-on-the-list"),
    ("participants", None, "email", "nobody at home", "bad-email"),
    ("participants", None, "telephone", "call me", "bad-telephone"),
    ("participants", "facility", "certified_from", "sometime", "date-unreadable"),
    ("participants", "facility", "certified_from", "03/31/2025", "date-unreadable"),
    ("participants", "prescriber", "certified_from", "2025-02-30", "date-not-in-calendar"),
    ("participants", None, "certified_from", "2031-01-01", "date-in-future"),
    ("participants", None, "certified_from", "1207-01-01", "date-too-early"),
    ("participants", "prescriber", "certified_until", "2024-01-01", "dates-out-of-order"),
    ("staff", None, "participant", "FA-nobody", "unknown-participant"),
    ("staff", None, "role", "pharmacist", "other-kind"),
    ("staff", None, "role", "king", "not-on-the-list"),
    ("steps", None, "step", "signed-enrollment", "not-on-the-list"),
    ("steps", None, "step", "processes-at-the-moon", "not-on-the-list"),
    ("steps", None, "done_on", "", "missing"),
    ("patients", None, "birth_date", "", "missing"),
    ("patients", None, "birth_date", "2030-05-05", "date-in-future"),
    ("patients", None, "enrolled_on", "2025-13-01", "date-not-in-calendar"),
    ("patients", None, "prescriber", "PR-nobody", "unknown-participant"),
    ("patients", None, "prescriber", "FA-000000", "other-kind"),
    ("patients", None, "attribute_sex", "often", "not-on-the-list"),
    ("patients", None, "language", "Klingon!", "not-on-the-list"),
    ("forms", None, "form", "love-letter", "not-on-the-list"),
    ("forms", None, "signed_on", "2031-06-06", "date-in-future"),
    ("forms", None, "signer", "", "missing"),
    ("forms", None, "answer_decision", "perhaps", "not-on-the-list"),
    ("infusions", None, "patient", "PA-nobody", "unknown-patient"),
    ("infusions", None, "course", "first", "not-a-number"),
    ("infusions", None, "given_on", "2031-01-01", "date-in-future"),
    ("results", None, "test", "horoscope", "not-on-the-list"),
    ("results", None, "unit", "", "missing"),
    ("authorizations", None, "valid_until", "{yesterday}", "no-longer-open"),
    ("authorizations", None, "gate", "prescribe", "not-on-the-list"),
)
RAW: dict[str, Callable[[bytes], bytes]] = {
    "column-count": lambda line: line + b",one more",
    "bad-quoting": lambda line: line.replace(b",", b',"', 1),
    "nul-byte": lambda line: line.replace(b"e", b"\x00", 1),
    "not-utf8": lambda line: line.replace(b"e", b"\xe9", 1),
    "line-too-long": lambda line: line + b"x" * 70_000,
}
TWINS = (
    ("participants", "prescriber", "npi", "duplicate-npi"),
    ("participants", "pharmacy", "ncpdp", "duplicate-ncpdp"),
)
