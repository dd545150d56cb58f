"""Draw sites: taken from the lists of laboratories, and found by ZIP code and distance."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet
from django.db.models.functions import Left

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants.csv_rows import Row, rows_of
from etasu.registry.participants.locator import RINGS, Place, zip_codes_around
from etasu.registry.patient_support.models import DrawSite, DrawSiteFile
from etasu.safe_use.contacts import STATES, phone_ok, zip_in_state, zip_ok
from etasu.safe_use.names import place_name_ok

KEY, NAME, STREET, CITY, STATE, ZIP, TELEPHONE, HOURS = (
    *("site", "name", "street", "city", "state", "zip code", "telephone", "hours"),
)
COLUMNS = (KEY, NAME, STREET, CITY, STATE, ZIP, TELEPHONE, HOURS)
NEEDED = COLUMNS[:6]
# What a column may also be called; compared without case, accents, spaces, and signs.
_NAMES: Mapping[str, str] = {
    **dict.fromkeys(("site", "siteid", "sitenumber", "id"), KEY),
    **dict.fromkeys(("name", "sitename"), NAME),
    **dict.fromkeys(("street", "address", "address1"), STREET),
    "city": CITY,
    "state": STATE,
    **dict.fromkeys(("zipcode", "zip", "postalcode"), ZIP),
    **dict.fromkeys(("telephone", "phone"), TELEPHONE),
    "hours": HOURS,
}
LONGEST = 200
AT_ONCE = 1000
# The columns of a row, as the fields of a site.
_FIELDS = ("name", "street", "city", "state", "zip_code", "telephone", "hours")


class SiteProblem(StrEnum):
    """What is wrong with one cell of a row."""

    MISSING = "missing"
    TOO_LONG = "too_long"
    TWICE = "twice"
    ODD = "odd"
    STATE_UNKNOWN = "state_unknown"
    ZIP_ODD = "zip_odd"
    TELEPHONE_ODD = "telephone_odd"


class BadRow(NamedTuple):
    """A row that cannot be taken, with each column that is wrong and why."""

    row: Row
    problems: tuple[tuple[str, SiteProblem], ...]


class FoundSite(NamedTuple):
    """A draw site with its distance in miles, as a straight line between ZIP codes."""

    site: DrawSite
    miles: float


def receive_draw_sites(
    program: str, way: str, content: bytes, *, is_whole: bool, by: Actor, at: datetime
) -> DrawSiteFile:
    """Take the rows of a laboratory's list that are right; the others are kept with what is wrong.

    With `is_whole`, a site that no row names, right or wrong, is taken off. A list that changes
    nothing any more is the one received before. Raises BadFile when nothing can be read.
    """
    rows = rows_of(content, _NAMES, NEEDED)
    good, bad = read_sites(rows)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        _one_at_a_time(program, way)
        listed = {each.key: each for each in sites_of(program, way)}
        fresh = {key: cells for key, cells in good.items() if not _is_same(listed.get(key), cells)}
        named = {row.cells.get(KEY, "") for row in rows}
        gone = [each for key, each in listed.items() if is_whole and key not in named]
        known = DrawSiteFile.objects.filter(program=program, way=way, digest=digest).last()
        if known is not None and not fresh and not gone:
            return known
        replaced = [listed[key] for key in fresh if key in listed]
        kept = DrawSiteFile.objects.create(
            program=program,
            way=way,
            digest=digest,
            rows=len(rows),
            added=len(fresh) - len(replaced),
            changed=len(replaced),
            removed=len(gone),
            unchanged=len(good) - len(fresh),
            refused=[_as_kept(each) for each in bad],
            received_at=at,
            received_by=by.number,
        )
        _take_off([*replaced, *gone], by, at)
        _list(kept, fresh, by, at)
        counts = {"rows": kept.rows, "added": kept.added, "changed": kept.changed}
        detail = {"way": way, "hash": digest, **counts, "removed": kept.removed}
        audit.record("draw_sites.received", subject=("draw sites", kept.number), by=by, at=at,
                     detail=detail)  # fmt: skip
    return kept


def read_sites(rows: Iterable[Row]) -> tuple[dict[str, tuple[str, ...]], list[BadRow]]:
    """The rows that can be taken, by the laboratory's own key, and those that cannot."""
    good: dict[str, tuple[str, ...]] = {}
    bad = []
    for row in rows:
        cells = {column: row.cells.get(column, "").strip() for column in COLUMNS}
        problems = [(column, why) for column in COLUMNS if (why := _problem(column, cells))]
        if not problems and cells[KEY] in good:
            problems = [(KEY, SiteProblem.TWICE)]
        if problems:
            bad.append(BadRow(row, tuple(problems)))
        else:
            good[cells[KEY]] = tuple(cells[column] for column in COLUMNS[1:])
    return good, bad


def sites_of(program: str, way: str) -> QuerySet[DrawSite]:
    """The draw sites listed now."""
    return DrawSite.objects.filter(program=program, way=way, removed_at__isnull=True)


def listed_now(sites: Iterable[DrawSite]) -> dict[int, DrawSite]:
    """By the key of each row taken off that is listed in other words now: the row of today."""
    off = [each for each in sites if each.removed_at is not None]
    if not off:
        return {}
    keys = {each.key for each in off}
    listed = DrawSite.objects.filter(removed_at__isnull=True, key__in=keys)
    now = {(each.program, each.way, each.key): each for each in listed}
    same = ((each.pk, now.get((each.program, each.way, each.key))) for each in off)
    return {pk: row for pk, row in same if row is not None}


def draw_site_files(program: str) -> QuerySet[DrawSiteFile]:
    """The lists received, the newest first."""
    return DrawSiteFile.objects.filter(program=program).order_by("-received_at", "-id")


def draw_sites_near(
    program: str, way: str, place: Place, limit: int = 10
) -> tuple[Sequence[FoundSite], int]:
    """The nearest draw sites, and within how many miles they were looked for."""
    found: list[FoundSite] = []
    within = 0
    for within in RINGS:
        around = zip_codes_around(place, within)
        near = sites_of(program, way).annotate(zip5=Left("zip_code", 5)).filter(zip5__in=around)
        found = [FoundSite(each, around[each.zip_code[:5]]) for each in near]
        if len(found) >= limit:
            break
    return sorted(found, key=lambda each: (each.miles, each.site.name))[:limit], within


def draw_site(program: str, way: str, number: str) -> DrawSite | None:
    """The site of that number, if it is listed now."""
    return sites_of(program, way).filter(number=number).first()


def _problem(column: str, cells: Mapping[str, str]) -> SiteProblem | None:
    text = cells[column]
    if not text:
        return SiteProblem.MISSING if column in NEEDED else None
    if len(text) > LONGEST:
        return SiteProblem.TOO_LONG
    if column == STATE:
        return None if text in STATES else SiteProblem.STATE_UNKNOWN
    if column == ZIP:
        fits = zip_ok(text) and zip_in_state(text, cells[STATE])
        return None if fits else SiteProblem.ZIP_ODD
    if column == TELEPHONE:
        return None if phone_ok(text) else SiteProblem.TELEPHONE_ODD
    return None if column in (KEY, HOURS) or place_name_ok(text) else SiteProblem.ODD


def _is_same(known: DrawSite | None, cells: tuple[str, ...]) -> bool:
    return known is not None and tuple(getattr(known, name) for name in _FIELDS) == cells


def _one_at_a_time(program: str, way: str) -> None:
    with connection.cursor() as db:
        db.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"draw sites {program} {way}"])


def _take_off(sites: Sequence[DrawSite], by: Actor, at: datetime) -> None:
    for each in sites:
        each.removed_at, each.removed_by = at, by.number
    DrawSite.objects.bulk_update(sites, ["removed_at", "removed_by"], batch_size=AT_ONCE)


def _list(
    file: DrawSiteFile, fresh: Mapping[str, tuple[str, ...]], by: Actor, at: datetime
) -> None:
    said = {"program": file.program, "way": file.way, "file": file}
    moment = {"listed_at": at, "listed_by": by.number}
    rows = [
        DrawSite(key=key, **dict(zip(_FIELDS, cells, strict=True)), **said, **moment)
        for key, cells in fresh.items()
    ]
    DrawSite.objects.bulk_create(rows, batch_size=AT_ONCE)


def _as_kept(bad: BadRow) -> dict[str, object]:
    return {"row": bad.row.number, "cells": dict(bad.row.cells), "problems": list(bad.problems)}
