"""What each constraint refuses of the community."""

from __future__ import annotations

from etasu.registry.accounts.models import User
from etasu.registry.community.models import (
    Block,
    Follow,
    Member,
    Nod,
    Post,
    PostReport,
    PostText,
    Ruling,
    Topic,
)
from etasu.registry.patients.models import Patient
from tests.factories.teaching import AT
from tests.registry.getting_in import Attempt, a, both
from tests.registry.rows import row

HIDDEN = {"how": "hidden", "rule": "be-kind", "reason": "Unkind"}
APPEALED = {
    **{"appeal": "Look again", "appealed_at": AT, "appealed_by": "b"},
    **{"is_upheld": True, "answer": "It stays", "answered_at": AT},
}


def blocks_itself(world: object) -> None:
    """A member who wants to see nothing more of themselves."""
    one = row(Member)
    row(Block, member=one, blocked=one)


TOLD_EACH_OTHER: dict[str, Attempt] = {
    "a_member_is_a_patient_or_a_care_partner": a(Member, patient=None, user=None),
    "no_two_pseudonyms_look_alike": both(Member, looks_like="bluehelon"),
    "a_patient_is_a_member_once": both(Member, patient=Patient),
    "a_care_partner_is_a_member_once": both(Member, patient=None, user=User),
    "a_member_told_of_news_says_by_whom": a(Member, told_at=AT),
    "a_member_who_left_says_by_whom": a(Member, left_at=AT),
    "a_topic_has_a_title": a(Topic, title=""),
    "a_topic_is_opened_once": both(Post, topic=Topic, is_opening=True),
    "a_post_shown_says_by_whom": a(Post, shown_at=AT),
    "a_post_hidden_says_by_whom": a(Post, hidden_at=AT),
    "a_post_deleted_says_by_whom": a(Post, deleted_at=AT),
    "a_post_is_not_shown_and_hidden": a(
        Post, shown_at=AT, shown_by="a", hidden_at=AT, hidden_by="a"
    ),
    "a_post_says_something": a(PostText, words=""),
    "a_member_nods_to_a_post_once": both(Nod, post=Post, member=Member),
    "a_nod_taken_back_says_by_whom": a(Nod, ended_at=AT),
    "a_member_follows_a_topic_once": both(Follow, topic=Topic, member=Member),
    "a_topic_no_longer_followed_says_by_whom": a(Follow, ended_at=AT),
    "a_member_blocks_another_once": both(Block, member=Member, blocked=Member),
    "no_member_blocks_themselves": blocks_itself,
    "an_ended_block_says_by_whom": a(Block, ended_at=AT),
    "a_member_reports_a_post_once_at_a_time": both(PostReport, post=Post, member=Member),
    "a_settled_report_of_a_post_says_by_whom": a(PostReport, settled_at=AT),
    "a_ruling_shows_or_hides": a(Ruling, how="burned"),
    "a_ruling_that_hides_says_why": a(Ruling, how="hidden", rule="be-kind"),
    "a_suspension_ends_after_it_was_decided": a(Ruling, **HIDDEN, suspended_until=AT),
    "a_ruling_seen_says_by_whom": a(Ruling, seen_at=AT),
    "an_appeal_is_of_what_was_hidden_and_says_something": a(
        Ruling, appeal="Look again", appealed_at=AT, appealed_by="a"
    ),
    "an_answered_appeal_says_by_whom_and_how": a(
        Ruling, **HIDDEN, is_upheld=True, answer="It stays", answered_at=AT, answered_by="a"
    ),
    "an_appeal_is_answered_by_somebody_else": a(
        Ruling, **HIDDEN, **APPEALED, decided_by="a", answered_by="a"
    ),
}
