"""Courses to close: all of them, each ended once, whichever record they are kept on."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from etasu.portals.facility import board
from etasu.registry import reactions
from etasu.registry.audit.actors import PLATFORM
from etasu.registry.authorizations import records
from etasu.registry.submissions.facts import answers_of
from etasu.registry.submissions.models import Draft
from etasu.registry.treatment.models import CourseEnd, Infusion
from tests.portals.test_infusion_days import VIALS, SignIn, stopped
from tests.portals.world import Cast, actor, authorize_course, make_ready

__all__ = ["stopped"]


def test_every_course_to_close_is_counted_and_can_be_reached(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(board, "A_PAGE", 1)
    make_ready(cast.noor, cast.at)
    ended = {"ended_on": cast.today, "reason": "Chose another", "facility": cast.riverside}
    for patient in (cast.mara, cast.noor):
        authorize_course(cast, patient)
        reactions.course_given_up(patient, 1, **ended, by=actor("ben"), at=cast.at)
    client = signed_in("ben")
    assert "2 checklists are due." in client.get("/facility/").content.decode()
    first = client.get("/facility/today/").content.decode()
    assert "1 of 2 shown" in first and "?courses=2" in first
    second = client.get("/facility/today/?courses=2").content.decode()
    link = "/facility/courses/{}/1/"
    for patient in (cast.mara, cast.noor):
        assert (link.format(patient.number) in first) != (link.format(patient.number) in second)


def test_a_checklist_begun_on_a_merged_record_is_about_the_one_that_answers(
    cast: Cast, stopped: str, signed_in: SignIn
) -> None:
    both = records.compare_records(cast.mara, cast.noor, by=PLATFORM, at=cast.at)
    assert both is not None
    records.records_merged(both, cast.noor, reason="same", by=PLATFORM, at=cast.at)
    client = signed_in("ben")
    client.post(f"/facility/courses/{cast.noor.number}/1/", VIALS | {"kind": "returned"})
    client.post(f"/forms/begin/infusion-checklist/infusion/{Infusion.objects.get().number}/")
    begun = Draft.objects.get()
    answers = answers_of(begun)
    assert (begun.subject_id, answers["not-given-reason"]) == (cast.noor.pk, "No second attempt")
    counted = [answers[f"vials-{kind}"] for kind in ("received", "returned")]
    assert list(map(str, counted)) == ["5", "5"]


def test_an_end_said_again_does_not_take_the_course_up(cast: Cast, signed_in: SignIn) -> None:
    authorize_course(cast)
    client, there = signed_in("ben"), f"/facility/courses/{cast.mara.number}/1/end/"
    ended = {"ended_on": cast.today.isoformat(), "standing_end": "", "form_token": "shown-once"}

    def send(**more: str) -> str:
        return str(client.post(there, more, follow=True).content.decode())

    assert "It is on record" in send(**ended, reason="Chose another treatment")
    # The page before it, changed and sent; then the same from another device; then a second tap.
    for again in ({"reason": "Moved away"}, {"reason": "Moved away", "form_token": "other"}):
        text = send(**ended | again)
        assert "was said meanwhile" in text and "It is on record" not in text
        assert "Not given" in text and "Chose another treatment" in text and "Goes on" not in text
    assert "It is on record" in send(**ended, reason="Chose another treatment")
    end = CourseEnd.objects.get()
    assert (end.reason, end.struck_at) == ("Chose another treatment", None)
    shown = client.get(there).content.decode()
    assert f'name="standing_end" value="{end.number}"' in shown
    # Taken up from a page of an end that is struck: the end that stands now is left alone.
    stale = {"reason": "After all", "standing_end": end.number}
    assert "Goes on" in send(**stale)
    send(**ended | {"reason": "Not after all", "form_token": "anew"})
    assert "was said meanwhile" in send(**stale | {"reason": "Once more"})
    assert CourseEnd.objects.get(struck_at=None).reason == "Not after all"


def test_two_who_end_a_course_at_once_both_read_what_stands(
    cast: Cast, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    authorize_course(cast)
    client, there = signed_in("ben"), f"/facility/courses/{cast.mara.number}/1/end/"
    told = reactions.course_given_up

    def others_first(*args: Any, **given: Any) -> Any:
        told(*args, **given | {"reason": "Theirs", "at": cast.at - timedelta(seconds=1)})
        return told(*args, **given)

    monkeypatch.setattr(reactions, "course_given_up", others_first)
    sent = {"ended_on": cast.today.isoformat(), "reason": "Ours"}
    text = client.post(there, sent, follow=True).content.decode()
    assert "was said meanwhile" in text and "Theirs" in text and "It is on record" not in text
