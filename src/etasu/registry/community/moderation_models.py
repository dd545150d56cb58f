"""What members report to moderators, and what moderators decide."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from etasu.registry.audit.numbers import new_number


class PostReport(models.Model):
    """A member says that a post breaks a rule; `rule` is empty for something else.

    It waits until a moderator decided about the post.
    """

    post = models.ForeignKey("community.Post", on_delete=models.PROTECT, related_name="reports")
    member = models.ForeignKey("community.Member", on_delete=models.PROTECT, related_name="+")
    rule = models.TextField(blank=True)
    words = models.TextField(blank=True)
    reported_at = models.DateTimeField()
    reported_by = models.TextField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.TextField(null=True)

    class Meta:
        db_table = "community_post_report"
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="a_member_reports_a_post_once_at_a_time",
                fields=["post", "member"],
                condition=Q(settled_at__isnull=True),
            ),
            models.CheckConstraint(
                name="a_settled_report_of_a_post_says_by_whom",
                condition=Q(settled_at__isnull=True, settled_by__isnull=True)
                | Q(settled_at__isnull=False, settled_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"report of {self.post}"


class Ruling(models.Model):
    """What a moderator decided about a post, and what became of it when its author disagreed.

    One that hides names the rule and says why; it may suspend the author as well. The author may
    appeal once, and somebody else answers. `is_upheld` says whether it still holds after that.
    """

    class How(models.TextChoices):
        """What is done with the post."""

        SHOWN = "shown"
        HIDDEN = "hidden"

    number = models.TextField(unique=True, default=new_number)
    post = models.ForeignKey("community.Post", on_delete=models.PROTECT, related_name="rulings")
    how = models.TextField(choices=How)
    rule = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    suspended_until = models.DateTimeField(null=True)
    decided_at = models.DateTimeField()
    decided_by = models.TextField()
    seen_at = models.DateTimeField(null=True)
    seen_by = models.TextField(null=True)
    appeal = models.TextField(null=True)
    appealed_at = models.DateTimeField(null=True)
    appealed_by = models.TextField(null=True)
    is_upheld = models.BooleanField(null=True)
    answer = models.TextField(null=True)
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(null=True)

    class Meta:
        db_table = "community_ruling"
        indexes: ClassVar = [
            models.Index(
                name="appeals_open",
                fields=["appealed_at"],
                condition=Q(appealed_at__isnull=False, answered_at__isnull=True),
            )
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="a_ruling_shows_or_hides", condition=Q(how__in=["shown", "hidden"])
            ),
            models.CheckConstraint(
                name="a_ruling_that_hides_says_why",
                condition=Q(how="shown", rule="", reason="", suspended_until__isnull=True)
                | Q(how="hidden") & ~Q(rule="") & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="a_suspension_ends_after_it_was_decided",
                condition=Q(suspended_until__isnull=True) | Q(suspended_until__gt=F("decided_at")),
            ),
            models.CheckConstraint(
                name="a_ruling_seen_says_by_whom",
                condition=Q(seen_at__isnull=True, seen_by__isnull=True)
                | Q(seen_at__isnull=False, seen_by__isnull=False),
            ),
            models.CheckConstraint(
                name="an_appeal_is_of_what_was_hidden_and_says_something",
                condition=Q(appealed_at__isnull=True, appealed_by__isnull=True, appeal__isnull=True)
                | Q(how="hidden", appealed_at__isnull=False, appealed_by__isnull=False)
                & Q(appeal__isnull=False)
                & ~Q(appeal=""),
            ),
            models.CheckConstraint(
                name="an_answered_appeal_says_by_whom_and_how",
                condition=Q(answered_at__isnull=True, answered_by__isnull=True)
                & Q(answer__isnull=True, is_upheld__isnull=True)
                | Q(appealed_at__isnull=False, answered_at__isnull=False)
                & Q(answered_by__isnull=False, answer__isnull=False, is_upheld__isnull=False)
                & ~Q(answer=""),
            ),
            models.CheckConstraint(
                name="an_appeal_is_answered_by_somebody_else",
                condition=Q(answered_by__isnull=True) | ~Q(answered_by=F("decided_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"ruling {self.number}"
