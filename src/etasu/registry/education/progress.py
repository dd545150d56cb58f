"""Where somebody is: pages read so far, answers given so far.

Kept so that nobody loses their place when the session ends. It proves nothing, so it is no part of
the audit trail: what counts is the confirmed review and the graded attempt.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.models import User
from etasu.registry.audit.actors import Actor, named
from etasu.registry.education import facts
from etasu.registry.education.models import Attempt, Reading
from etasu.safe_use.training import TrainingModule


def note_page_read(
    user: User, program: str, module: TrainingModule, page: str, *, by: Actor, at: datetime
) -> None:
    """Note that the person went on from a page. A page the module does not have changes nothing."""
    if page not in {each.code for each in module.pages}:
        return
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        reading, _is_new = Reading.objects.get_or_create(
            user=user,
            program=program,
            module=module.code,
            edition=module.edition,
            defaults={"read_at": at, "read_by": named(by).number},
        )
        if page not in reading.pages:
            reading.pages = [*reading.pages, page]
            reading.read_at, reading.read_by = at, by.number
            reading.save()


def keep_answer(attempt: Attempt, item: str, choice: int) -> bool:
    """Keep the choice taken for a question until the attempt is handed in; whether it was kept.

    It is not when the attempt is graded, asks no such question, or offers no such choice.
    """
    with transaction.atomic():
        locked = Attempt.objects.select_for_update(no_key=True).get(pk=attempt.pk)
        asked = {each.item: each for each in facts.asked_in(locked)}
        is_open = facts.grade_of(locked) is None
        if not is_open or item not in asked or not 0 <= choice < len(asked[item].choices):
            return False
        locked.answers = locked.answers | {item: choice}
        locked.save(update_fields=["answers"])
    attempt.answers = locked.answers
    return True
