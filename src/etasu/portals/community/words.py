"""What members read: the program's words in their language, and what a page says of a post."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.community import name_of
from etasu.registry.community.facts import AMember, ANod, APost, nods_of, same_person, words_of
from etasu.registry.community.members import TAKEN
from etasu.safe_use.community import Community, Guideline
from etasu.safe_use.giveaways import Giveaway
from etasu.safe_use.nurse_line import Wording
from etasu.safe_use.pseudonyms import NameTrouble

Text = str | Promise
GIVEAWAYS: Mapping[Giveaway, Text] = {
    Giveaway.NAME: _("a name"),
    Giveaway.BIRTH: _("a birth date or year"),
    Giveaway.SOCIAL_SECURITY: _("a Social Security number"),
    Giveaway.EMAIL: _("an e-mail address"),
    Giveaway.ONLINE: _("a web page or a name used on one"),
    Giveaway.TELEPHONE: _("a telephone number"),
    Giveaway.ADDRESS: _("a place where somebody lives"),
}
NAME_TROUBLES: Mapping[str, Text] = {
    NameTrouble.TOO_SHORT: _("Use three letters or more"),
    NameTrouble.TOO_LONG: _("Use 30 letters at most"),
    NameTrouble.STRANGE: _("Use letters and numbers, with single spaces between words"),
    NameTrouble.STAFF: _("This looks like the name of somebody who works here. Choose another one"),
    NameTrouble.OWN: _("This shows who you are. Choose a name that has nothing of your own in it"),
    TAKEN: _("Somebody has this name, or one that looks like it. Choose another one"),
}


class NodShown(NamedTuple):
    """One of the nods: what it is called, how many gave it, and whether this member did."""

    code: str
    name: str
    given: int
    is_mine: bool


class PostShown(NamedTuple):
    """A post as a member sees it. Without `author` it is of a former member.

    What they wrote before they left is theirs, and they can change it no more.
    """

    number: str
    author: str
    written_at: datetime
    words: str
    is_mine: bool
    can_change: bool
    is_edited: bool
    waits: bool
    is_hidden: bool
    nods: Sequence[NodShown]


def spoken(words: Wording, language: str) -> str:
    """The program's words in the language."""
    return words.said(language).text


def guidelines(community: Community, language: str, *, rules: bool) -> list[str]:
    """The rules, or what else members are told, in the language."""
    found: list[Guideline] = [each for each in community.guidelines if each.is_rule == rules]
    return [spoken(each, language) for each in found]


def shown_posts(
    posts: list[APost], member: AMember, community: Community, language: str
) -> list[PostShown]:
    """The posts as the member sees them, with the nods to each."""
    nods, mine = nods_of(posts), same_person(member)
    return [
        _shown(each, member, mine, _nods(nods.get(each.pk, []), member, community, language))
        for each in posts
    ]


def _shown(post: APost, member: AMember, mine: frozenset[int], nods: list[NodShown]) -> PostShown:
    return PostShown(
        number=post.number,
        author=name_of(post.member),
        written_at=post.written_at,
        words=words_of(post),
        is_mine=post.member_id in mine,
        can_change=post.member_id == member.pk and post.hidden_at is None,
        is_edited=len(post.texts.all()) > 1,
        waits=post.shown_at is None and post.hidden_at is None,
        is_hidden=post.hidden_at is not None,
        nods=nods,
    )


def _nods(
    given: Sequence[ANod], member: AMember, community: Community, language: str
) -> list[NodShown]:
    counts = Counter(each.kind for each in given)
    mine = {each.kind for each in given if each.member_id == member.pk}
    return [
        NodShown(each.code, spoken(each, language), counts[each.code], each.code in mine)
        for each in community.nods
    ]
