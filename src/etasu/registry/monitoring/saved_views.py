"""Ways to look at the worklist that people keep under a name, and share with their team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet

from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.monitoring.models import SavedView
from etasu.registry.participants.facts import Asker

# More than a page can name helps nobody.
MOST_KEPT = 30


class TooManyViews(ValueError):
    """One has to be removed before another is kept."""


def keep_view(
    asker: Asker,
    name: str,
    wanted: Mapping[str, str],
    *,
    is_shared: bool = False,
    by: Actor,
    at: datetime,
) -> SavedView:
    """Keep how somebody looks at the worklist; one of the same name is replaced.

    Raises TooManyViews.
    """
    with transaction.atomic():
        own = _own(asker)
        former = own.select_for_update().filter(name=name.strip()).first()
        if former is not None:
            if former.wanted == dict(wanted) and former.is_shared == is_shared:
                return former
            _remove(former, by, at)
        elif own.count() >= MOST_KEPT:
            raise TooManyViews
        made = SavedView.objects.create(
            program=asker.program,
            participant_id=asker.participant_id,
            name=name.strip(),
            wanted=dict(wanted),
            is_shared=is_shared,
            kept_at=at,
            kept_by=by.number,
        )
        _note("view.kept", made, by, at)
    return made


def remove_view(view: SavedView, *, by: Actor, at: datetime) -> None:
    """Take it off the list; of one removed already nothing changes."""
    with transaction.atomic():
        locked = SavedView.objects.select_for_update().get(pk=view.pk)
        if locked.removed_at is None:
            _remove(locked, by, at)


def views_of(asker: Asker) -> QuerySet[SavedView]:
    """The views the asker may use: their own, and those shared where they act, by name."""
    found = _there(asker).filter(Q(kept_by=asker.user) | Q(is_shared=True))
    return found.order_by("name", "pk")


def own_view(asker: Asker, number: str) -> SavedView | None:
    """The asker's own view of that number; None for anybody else's."""
    return _own(asker).filter(number=number).first()


def _there(asker: Asker) -> QuerySet[SavedView]:
    return SavedView.objects.filter(
        program=asker.program, participant=asker.participant_id, removed_at__isnull=True
    )


def _own(asker: Asker) -> QuerySet[SavedView]:
    return _there(asker).filter(kept_by=asker.user)


def _remove(view: SavedView, by: Actor, at: datetime) -> None:
    view.removed_at, view.removed_by = at, by.number
    view.save(update_fields=["removed_at", "removed_by"])
    _note("view.removed", view, by, at)


def _note(verb: str, view: SavedView, by: Actor, at: datetime) -> None:
    detail = {"shared": view.is_shared, "wanted": view.wanted}
    audit.record(verb, subject=("view", view.number), by=by, at=at, detail=detail)
