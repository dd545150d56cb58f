"""What members write, and what became of it: topics, answers, better words, appeals."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.community import here
from etasu.portals.community.forms import AppealForm, PostForm, TopicForm
from etasu.portals.community.here import Visitor, do_once, for_members, shown
from etasu.portals.community.reading import address_of
from etasu.portals.community.words import shown_posts, spoken
from etasu.portals.components.community import POSTS, rule_said
from etasu.portals.components.forms import sent_form
from etasu.registry.community.facts import (
    APost,
    blocked_by,
    own_post,
    own_posts,
    owner_of,
    ruling_of,
    rulings_of,
    title_for,
    titles_for,
    topic_for,
    words_of,
)
from etasu.registry.community.moderating import Decided, appeal_ruling, read_rulings
from etasu.registry.community.writing import CannotWrite, New, delete_post
from etasu.registry.reactions import post_edited, post_written

MOST_RULINGS = 50
_page = require_http_methods(["GET", "HEAD", "POST"])


@for_members
@_page
def begin_topic(request: HttpRequest, visitor: Visitor, slug: str) -> HttpResponse:
    """Write of something new on a board."""
    board = visitor.community.board(slug)
    if board is None:
        raise Http404
    form = TopicForm(sent_form(request), **_about_writer(visitor))
    if form.is_valid():
        said = form.cleaned_data
        new = New(said["words"], board=slug, title=said["title"])
        if sent := _sent(request, visitor, form, lambda: _written(request, visitor, new)):
            return sent
    context = {"form": form, "board": slug, "name": spoken(board, visitor.language)}
    return shown(request, visitor, "community/begin_topic.html", context)


@for_members
@_page
def answer(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Answer in a topic. One that went away while somebody wrote takes no words with it."""
    topic = topic_for(visitor.joined, number)
    if topic is None and request.method != "POST":
        raise Http404
    form = PostForm(sent_form(request), **_about_writer(visitor))
    if form.is_valid():
        new = New(form.cleaned_data["words"], topic=topic)
        if sent := _sent(request, visitor, form, lambda: _written(request, visitor, new)):
            return sent
    title = title_for(visitor.joined, topic) if topic is not None else ""
    context = {"form": form, "topic": topic, "title": title}
    return shown(request, visitor, "community/answer.html", context)


@for_members
@_page
def edit(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Put better words in the place of one's own."""
    post = _own(visitor, number, is_hidden_too=request.method == "POST")
    initial = {"words": words_of(post)}
    form = PostForm(sent_form(request), **_about_writer(visitor), initial=initial)
    if form.is_valid():

        def do() -> str:
            words = form.cleaned_data["words"]
            sent = post_edited(post, words, by=visitor.actor, at=visitor.at)
            _say(request, sent)
            return address_of(visitor, post)

        if became := _sent(request, visitor, form, do):
            return became
    return shown(request, visitor, "community/edit.html", _about(visitor, post) | {"form": form})


@for_members
@_page
def delete(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Take one's own post away: what that means first, then the button."""
    post = _own(visitor, number)
    if request.method == "POST":

        def do() -> str:
            delete_post(post, by=visitor.actor, at=visitor.at)
            here.say(request, "deleted")
            return reverse("community:mine")

        return do_once(request, visitor, do)
    return shown(request, visitor, "community/delete.html", _about(visitor, post))


@for_members
@require_safe
def mine(request: HttpRequest, visitor: Visitor) -> HttpResponse:
    """What this member wrote, what was decided about it, and whom they do not want to see."""
    member = visitor.joined
    decided = list(rulings_of(member)[:MOST_RULINGS])
    page = Paginator(own_posts(member), POSTS).get_page(request.GET.get("page"))
    posts = list(page.object_list)
    titles = titles_for(member, [each.post.topic for each in decided] + [p.topic for p in posts])
    rulings = [
        (each, _rule(visitor, each.rule), titles.get(each.post.topic_id, "")) for each in decided
    ]
    if request.method == "GET":
        read_rulings(member, by=visitor.actor, at=visitor.at)
    own = shown_posts(posts, member, visitor.community, visitor.language)
    context = {
        "posts": [
            (shown_as, each.topic, titles.get(each.topic_id, ""))
            for shown_as, each in zip(own, posts, strict=True)
        ],
        "page": page,
        "rulings": rulings,
        "blocked": blocked_by(member),
    }
    return shown(request, visitor, "community/mine.html", context)


@for_members
@_page
def appeal(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Ask once to have a decision looked at again."""
    ruling = ruling_of(visitor.joined, number)
    if ruling is None:
        raise Http404
    if ruling.appealed_at is not None:
        return redirect("community:mine")
    form = AppealForm(sent_form(request))
    if form.is_valid():
        words = form.cleaned_data["words"]
        try:
            appeal_ruling(ruling, words, by=visitor.actor, at=visitor.at)
        except Decided:
            return redirect("community:mine")
        here.say(request, "appealed")
        return redirect("community:mine")
    context = {
        "form": form,
        "ruling": ruling,
        "rule": _rule(visitor, ruling.rule),
        **_about(visitor, ruling.post),
    }
    return shown(request, visitor, "community/appeal.html", context)


def _about_writer(visitor: Visitor) -> dict[str, Any]:
    """What a form needs to see whether words are too many, or show who writes them."""
    return {"community": visitor.community, "owner": owner_of(visitor.who, visitor.at)}


def _written(request: HttpRequest, visitor: Visitor, new: New) -> str:
    sent = post_written(visitor.joined, new, by=visitor.actor, at=visitor.at)
    _say(request, sent)
    return address_of(visitor, sent.post)


def _sent(
    request: HttpRequest, visitor: Visitor, form: PostForm, do: Callable[[], str]
) -> HttpResponse | None:
    """Do it once. None for what cannot be written any more since they began.

    They were suspended meanwhile, or what they write to was hidden; their words stay in the form.
    """
    try:
        return do_once(request, visitor, do)
    except CannotWrite:
        form.add_error("words", _("You cannot send this now. Copy your words, so you keep them."))
        return None


def _say(request: HttpRequest, sent: Any) -> None:
    here.say(
        request,
        "held" if sent.held_for else "written",
        "emergency" if sent.is_emergency else "",
        "event" if sent.is_event else "",
    )


def _own(visitor: Visitor, number: str, *, is_hidden_too: bool = False) -> APost:
    found = own_post(visitor.joined, number)
    if found is None or (found.hidden_at is not None and not is_hidden_too):
        raise Http404
    return found


def _about(visitor: Visitor, post: APost) -> dict[str, Any]:
    """The post, its words, and the title it stands under, if the member sees that."""
    title = title_for(visitor.joined, post.topic)
    return {"post": post, "words": words_of(post), "title": title}


def _rule(visitor: Visitor, code: str) -> str:
    return rule_said(visitor.community, code, visitor.language) or code
