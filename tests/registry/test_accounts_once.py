"""What is good once is good once, also when it comes twice at the same moment."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from etasu.registry.accounts.codes import code_of, step_at
from etasu.registry.accounts.factor_recovery import (
    ask_recovery,
    ask_recovery_end,
    begin_recovery,
    finish_recovery,
    stop_recovery,
)
from etasu.registry.accounts.mailed_links import About, Kind, link_of_secret, mail_link
from etasu.registry.accounts.models import FactorRecovery, MailedLink, User
from etasu.registry.accounts.new_passwords import ask_new_password, set_new_password
from etasu.registry.accounts.registration import (
    VISITOR,
    LinkUsedUp,
    ask_registration,
    confirm_registration,
)
from etasu.registry.accounts.second_steps import (
    add_app,
    has_second_step,
    make_recovery_codes,
    take_app_code,
    take_recovery_code,
)
from etasu.registry.audit.actors import Actor
from tests.factories.teaching import AT

pytestmark = pytest.mark.django_db(transaction=True)

VERA, LONG = "vera@example.org", "plum ladder orbit seven"
SECRET = b"12345678901234567890"


def vera() -> tuple[User, Actor]:
    """Somebody with an app, whose code of just before was taken."""
    user = User.objects.create_user(VERA, LONG, full_name="Vera Example")
    by = Actor(user.number, "person")
    add_app(user, SECRET, code_of(SECRET, step_at(AT) - 1), by=by, at=AT)
    return user, by


def at_once(do: Callable[[], object], times: int = 4) -> list[object]:
    """What each got of several who did it at the same moment."""
    got: list[object] = []
    ready = threading.Barrier(times)

    def one() -> None:
        ready.wait()
        try:
            got.append(do())
        except LinkUsedUp:
            got.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _ in range(times)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return got


def link(kind: str, secret: str) -> MailedLink:
    """The link of a message."""
    found = link_of_secret(kind, secret, AT)
    assert found is not None
    return found


def test_a_code_of_the_app_lets_one_in() -> None:
    user, by = vera()
    code = code_of(SECRET, step_at(AT))
    got = at_once(lambda: take_app_code(user, code, by=by, at=AT))
    assert sorted(map(bool, got)) == [False, False, False, True]


def test_a_recovery_code_lets_one_in() -> None:
    user, by = vera()
    code = make_recovery_codes(user, by=by, at=AT)[0]
    got = at_once(lambda: take_recovery_code(user, code, by=by, at=AT))
    assert sorted(map(bool, got)) == [False, False, False, True]


def test_a_registration_makes_one_account() -> None:
    asked = ask_registration(VERA, LONG, "en", by=VISITOR, at=AT)
    other = ask_registration(VERA, LONG, "en", by=VISITOR, at=AT)
    found = [link(Kind.REGISTRATION, each.mailed.secret) for each in (asked, other, asked, other)]
    both = iter(found)
    got = at_once(lambda: confirm_registration(next(both), at=AT))
    assert sum(bool(each) for each in got) == 1
    assert User.objects.get().check_password(LONG)
    assert not MailedLink.objects.exclude(password="").exists()


def test_a_link_for_a_new_password_serves_once() -> None:
    vera()
    asked = ask_new_password(VERA, "en", by=VISITOR, at=AT)
    found = link(Kind.NEW_PASSWORD, asked.mailed.secret)
    got = at_once(lambda: set_new_password(found, "quiet marble finch eleven", at=AT))
    assert sum(bool(each) for each in got) == 1
    assert User.objects.get().sign_outs == 1


def test_a_link_of_one_purpose_serves_no_other() -> None:
    user, by = vera()
    mailed = mail_link(Kind.KEEP_ADDRESS, About(user.email, user), by=by, at=AT)
    for kind in Kind:
        found = link_of_secret(kind, mailed.secret, AT)
        assert (found is not None) == (kind == Kind.KEEP_ADDRESS)
    assert link_of_secret(Kind.KEEP_ADDRESS, mailed.secret, AT + timedelta(days=8)) is None


def test_of_stopping_and_finishing_a_recovery_one_happens() -> None:
    user, by = vera()
    for _ in range(3):
        mailed = ask_recovery(user, by=by, at=AT)
        begin_recovery(link(Kind.LOST_FACTOR, mailed.secret), at=AT)
        later = AT + timedelta(hours=25)
        last = ask_recovery_end(user, by=by, at=later)
        assert last is not None
        found = link_of_secret(Kind.LOST_FACTOR_END, last.secret, later)
        assert found is not None
        both = iter([partial(finish_recovery, found), partial(stop_recovery, user, by=by)])
        at_once(lambda both=both, later=later: next(both)(at=later), times=2)
        ended = FactorRecovery.objects.latest("pk")
        assert (ended.stopped_at is None) != (ended.finished_at is None)
        assert has_second_step(user) == (ended.finished_at is None)
        if ended.finished_at is not None:
            add_app(user, SECRET, code_of(SECRET, step_at(AT)), by=by, at=AT)


def test_the_database_keeps_one_recovery_and_its_day_of_waiting() -> None:
    user, by = vera()
    mailed = ask_recovery(user, by=by, at=AT)
    recovery, _ = begin_recovery(link(Kind.LOST_FACTOR, mailed.secret), at=AT)
    assert recovery.not_before == AT + timedelta(hours=24)
    for change in (
        {"not_before": AT + timedelta(hours=23)},
        {"stopped_at": AT},
        {"finished_by": "somebody"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            FactorRecovery.objects.filter(pk=recovery.pk).update(**change)
    with pytest.raises(IntegrityError), transaction.atomic():
        recovery.pk = None
        recovery.save(force_insert=True)


def test_the_database_keeps_no_password_of_a_finished_registration() -> None:
    asked = ask_registration(VERA, LONG, "en", by=VISITOR, at=AT)
    confirm_registration(link(Kind.REGISTRATION, asked.mailed.secret), at=AT)
    with pytest.raises(IntegrityError):
        MailedLink.objects.update(password="argon2$x")


def test_a_planted_fault_lets_two_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check can fail: a link that is not used up serves again."""
    vera()
    asked = ask_new_password(VERA, "en", by=VISITOR, at=AT)
    found = link(Kind.NEW_PASSWORD, asked.mailed.secret)
    careless = "etasu.registry.accounts.new_passwords.use_link"
    monkeypatch.setattr(careless, lambda found, *, by, at: True)
    for n in (1, 2):
        set_new_password(found, LONG, at=AT)
        assert User.objects.get().sign_outs == n
