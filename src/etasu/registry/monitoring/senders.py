"""Who may send results and what is meant by them: read once, and again when any of it changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

from etasu.programs import library
from etasu.programs.codes import code_tables
from etasu.registry.monitoring.judging import Setting, setting_of
from etasu.registry.monitoring.lab_models import CodeMapping, LabConnection, LabSender
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.signals import Limits

# How a door names a connection itself, for a file or an entry by hand.
NUMBER = "connection:"
# A specimen may be collected where the day has begun already.
_A_DAY_AHEAD = timedelta(hours=14)
# Held until the transaction ends: who says what a code means waits for the messages that are being
# written, and then finds every item that waits for it.
#
# Whatever is asked for a message afterwards, in the same transaction, is found by its key: one plan
# fits every number of messages, and to plan anew costs more than to look.
TOKEN = """
SELECT (SELECT token FROM monitoring_senders_token FOR SHARE),
    set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true),
    set_config('enable_mergejoin', 'off', true), set_config('join_collapse_limit', '1', true),
    set_config('from_collapse_limit', '1', true)
"""


@dataclass(slots=True)
class Terms:
    """What the items of one connection are judged by, or why they cannot be."""

    version: ProgramVersion | None
    setting: Setting | None
    limits: Limits | None


@dataclass(slots=True)
class Senders:
    """Every open connection by the names it comes under, and what its codes mean.

    It holds as long as the database says `token`.
    """

    token: Any
    by_name: Mapping[str, LabConnection]
    mappings: Mapping[str, list[CodeMapping]]
    _terms: dict[tuple[int, date, date], Terms] = field(default_factory=dict)
    _limits: dict[tuple[str, str], Limits] = field(default_factory=dict)
    _library: Any = None

    def terms(self, of: LabConnection, at: datetime) -> Terms:
        """What items of the connection are judged by at that moment."""
        if self._library is not library.current():
            self._library, self._terms, self._limits = library.current(), {}, {}
        day, latest = at.astimezone(ZoneInfo(of.time_zone)).date(), (at + _A_DAY_AHEAD).date()
        found = self._terms.get((of.pk, day, latest))
        if found is None:
            found = self._terms[of.pk, day, latest] = self._terms_of(of, day, latest)
        return found

    def _terms_of(self, of: LabConnection, day: date, latest: date) -> Terms:
        version = library.current().effective(of.program, day)
        if version is None:
            return Terms(None, None, None)
        rows = [row for row in self.mappings.get(of.program, ()) if row.is_for(of)]
        # What a sender means itself is meant whole: nothing is left of what others mean.
        meant = {(row.system, row.code): row for row in rows}
        mappings = {code: row.test for code, row in meant.items()}
        units = {code: row.unit for code, row in meant.items() if row.unit}
        setting = setting_of(version, mappings, units, code_tables(), latest)
        key = (version.program.code, version.label)
        # One for all senders, so that results of two of them are looked at together.
        limits = self._limits.setdefault(key, Limits(version))
        return Terms(version, setting, limits)


@dataclass(slots=True)
class Known:
    """What the items of a batch are judged by."""

    senders: Senders
    at: datetime
    _of: dict[int, Terms] = field(default_factory=dict)

    def of(self, connection: LabConnection) -> Terms:
        """What the items of one connection are judged by."""
        found = self._of.get(connection.pk)
        if found is None:
            found = self._of[connection.pk] = self.senders.terms(connection, self.at)
        return found


_kept: dict[str, Senders] = {}


def senders(*, anew: bool = False) -> Senders:
    """What this process knows of them; `anew` reads it again.

    Whoever uses it asks the database for the `TOKEN` as well, and reads anew when that differs.
    """
    database = str(connection.settings_dict["NAME"])
    found = None if anew else _kept.get(database)
    if found is None:
        found = _kept[database] = _read()
    return found


def known_now(at: datetime) -> Known:
    """What items are judged by now, for whoever asks for nothing else of the database."""
    found = senders()
    with connection.cursor() as db:
        db.execute(TOKEN)
        is_same = db.fetchone()[0] == found.token
    return Known(found if is_same else senders(anew=True), at)


def _read() -> Senders:
    # The token first: what changes while the rest is read is then read again the next time.
    with connection.cursor() as db:
        db.execute(TOKEN)
        token, *_ = db.fetchone()
    connections = LabConnection.objects.filter(closed_at__isnull=True).in_bulk()
    named = LabSender.objects.filter(connection__in=connections, ended_at__isnull=True)
    by_name = {row.name: connections[row.connection_id] for row in named}
    by_name |= {f"{NUMBER}{each.number}": each for each in connections.values()}
    mappings: dict[str, list[CodeMapping]] = {}
    # A mapping of the connection itself comes after, and wins over one that holds for all.
    rows = CodeMapping.objects.filter(ended_at__isnull=True)
    for row in sorted(rows, key=lambda row: row.connection_id is not None):
        mappings.setdefault(row.program, []).append(row)
    return Senders(token, by_name, mappings)
