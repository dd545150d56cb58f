"""Boards and topics, and what members do with what they read."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from etasu.portals.community import here
from etasu.portals.community.forms import SOMETHING_ELSE, ReportForm
from etasu.portals.community.here import Visitor, do_once, for_members, shown
from etasu.portals.community.words import shown_posts, spoken
from etasu.portals.components.community import POSTS, TOPICS, name_of, on_its_page, shown_topics
from etasu.portals.components.forms import sent_form
from etasu.registry.community.answering import (
    Complaint,
    block_author,
    follow_topic,
    nod_to,
    read_topic,
    report_post,
    unblock,
)
from etasu.registry.community.boards import topics_for
from etasu.registry.community.facts import (
    APost,
    ATopic,
    follows,
    post_for,
    posts_for,
    same_person,
    title_for,
    topic_for,
)

_page = require_http_methods(["GET", "HEAD", "POST"])


@for_members
@require_safe
def board(request: HttpRequest, visitor: Visitor, slug: str) -> HttpResponse:
    """The topics of a board, the newest answer first."""
    found = visitor.community.board(slug)
    if found is None:
        raise Http404
    page = Paginator(topics_for(visitor.joined, slug), TOPICS).get_page(request.GET.get("page"))
    context = {
        "board": slug,
        "name": spoken(found, visitor.language),
        "topics": shown_topics(page.object_list),
        "page": page,
    }
    return shown(request, visitor, "community/board.html", context)


@for_members
@require_safe
def topic(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """What this member sees of a topic; what they follow is read by that."""
    found, member = topic_here(visitor, number), visitor.joined
    if request.method == "GET":
        read_topic(found, member, by=visitor.actor, at=visitor.at)
    seen = posts_for(member, found)
    page = Paginator(seen, POSTS).get_page(request.GET.get("page"))
    posts = list(page.object_list)
    board_found = visitor.community.board(found.board)
    context = {
        "topic": found,
        "title": title_for(member, found),
        "board": spoken(board_found, visitor.language) if board_found is not None else "",
        "posts": shown_posts(posts, member, visitor.community, visitor.language),
        "page": page,
        "follows": follows(member, found),
        "can_answer": seen.filter(shown_at__isnull=False).exists(),
    }
    return shown(request, visitor, "community/topic.html", context)


@for_members
@require_POST
def follow(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Hear of what is new there, or no more."""
    found, wanted = topic_here(visitor, number), request.POST.get("wanted") == "yes"
    follow_topic(found, visitor.joined, wanted, by=visitor.actor, at=visitor.at)
    here.say(request, "followed" if wanted else "unfollowed")
    return redirect("community:topic", number)


@for_members
@require_POST
def nod(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Answer a post without words, or take that back."""
    post = post_here(visitor, number)

    def do() -> str:
        kind = request.POST.get("kind", "")
        nod_to(post, visitor.joined, kind, by=visitor.actor, at=visitor.at)
        return address_of(visitor, post)

    return do_once(request, visitor, do)


@for_members
@_page
def block(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """See nothing more of whoever wrote a post: what that means first, then the button."""
    post = others_post(visitor, number)
    if request.method == "POST":

        def do() -> str:
            block_author(post, visitor.joined, by=visitor.actor, at=visitor.at)
            here.say(request, "blocked")
            return reverse("community:board", args=[post.topic.board])

        return do_once(request, visitor, do)
    context = {"author": name_of(post.member), "back_url": address_of(visitor, post)}
    return shown(request, visitor, "community/block.html", context)


@for_members
@require_POST
def see_again(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """See again what a blocked member writes, and be seen by them."""
    unblock(number, visitor.joined, by=visitor.actor, at=visitor.at)
    here.say(request, "unblocked")
    return redirect("community:mine")


@for_members
@_page
def report(request: HttpRequest, visitor: Visitor, number: str) -> HttpResponse:
    """Tell a moderator of a post."""
    post = others_post(visitor, number)
    form = ReportForm(sent_form(request), community=visitor.community, language=visitor.language)
    if form.is_valid():
        said = form.cleaned_data
        rule = "" if said["rule"] == SOMETHING_ELSE else said["rule"]
        complaint = Complaint(rule, said["words"])

        def do() -> str:
            report_post(post, visitor.joined, complaint, by=visitor.actor, at=visitor.at)
            here.say(request, "reported")
            return address_of(visitor, post)

        return do_once(request, visitor, do)
    return shown(
        request,
        visitor,
        "community/report.html",
        {
            "form": form,
            "title": title_for(visitor.joined, post.topic),
            "back_url": address_of(visitor, post),
        },
    )


def address_of(visitor: Visitor, post: APost) -> str:
    """Where the member reads the post: the page of its topic that it is on."""
    there = reverse("community:topic", args=[post.topic.number])
    return on_its_page(there, posts_for(visitor.joined, post.topic), post)


def topic_here(visitor: Visitor, number: str) -> ATopic:
    """The topic of that number, as far as the member sees it."""
    found = topic_for(visitor.joined, number)
    if found is None:
        raise Http404
    return found


def post_here(visitor: Visitor, number: str) -> APost:
    """The post of that number, as far as the member sees it."""
    found = post_for(visitor.joined, number)
    if found is None:
        raise Http404
    return found


def others_post(visitor: Visitor, number: str) -> APost:
    """The post of that number, when somebody else wrote it."""
    post = post_here(visitor, number)
    if post.member_id in same_person(visitor.joined):
        raise Http404
    return post
