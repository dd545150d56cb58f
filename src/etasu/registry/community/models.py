"""Members under names they chose, what they write, and what moderators decide about it."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number
from etasu.registry.community.moderation_models import PostReport, Ruling

__all__ = ["Block", "Follow", "Member", "Nod", "Post", "PostReport", "PostText", "Ruling", "Topic"]


class Member(models.Model):
    """A patient or a care partner under the name they chose, until they leave.

    Whoever comes back is a new member under a new name. No name is ever anybody else's: one that
    `looks_like` another is the same. `told_at` is when they were last told that there is news.
    """

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    patient = models.ForeignKey(
        "patients.Patient", on_delete=models.PROTECT, null=True, related_name="community_members"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    pseudonym = models.TextField()
    looks_like = models.TextField()
    joined_at = models.DateTimeField()
    joined_by = models.TextField()
    told_at = models.DateTimeField(null=True)
    told_by = models.TextField(null=True)
    left_at = models.DateTimeField(null=True)
    left_by = models.TextField(null=True)

    class Meta:
        db_table = "community_member"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_member_is_a_patient_or_a_care_partner",
                condition=Q(patient__isnull=False, user__isnull=True)
                | Q(patient__isnull=True, user__isnull=False),
            ),
            models.UniqueConstraint(
                name="no_two_pseudonyms_look_alike", fields=["program", "looks_like"]
            ),
            models.UniqueConstraint(
                name="a_patient_is_a_member_once",
                fields=["patient"],
                condition=Q(left_at__isnull=True),
            ),
            models.UniqueConstraint(
                name="a_care_partner_is_a_member_once",
                fields=["program", "user"],
                condition=Q(left_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_member_told_of_news_says_by_whom",
                condition=Q(told_at__isnull=True, told_by__isnull=True)
                | Q(told_at__isnull=False, told_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_member_who_left_says_by_whom",
                condition=Q(left_at__isnull=True, left_by__isnull=True)
                | Q(left_at__isnull=False, left_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"member {self.number}"


class Topic(models.Model):
    """Something members write about, on one of the program's boards. Append-only."""

    number = models.TextField(unique=True, default=new_number)
    program = models.TextField()
    board = models.TextField()
    title = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.TextField()

    class Meta:
        db_table = "community_topic"
        indexes: ClassVar = [models.Index(name="topics_of_a_board", fields=["program", "board"])]
        constraints: ClassVar = [
            models.CheckConstraint(name="a_topic_has_a_title", condition=~Q(title="")),
        ]

    def __str__(self) -> str:
        return f"topic {self.number}"


class Post(models.Model):
    """What a member wrote in a topic; its words are texts of their own, the newest counts.

    Others read it from `shown_at` on, until it is hidden or deleted. What is not shown, hidden or
    deleted waits for a moderator, `held_for` the reasons there are.
    """

    number = models.TextField(unique=True, default=new_number)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="posts")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="posts")
    is_opening = models.BooleanField()
    written_at = models.DateTimeField()
    written_by = models.TextField()
    held_for = models.JSONField(default=list)
    shown_at = models.DateTimeField(null=True)
    shown_by = models.TextField(null=True)
    hidden_at = models.DateTimeField(null=True)
    hidden_by = models.TextField(null=True)
    deleted_at = models.DateTimeField(null=True)
    deleted_by = models.TextField(null=True)

    class Meta:
        db_table = "community_post"
        indexes: ClassVar = [models.Index(name="posts_of_a_topic", fields=["topic", "id"])]
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_topic_is_opened_once", fields=["topic"], condition=Q(is_opening=True)
            ),
            models.CheckConstraint(
                name="a_post_shown_says_by_whom",
                condition=Q(shown_at__isnull=True, shown_by__isnull=True)
                | Q(shown_at__isnull=False, shown_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_post_hidden_says_by_whom",
                condition=Q(hidden_at__isnull=True, hidden_by__isnull=True)
                | Q(hidden_at__isnull=False, hidden_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_post_deleted_says_by_whom",
                condition=Q(deleted_at__isnull=True, deleted_by__isnull=True)
                | Q(deleted_at__isnull=False, deleted_by__isnull=False),
            ),
            models.CheckConstraint(
                name="a_post_is_not_shown_and_hidden",
                condition=Q(shown_at__isnull=True) | Q(hidden_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"post {self.number}"


class PostText(models.Model):
    """The words of a post as they were written at one time. Append-only."""

    number = models.TextField(unique=True, default=new_number)
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="texts")
    words = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        db_table = "community_post_text"
        constraints: ClassVar = [
            models.CheckConstraint(name="a_post_says_something", condition=~Q(words="")),
        ]

    def __str__(self) -> str:
        return f"text {self.number}"


class Nod(models.Model):
    """A member's answer to a post without words, such as thanks, until they take it back."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="nods")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="nods")
    kind = models.TextField()
    given_at = models.DateTimeField()
    given_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "community_nod"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_member_nods_to_a_post_once",
                fields=["post", "member"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_nod_taken_back_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.kind


class Follow(models.Model):
    """A member wants to hear of what is new in a topic; what they read of it by `seen_at`."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="follows")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="follows")
    followed_at = models.DateTimeField()
    followed_by = models.TextField()
    seen_at = models.DateTimeField()
    seen_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "community_follow"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_member_follows_a_topic_once",
                fields=["topic", "member"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_topic_no_longer_followed_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} follows {self.topic}"


class Block(models.Model):
    """Two members who do not see each other's posts, because one of them wants it so."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="blocks")
    blocked = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="blocked_by_others")
    blocked_at = models.DateTimeField()
    blocked_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(null=True)

    class Meta:
        db_table = "community_block"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_member_blocks_another_once",
                fields=["member", "blocked"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="no_member_blocks_themselves", condition=~Q(member=F("blocked"))
            ),
            models.CheckConstraint(
                name="an_ended_block_says_by_whom",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member} and {self.blocked}"
