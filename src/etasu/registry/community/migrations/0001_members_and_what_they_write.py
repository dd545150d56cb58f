"""Members of the community, topics, posts, and what moderators decide about them."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import etasu.registry.audit.numbers


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("patients", "0006_identifier_guards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Member",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.TextField(default=etasu.registry.audit.numbers.new_number, unique=True),
                ),
                ("program", models.TextField()),
                ("pseudonym", models.TextField()),
                ("looks_like", models.TextField()),
                ("joined_at", models.DateTimeField()),
                ("joined_by", models.TextField()),
                ("told_at", models.DateTimeField(null=True)),
                ("told_by", models.TextField(null=True)),
                ("left_at", models.DateTimeField(null=True)),
                ("left_by", models.TextField(null=True)),
                (
                    "patient",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="community_members",
                        to="patients.patient",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "db_table": "community_member",
            },
        ),
        migrations.CreateModel(
            name="Block",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("blocked_at", models.DateTimeField()),
                ("blocked_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
                (
                    "blocked",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blocked_by_others",
                        to="community.member",
                    ),
                ),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="blocks",
                        to="community.member",
                    ),
                ),
            ],
            options={
                "db_table": "community_block",
            },
        ),
        migrations.CreateModel(
            name="Post",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.TextField(default=etasu.registry.audit.numbers.new_number, unique=True),
                ),
                ("is_opening", models.BooleanField()),
                ("written_at", models.DateTimeField()),
                ("written_by", models.TextField()),
                ("held_for", models.JSONField(default=list)),
                ("shown_at", models.DateTimeField(null=True)),
                ("shown_by", models.TextField(null=True)),
                ("hidden_at", models.DateTimeField(null=True)),
                ("hidden_by", models.TextField(null=True)),
                ("deleted_at", models.DateTimeField(null=True)),
                ("deleted_by", models.TextField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="posts",
                        to="community.member",
                    ),
                ),
            ],
            options={
                "db_table": "community_post",
            },
        ),
        migrations.CreateModel(
            name="Nod",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("given_at", models.DateTimeField()),
                ("given_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nods",
                        to="community.member",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nods",
                        to="community.post",
                    ),
                ),
            ],
            options={
                "db_table": "community_nod",
            },
        ),
        migrations.CreateModel(
            name="PostReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("rule", models.TextField(blank=True)),
                ("words", models.TextField(blank=True)),
                ("reported_at", models.DateTimeField()),
                ("reported_by", models.TextField()),
                ("settled_at", models.DateTimeField(null=True)),
                ("settled_by", models.TextField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="community.member",
                    ),
                ),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="reports",
                        to="community.post",
                    ),
                ),
            ],
            options={
                "db_table": "community_post_report",
            },
        ),
        migrations.CreateModel(
            name="PostText",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.TextField(default=etasu.registry.audit.numbers.new_number, unique=True),
                ),
                ("words", models.TextField()),
                ("written_at", models.DateTimeField()),
                ("written_by", models.TextField()),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="texts",
                        to="community.post",
                    ),
                ),
            ],
            options={
                "db_table": "community_post_text",
            },
        ),
        migrations.CreateModel(
            name="Ruling",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.TextField(default=etasu.registry.audit.numbers.new_number, unique=True),
                ),
                ("how", models.TextField(choices=[("shown", "Shown"), ("hidden", "Hidden")])),
                ("rule", models.TextField(blank=True)),
                ("reason", models.TextField(blank=True)),
                ("suspended_until", models.DateTimeField(null=True)),
                ("decided_at", models.DateTimeField()),
                ("decided_by", models.TextField()),
                ("seen_at", models.DateTimeField(null=True)),
                ("seen_by", models.TextField(null=True)),
                ("appeal", models.TextField(null=True)),
                ("appealed_at", models.DateTimeField(null=True)),
                ("appealed_by", models.TextField(null=True)),
                ("is_upheld", models.BooleanField(null=True)),
                ("answer", models.TextField(null=True)),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.TextField(null=True)),
                (
                    "post",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rulings",
                        to="community.post",
                    ),
                ),
            ],
            options={
                "db_table": "community_ruling",
            },
        ),
        migrations.CreateModel(
            name="Topic",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "number",
                    models.TextField(default=etasu.registry.audit.numbers.new_number, unique=True),
                ),
                ("program", models.TextField()),
                ("board", models.TextField()),
                ("title", models.TextField()),
                ("opened_at", models.DateTimeField()),
                ("opened_by", models.TextField()),
            ],
            options={
                "db_table": "community_topic",
                "indexes": [models.Index(fields=["program", "board"], name="topics_of_a_board")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="a_topic_has_a_title"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="post",
            name="topic",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="posts",
                to="community.topic",
            ),
        ),
        migrations.CreateModel(
            name="Follow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("followed_at", models.DateTimeField()),
                ("followed_by", models.TextField()),
                ("seen_at", models.DateTimeField()),
                ("seen_by", models.TextField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_by", models.TextField(null=True)),
                (
                    "member",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follows",
                        to="community.member",
                    ),
                ),
                (
                    "topic",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follows",
                        to="community.topic",
                    ),
                ),
            ],
            options={
                "db_table": "community_follow",
            },
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("patient__isnull", False), ("user__isnull", True)),
                    models.Q(("patient__isnull", True), ("user__isnull", False)),
                    _connector="OR",
                ),
                name="a_member_is_a_patient_or_a_care_partner",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                fields=("program", "looks_like"), name="no_two_pseudonyms_look_alike"
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at__isnull", True)),
                fields=("patient",),
                name="a_patient_is_a_member_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.UniqueConstraint(
                condition=models.Q(("left_at__isnull", True)),
                fields=("program", "user"),
                name="a_care_partner_is_a_member_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("told_at__isnull", True), ("told_by__isnull", True)),
                    models.Q(("told_at__isnull", False), ("told_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_member_told_of_news_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="member",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at__isnull", True), ("left_by__isnull", True)),
                    models.Q(("left_at__isnull", False), ("left_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_member_who_left_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("member", "blocked"),
                name="a_member_blocks_another_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(("member", models.F("blocked")), _negated=True),
                name="no_member_blocks_themselves",
            ),
        ),
        migrations.AddConstraint(
            model_name="block",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="an_ended_block_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="nod",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("post", "member"),
                name="a_member_nods_to_a_post_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="nod",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_nod_taken_back_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="postreport",
            constraint=models.UniqueConstraint(
                condition=models.Q(("settled_at__isnull", True)),
                fields=("post", "member"),
                name="a_member_reports_a_post_once_at_a_time",
            ),
        ),
        migrations.AddConstraint(
            model_name="postreport",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("settled_at__isnull", True), ("settled_by__isnull", True)),
                    models.Q(("settled_at__isnull", False), ("settled_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_settled_report_of_a_post_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="posttext",
            constraint=models.CheckConstraint(
                condition=models.Q(("words", ""), _negated=True), name="a_post_says_something"
            ),
        ),
        migrations.AddIndex(
            model_name="ruling",
            index=models.Index(
                condition=models.Q(("answered_at__isnull", True), ("appealed_at__isnull", False)),
                fields=["appealed_at"],
                name="appeals_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["shown", "hidden"])), name="a_ruling_shows_or_hides"
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("how", "shown"),
                        ("reason", ""),
                        ("rule", ""),
                        ("suspended_until__isnull", True),
                    ),
                    models.Q(
                        ("how", "hidden"),
                        models.Q(("rule", ""), _negated=True),
                        models.Q(("reason", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="a_ruling_that_hides_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("suspended_until__isnull", True),
                    ("suspended_until__gt", models.F("decided_at")),
                    _connector="OR",
                ),
                name="a_suspension_ends_after_it_was_decided",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("seen_at__isnull", True), ("seen_by__isnull", True)),
                    models.Q(("seen_at__isnull", False), ("seen_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_ruling_seen_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("appeal__isnull", True),
                        ("appealed_at__isnull", True),
                        ("appealed_by__isnull", True),
                    ),
                    models.Q(
                        ("appealed_at__isnull", False),
                        ("appealed_by__isnull", False),
                        ("how", "hidden"),
                        ("appeal__isnull", False),
                        models.Q(("appeal", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="an_appeal_is_of_what_was_hidden_and_says_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="ruling",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("answered_at__isnull", True),
                        ("answered_by__isnull", True),
                        ("answer__isnull", True),
                        ("is_upheld__isnull", True),
                    ),
                    models.Q(
                        ("answered_at__isnull", False),
                        ("appealed_at__isnull", False),
                        ("answer__isnull", False),
                        ("answered_by__isnull", False),
                        ("is_upheld__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="an_answered_appeal_says_by_whom_and_how",
            ),
        ),
        migrations.AddIndex(
            model_name="post",
            index=models.Index(fields=["topic", "id"], name="posts_of_a_topic"),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.UniqueConstraint(
                condition=models.Q(("is_opening", True)),
                fields=("topic",),
                name="a_topic_is_opened_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("shown_at__isnull", True), ("shown_by__isnull", True)),
                    models.Q(("shown_at__isnull", False), ("shown_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_post_shown_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("hidden_at__isnull", True), ("hidden_by__isnull", True)),
                    models.Q(("hidden_at__isnull", False), ("hidden_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_post_hidden_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("deleted_at__isnull", True), ("deleted_by__isnull", True)),
                    models.Q(("deleted_at__isnull", False), ("deleted_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_post_deleted_says_by_whom",
            ),
        ),
        migrations.AddConstraint(
            model_name="post",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("shown_at__isnull", True), ("hidden_at__isnull", True), _connector="OR"
                ),
                name="a_post_is_not_shown_and_hidden",
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("ended_at__isnull", True)),
                fields=("topic", "member"),
                name="a_member_follows_a_topic_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="follow",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ended_at__isnull", True), ("ended_by__isnull", True)),
                    models.Q(("ended_at__isnull", False), ("ended_by__isnull", False)),
                    _connector="OR",
                ),
                name="a_topic_no_longer_followed_says_by_whom",
            ),
        ),
    ]
