"""The staff rosters of sites: who is on them, who was trained when, and who may come in."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from django.db import transaction
from django.db.models import QuerySet

from etasu.registry.accounts.access import ROLES
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.participants import actions, invitations
from etasu.registry.participants.models import (
    Invitation,
    Membership,
    Participant,
    RosterEntry,
    RosterFile,
)
from etasu.registry.participants.roster_file import (
    EMAIL,
    SITE,
    STAFF_ROLES,
    BadRow,
    CellProblem,
    Person,
    people_in,
    read_rows,
)
from etasu.safe_use.program import ProgramVersion, StepKind

AT_ONCE = 1000


class NotAllTrained(ValueError):
    """Nobody is on the roster, or somebody there has no training date."""


class Changes(NamedTuple):
    """What rows mean for the rosters: new entries, and entries that others take the place of."""

    added: list[RosterEntry]
    changed: list[tuple[RosterEntry, RosterEntry]]
    unchanged: int


def receive_roster(
    site: Participant, content: bytes, *, among: Collection[Participant], by: Actor, at: datetime
) -> RosterFile:
    """Take the rows of a file that are right; the others are kept with what is wrong with them.

    `among` are the sites whoever sends it speaks for: a row may name one of them. Somebody who is
    not in the file stays on the roster. A file that changes nothing any more is the one received
    before. Raises BadFile when nothing can be read.
    """
    rows = read_rows(content)
    people, bad = people_in(rows, STAFF_ROLES[site.kind], _today(site, at))
    placed, lost = _placed(people, site, among)
    bad = sorted([*bad, *lost], key=lambda each: each.row.number)
    digest = hashlib.sha256(content).hexdigest()
    with transaction.atomic():
        _hold({each.pk for each, _ in placed} | {site.pk})
        changes = _changes(placed, by, at)
        known = RosterFile.objects.filter(participant=site, digest=digest).order_by("-pk").first()
        if known is not None and not changes.added and not changes.changed:
            return known
        kept = RosterFile.objects.create(
            participant=site,
            digest=digest,
            rows=len(rows),
            added=len(changes.added),
            changed=len(changes.changed),
            unchanged=changes.unchanged,
            refused=[_as_kept(each) for each in bad],
            received_at=at,
            received_by=by.number,
        )
        _make(changes, kept, by, at)
        counts = {"rows": kept.rows, "added": kept.added, "changed": kept.changed}
        said = {"number": kept.number, "hash": digest, **counts, "refused": len(bad)}
        _note("roster.received", site, by, at, said)
    return kept


def list_person(site: Participant, person: Person, *, by: Actor, at: datetime) -> RosterEntry:
    """Put one person on the roster, or correct the entry that is there."""
    with transaction.atomic():
        _hold({site.pk})
        changes = _changes([(site, person)], by, at)
        _make(changes, None, by, at)
        counts = {"added": len(changes.added), "changed": len(changes.changed)}
        _note("roster.person_listed", site, by, at, counts)
        return RosterEntry.objects.get(
            participant=site, email=person.email, removed_at__isnull=True
        )


def remove_from_roster(entry: RosterEntry, *, by: Actor, at: datetime) -> RosterEntry:
    """Take somebody off the roster; what they may do here as staff ends at once."""
    with transaction.atomic():
        kept = RosterEntry.objects.select_for_update(of=("self",)).select_related("participant")
        locked = kept.get(pk=entry.pk)
        if locked.removed_at is None:
            locked.removed_at, locked.removed_by = at, by.number
            locked.save(update_fields=["removed_at", "removed_by"])
            _end_access(locked, by, at)
            _note("roster.person_removed", locked.participant, by, at, {"role": locked.role})
    return locked


def record_staff_trained(
    site: Participant, version: ProgramVersion, *, by: Actor, at: datetime
) -> Participant:
    """Note the certification step that the staff is trained, as of the newest training date.

    The entries it rests on stay on record, and the audit trail keeps their hash. Raises
    NotAllTrained while somebody on the roster has no training date.
    """
    with transaction.atomic():
        _hold({site.pk})
        entries = list(roster_of(site))
        days = [each.trained_on for each in entries if each.trained_on is not None]
        if not days or len(days) < len(entries):
            raise NotAllTrained
        told = [[e.email, e.role, str(e.trained_on)] for e in entries]
        digest = hashlib.sha256(orjson.dumps(sorted(told))).hexdigest()
        _note("roster.staff_trained", site, by, at, {"people": len(entries), "hash": digest})
        for step in version.parties[site.kind].steps:
            if step.kind is StepKind.TRAIN_STAFF:
                site = actions.record_step(site, version, step.code, on=max(days), by=by, at=at)
    return site


def roster_of(site: Participant) -> QuerySet[RosterEntry]:
    """Everybody on the site's roster now, by name."""
    found = RosterEntry.objects.filter(participant=site, removed_at__isnull=True)
    return found.order_by("full_name", "pk")


def entry_at(entry_id: int, sites: QuerySet[Participant]) -> RosterEntry | None:
    """One entry of the roster of one of the sites as it is now, or None."""
    found = RosterEntry.objects.filter(participant__in=sites.order_by(), removed_at__isnull=True)
    return found.filter(pk=entry_id).select_related("participant").first()


def roster_files(site: Participant) -> QuerySet[RosterFile]:
    """The files received for the site, the newest first."""
    return RosterFile.objects.filter(participant=site).order_by("-received_at", "-pk")


def roster_file_by_number(number: str, sites: QuerySet[Participant]) -> RosterFile | None:
    """A file received for one of the sites, or None."""
    found = RosterFile.objects.filter(number=number, participant__in=sites.order_by())
    return found.select_related("participant").first()


def acting_staff(site: Participant) -> dict[str, set[str]]:
    """The e-mail addresses of those who act for the site now, by role."""
    held = Membership.objects.filter(participant=site, ended_at__isnull=True)
    found: dict[str, set[str]] = {}
    for role, email in held.values_list("role", "user__email"):
        found.setdefault(role, set()).add(email)
    return found


def invited_staff(site: Participant, at: datetime) -> dict[str, set[str]]:
    """The e-mail addresses with an invitation to the site that still opens, by role."""
    found: dict[str, set[str]] = {}
    for each in invitations.open_invitations(site).filter(valid_until__gte=at):
        found.setdefault(each.role, set()).add(each.email)
    return found


def to_be_invited(site: Participant, at: datetime) -> list[RosterEntry]:
    """Those on the roster whose role signs in here and who neither act nor are invited."""
    there = [acting_staff(site), invited_staff(site, at)]
    return [
        entry
        for entry in roster_of(site).filter(role__in=ROLES)
        if not any(entry.email in found.get(entry.role, set()) for found in there)
    ]


def _today(site: Participant, at: datetime) -> date:
    return at.astimezone(ZoneInfo(site.time_zone)).date()


def _hold(sites: Iterable[int]) -> None:
    """Nobody else changes these rosters until the transaction ends."""
    found = Participant.objects.select_for_update(no_key=True).filter(pk__in=list(sites))
    list(found.order_by("pk").values_list("pk"))


def _placed(
    people: Sequence[Person], site: Participant, among: Collection[Participant]
) -> tuple[list[tuple[Participant, Person]], list[BadRow]]:
    """Each person with the site the row names; rows that name none of ours, or one twice."""
    known = _by_any_number([each for each in among if each.kind == site.kind]) | {"": site}
    placed: dict[tuple[int, str], tuple[Participant, Person]] = {}
    lost = []
    for person in people:
        there = known.get(person.site.upper())
        if there is None:
            lost.append(BadRow(person.row, ((SITE, CellProblem.SITE_UNKNOWN),)))
            continue
        _, first = placed.setdefault((there.pk, person.email), (there, person))
        if first[1:5] != person[1:5]:
            lost.append(BadRow(person.row, ((EMAIL, CellProblem.EMAIL_TWICE),)))
    return list(placed.values()), lost


def _by_any_number(sites: Iterable[Participant]) -> dict[str, Participant]:
    return {
        number.upper(): site
        for site in sites
        for number in (site.npi, site.ncpdp, site.number)
        if number
    }


def _changes(placed: Sequence[tuple[Participant, Person]], by: Actor, at: datetime) -> Changes:
    """What the rows change. A row without training date keeps the date that is known."""
    found = RosterEntry.objects.filter(
        participant__in={site.pk for site, _ in placed}, removed_at__isnull=True
    )
    known = {(each.participant_id, each.email): each for each in found}
    added, changed, unchanged = [], [], 0
    for site, person in placed:
        before = known.get((site.pk, person.email))
        entry = _entry(site, person, by, at)
        if before is None:
            added.append(entry)
            continue
        entry.trained_on = entry.trained_on or before.trained_on
        if _wording(entry) == _wording(before):
            unchanged += 1
        else:
            changed.append((before, entry))
    return Changes(added, changed, unchanged)


def _entry(site: Participant, person: Person, by: Actor, at: datetime) -> RosterEntry:
    return RosterEntry(
        participant=site,
        email=person.email,
        full_name=person.full_name,
        role=person.role,
        trained_on=person.trained_on,
        listed_at=at,
        listed_by=by.number,
    )


def _wording(entry: RosterEntry) -> tuple[Any, ...]:
    return entry.full_name, entry.role, entry.trained_on


def _make(changes: Changes, file: RosterFile | None, by: Actor, at: datetime) -> None:
    replaced = RosterEntry.objects.filter(pk__in=[old.pk for old, _ in changes.changed])
    replaced.update(removed_at=at, removed_by=by.number)
    new = [*changes.added, *(entry for _, entry in changes.changed)]
    for entry in new:
        entry.file = file
    RosterEntry.objects.bulk_create(new, batch_size=AT_ONCE)
    for old, entry in changes.changed:
        if old.role != entry.role:
            _end_access(old, by, at)


def _end_access(entry: RosterEntry, by: Actor, at: datetime) -> None:
    """What somebody may do as the staff they were listed as ends, and so do invitations to it."""
    for each in Membership.objects.filter(
        participant=entry.participant_id,
        user__email=entry.email,
        role=entry.role,
        ended_at__isnull=True,
    ):
        actions.end_membership(each, by=by, at=at)
    for invitation in Invitation.objects.filter(
        participant=entry.participant_id,
        email=entry.email,
        role=entry.role,
        accepted_at__isnull=True,
        revoked_at__isnull=True,
    ):
        invitations.revoke_invitation(invitation, by=by, at=at)


def _as_kept(bad: BadRow) -> dict[str, Any]:
    problems = [[column, problem.value] for column, problem in bad.problems]
    return {"row": bad.row.number, "cells": dict(bad.row.cells), "problems": problems}


def _note(verb: str, site: Participant, by: Actor, at: datetime, detail: Mapping[str, Any]) -> None:
    audit.record(verb, subject=("participant", site.number), by=by, at=at, detail=dict(detail))
