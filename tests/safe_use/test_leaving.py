"""What a form that says a patient leaves brings with it: the answer as written, and no other."""

from etasu.safe_use.leaving import Leaving, LeavingEffect, leaving_by


def way(code, answer, effect=LeavingEffect.END):
    return Leaving(
        code=code,
        source="invented",
        form="goodbye",
        question="why",
        answer=answer,
        on="from",
        effect=effect,
    )


WAYS = (way("over", "treatment over", LeavingEffect.HOLD), way("gone", "moved away"))


def test_the_answer_says_in_which_way_a_patient_leaves():
    assert leaving_by(WAYS, "goodbye", {"why": "treatment over"}) is WAYS[0]
    assert leaving_by(WAYS, "goodbye", {"why": "moved away", "more": "x"}) is WAYS[1]


def test_any_other_form_or_answer_says_nothing_of_leaving():
    for answers in ({}, {"why": ""}, {"why": "Moved away"}, {"other": "moved away"}):
        assert leaving_by(WAYS, "goodbye", answers) is None
    assert leaving_by(WAYS, "hello", {"why": "moved away"}) is None
    assert leaving_by((), "goodbye", {"why": "moved away"}) is None
