"""A community's members, topics and deeds in words, for whichever page shows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.registry.community.boards import Listed
from etasu.registry.community.facts import AMember, APost
from etasu.registry.community.moderating import NO_RULE
from etasu.registry.community.own import Deed, Standing
from etasu.safe_use.community import Community

Words = str | Promise
# Topics of a board, and posts of a topic, on one page.
TOPICS, POSTS = 30, 20
STANDINGS: Mapping[Standing, Words] = {
    Standing.SHOWN: gettext_lazy("all members can read it"),
    Standing.WAITS: gettext_lazy("a moderator reads it first"),
    Standing.HIDDEN: gettext_lazy("hidden by a moderator"),
    Standing.DELETED: gettext_lazy("deleted by me"),
    Standing.FORMER: gettext_lazy("changed by me since"),
}
DEEDS: Mapping[Deed, Words] = {
    Deed.NOD: gettext_lazy("I answered without words"),
    Deed.FOLLOW: gettext_lazy("I followed a topic"),
    Deed.BLOCK: gettext_lazy("I blocked a member"),
    Deed.REPORT: gettext_lazy("I reported a post"),
    Deed.HIDDEN: gettext_lazy("A moderator hid a post of mine"),
    Deed.APPEAL: gettext_lazy("I asked to have it looked at again"),
}


def name_of(member: AMember) -> str:
    """The name they chose; nothing for a former member."""
    return member.pseudonym if member.left_at is None else ""


def shown_topics(topics: Iterable[Listed]) -> list[tuple[Listed, str]]:
    """Topics with the name of whoever opened each."""
    return [(each, name_of(each.opened_by) if each.opened_by else "") for each in topics]


def rule_said(community: Community, code: str, language: str) -> str:
    """The rule of that code in the language; nothing for one the program does not know."""
    if code == NO_RULE:
        return _("None. The post breaks no rule, and is hidden for your safety.")
    found = community.rule(code)
    return found.said(language).text if found is not None else ""


def on_its_page(topic_url: str, posts: Any, post: APost) -> str:
    """The address of a post in its topic: on the page that it is on among these posts."""
    before = posts.filter(pk__lt=post.pk).count()
    return f"{topic_url}?page={before // POSTS + 1}#{post.number}"
