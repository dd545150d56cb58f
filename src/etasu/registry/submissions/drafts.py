"""Filling in a form: saved answer by answer, so that nothing anybody typed is lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import NamedTuple

from django.db import IntegrityError, transaction

from etasu.programs import library
from etasu.registry.audit import actions as audit
from etasu.registry.audit.actors import Actor
from etasu.registry.submissions.draft_facts import (
    answers_of,
    current_rows,
    definition_of,
    open_drafts_about,
    signatures_of,
)
from etasu.registry.submissions.models import Channel, Draft, DraftAnswer, SubjectKind
from etasu.registry.submissions.refusals import DraftClosed, NoSuchForm
from etasu.safe_use.form_checks import cleaned
from etasu.safe_use.forms import CONSENT, is_fixed, prefilled, questions
from etasu.safe_use.program import FormDefinition

_LONGEST = 8000


class Beginning(NamedTuple):
    """A form to be filled in. `known` is what the platform knows, by the program's `known_as`.

    Without `subject_id` it is about somebody who is not in the registry yet.
    """

    program: str
    form: str
    subject_kind: str
    subject_id: int | None = None
    subject_number: str = ""
    owner_id: int | None = None
    course: int | None = None
    channel: str = Channel.WEB
    known: Mapping[str, object] = {}


class Conflict(NamedTuple):
    """Two people answered one question differently: what stands, and what was sent after it."""

    field: str
    theirs: str
    yours: str
    by: str
    at: datetime


class SaveOutcome(NamedTuple):
    """What became of answers sent: the new revision, and each key in one of three lists.

    `refused` are answers nobody can change here, or all of them once somebody has signed. What was
    sent and did not become an answer is in the history all the same.
    """

    revision: int
    saved: tuple[str, ...]
    conflicts: tuple[Conflict, ...]
    refused: tuple[str, ...]


class _Merged(NamedTuple):
    saved: dict[str, str]
    conflicts: list[Conflict]
    refused: list[str]
    lost: dict[str, str]


def begin_draft(beginning: Beginning, *, by: Actor, at: datetime, on: date) -> Draft:
    """The open draft of the form about this subject and course; a new one if there is none.

    Raises NoSuchForm when the program in force on that day has no such form.
    """
    version = library.current().effective(beginning.program, on)
    definition = version.forms.get(beginning.form) if version else None
    if version is None or definition is None:
        raise NoSuchForm(f"{beginning.program} has no form {beginning.form}")
    fields = beginning._asdict()
    known = prefilled(definition, fields.pop("known"), on)
    if beginning.owner_id is None and beginning.subject_kind == SubjectKind.PARTICIPANT:
        fields["owner_id"] = beginning.subject_id
    moments = {"begun_at": at, "begun_by": by.number, "updated_at": at, "updated_by": by.number}
    draft = _open_draft(beginning)
    if draft is not None:
        return draft
    try:
        with transaction.atomic():
            draft = Draft.objects.create(**fields, program_version=version.label, **moments)
            _write(draft, known, by=by, at=at, is_known=True)
            _note("draft.begun", draft, by, at, {"form": draft.form, "channel": draft.channel})
    except IntegrityError:
        found = _open_draft(beginning)
        if found is None:
            raise
        return found
    return draft


def save_answers(
    draft: Draft, answers: Mapping[str, str], *, seen_revision: int, by: Actor, at: datetime
) -> SaveOutcome:
    """Save the answers of one page, merged with what others saved since that page was made.

    `answers` are those of the page, `""` for one that was emptied. An answer that is as it was on
    the page changes nothing, so a stale page blanks nothing. Where somebody else answered
    differently meanwhile, theirs stands, yours is kept in the history, and both are reported; sent
    again with the newest revision, yours is taken. Raises DraftClosed.
    """
    with transaction.atomic():
        locked = lock_open_draft(draft)
        merged = _merged(locked, answers, seen_revision)
        _rows(locked, merged.lost, by, at, is_kept=False)
        _write(locked, merged.saved, by=by, at=at)
        if merged.saved or merged.lost:
            said = {"saved": sorted(merged.saved), "lost": sorted(merged.lost)}
            _note("draft.saved", locked, by, at, {"revision": locked.revision, **said})
    draft.revision = locked.revision
    return SaveOutcome(
        locked.revision, tuple(merged.saved), tuple(merged.conflicts), tuple(merged.refused)
    )


def reopen_draft(draft: Draft, *, reason: str, by: Actor, at: datetime) -> Draft:
    """Let the answers change again. The signatures given stay on record, and count no more.

    Without a signature there is nothing to open. Raises DraftClosed.
    """
    with transaction.atomic():
        locked = lock_open_draft(draft)
        if signatures_of(locked):
            locked.signing_round += 1
            _touch(locked, by, at)
            _note("draft.reopened", locked, by, at, {"reason": reason})
    return locked


def abandon_draft(draft: Draft, *, reason: str, by: Actor, at: datetime) -> Draft:
    """Lay a draft aside for good. Everything in it stays. One already abandoned stays as it is.

    Raises DraftClosed for one that was finished.
    """
    with transaction.atomic():
        locked = lock_draft(draft)
        if locked.finished_at is not None:
            raise DraftClosed(f"draft {locked.number} is finished")
        if locked.abandoned_at is None:
            locked.abandoned_at, locked.abandoned_by = at, by.number
            locked.abandoned_reason = reason
            _touch(locked, by, at)
            links = locked.signing_links.filter(used_at__isnull=True, revoked_at__isnull=True)
            links.update(revoked_at=at, revoked_by=by.number)
            _note("draft.abandoned", locked, by, at, {"reason": reason})
    return locked


def name_subject(
    draft: Draft, subject_id: int, subject_number: str, *, by: Actor, at: datetime
) -> Draft:
    """Say about whom a draft is that was begun before its subject was in the registry.

    Raises DraftClosed, and ValueError when it is about somebody else already.
    """
    with transaction.atomic():
        locked = lock_open_draft(draft)
        if locked.subject_id not in (None, subject_id):
            raise ValueError(f"draft {locked.number} is about somebody else")
        locked.subject_id, locked.subject_number = subject_id, subject_number
        _touch(locked, by, at)
        _note("draft.subject_named", locked, by, at, {"subject": subject_number})
    return locked


def move_draft(draft: Draft, *, on: date, by: Actor, at: datetime) -> Draft:
    """Take a draft into the program version in force; answers to questions that remain are kept.

    Signatures given under the old version count no more. Raises DraftClosed, or NoSuchForm.
    """
    with transaction.atomic():
        locked = lock_open_draft(draft)
        version = library.current().effective(locked.program, on)
        definition = version.forms.get(locked.form) if version else None
        if version is None or definition is None:
            raise NoSuchForm(f"{locked.program} has no form {locked.form} any more")
        if version.label != locked.program_version:
            before, locked.program_version = locked.program_version, version.label
            locked.signing_round += 1
            known = _keys(definition)
            gone = {key: "" for key in answers_of(locked) if key not in known}
            _write(locked, gone, by=by, at=at)
            _touch(locked, by, at)
            _note("draft.moved", locked, by, at, {"from": before, "to": version.label})
    return locked


def lock_draft(draft: Draft) -> Draft:
    """The draft as it is now, held until the transaction ends."""
    return Draft.objects.select_for_update().get(pk=draft.pk)


def lock_open_draft(draft: Draft) -> Draft:
    """The open draft, held until the transaction ends; raises DraftClosed for another."""
    locked = lock_draft(draft)
    if not locked.is_open:
        raise DraftClosed(f"draft {locked.number} is closed")
    return locked


def _merged(draft: Draft, answers: Mapping[str, str], seen_revision: int) -> _Merged:
    """What was sent beside what stands and what stood when the page was made."""
    _version, definition = definition_of(draft)
    now = current_rows(draft)
    before = {key: row.value for key, row in current_rows(draft, seen_revision).items()}
    asked, changeable = _keys(definition), _changeable(definition, now)
    is_signed = bool(signatures_of(draft))
    merged = _Merged({}, [], [], {})
    for key, value in answers.items():
        said, row = cleaned(value), now.get(key)
        stands, seen = row.value if row else "", before.get(key, "")
        if said in (stands, seen):
            continue
        if key not in asked or len(said) > _LONGEST or "\x00" in said:
            merged.refused.append(key)
        elif is_signed or key not in changeable:
            merged.refused.append(key)
            merged.lost[key] = said
        elif row is not None and stands != seen:
            merged.conflicts.append(Conflict(key, stands, said, row.saved_by, row.saved_at))
            merged.lost[key] = said
        else:
            merged.saved[key] = said
    return merged


def _open_draft(beginning: Beginning) -> Draft | None:
    if beginning.subject_id is None:
        return None
    found = open_drafts_about(beginning.subject_kind, beginning.subject_id)
    return found.filter(
        program=beginning.program, form=beginning.form, course=beginning.course
    ).first()


def _keys(definition: FormDefinition) -> set[str]:
    asked = {key for key, _field, _row in questions(definition)}
    return asked | {CONSENT + consent.code for consent in definition.offered}


def _changeable(definition: FormDefinition, now: Mapping[str, DraftAnswer]) -> set[str]:
    """The answers people give; not those the platform has given itself."""
    fixed = {key for key, field, _row in questions(definition) if is_fixed(field)}
    return _keys(definition) - {key for key in fixed if key in now and now[key].is_known}


def _write(
    draft: Draft, answers: Mapping[str, str], *, by: Actor, at: datetime, is_known: bool = False
) -> None:
    if answers:
        draft.revision += 1
        _touch(draft, by, at)
        _rows(draft, answers, by, at, is_known=is_known)


def _rows(draft: Draft, answers: Mapping[str, str], by: Actor, at: datetime, **marks: bool) -> None:
    said = {"draft": draft, "revision": draft.revision, "saved_at": at, "saved_by": by.number}
    DraftAnswer.objects.bulk_create(
        DraftAnswer(field=key, value=value, **said, **marks) for key, value in answers.items()
    )


def _touch(draft: Draft, by: Actor, at: datetime) -> None:
    draft.updated_at, draft.updated_by = at, by.number
    draft.save()


def _note(verb: str, draft: Draft, by: Actor, at: datetime, detail: Mapping[str, object]) -> None:
    audit.record(verb, subject=("draft", draft.number), by=by, at=at, detail=dict(detail))
