"""The boards as members read them, with what waits and what is hidden marked as such."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from etasu.portals.components.community import POSTS, TOPICS, on_its_page, shown_topics
from etasu.portals.language import page_language
from etasu.portals.moderation.here import author, community_here, state_of
from etasu.portals.requests import PortalRequest
from etasu.registry.community.boards import every_post, every_topic, title_of, topic_of
from etasu.registry.community.facts import APost, words_of
from etasu.safe_use.community import Community


class PostRead(NamedTuple):
    """A post of a topic; one that its author deleted has no words here."""

    number: str
    author: str
    written_at: datetime
    state: str
    words: str


@require_safe
def boards(request: PortalRequest) -> HttpResponse:
    """Every board."""
    community = community_here(request)
    listed = [(each.code, _board(community, each.code)) for each in community.boards]
    return render(request, "moderation/boards.html", {"boards": listed})


@require_safe
def board(request: PortalRequest, slug: str) -> HttpResponse:
    """The topics of a board, the newest answer first."""
    name = _board(community_here(request), slug)
    if not name:
        raise Http404
    found = every_topic(request.asker.program, slug)
    page = Paginator(found, TOPICS).get_page(request.GET.get("page"))
    context = {
        "name": name,
        "topics": shown_topics(page.object_list),
        "page": page,
        "zone": request.asker.time_zone,
    }
    return render(request, "moderation/board.html", context)


@require_safe
def topic(request: PortalRequest, number: str) -> HttpResponse:
    """One topic from its first post on."""
    community = community_here(request)
    found = topic_of(request.asker.program, number)
    if found is None:
        raise Http404
    page = Paginator(every_post(found), POSTS).get_page(request.GET.get("page"))
    context = {
        "topic": found,
        "title": title_of(found),
        "board": _board(community, found.board),
        "posts": [_read(each) for each in page.object_list],
        "page": page,
        "zone": request.asker.time_zone,
    }
    return render(request, "moderation/topic.html", context)


def in_its_topic(post: APost) -> str:
    """Where a moderator reads the post among the others."""
    there = reverse("moderation:topic", args=[post.topic.number])
    return on_its_page(there, every_post(post.topic), post)


def _board(community: Community, code: str) -> str:
    found = community.board(code)
    return found.said(page_language()).text if found is not None else ""


def _read(post: APost) -> PostRead:
    words = words_of(post) if post.deleted_at is None else ""
    return PostRead(post.number, author(post.member), post.written_at, state_of(post), words)
