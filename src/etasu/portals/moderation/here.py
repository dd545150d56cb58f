"""What every page of moderators asks: the community, who wrote, and who reads a post by now."""

from __future__ import annotations

from django.http import Http404
from django.utils.translation import gettext as _

from etasu.portals.components.community import name_of
from etasu.portals.components.program_here import program_today
from etasu.portals.requests import PortalRequest
from etasu.registry.community.facts import AMember, APost
from etasu.safe_use.community import Community


def community_here(request: PortalRequest) -> Community:
    """The community of the program; one without any is not found."""
    community = program_today(request).version.community
    if community is None:
        raise Http404
    return community


def author(member: AMember) -> str:
    """The name others see; moderators know no other."""
    return name_of(member) or _("A former member")


def state_of(post: APost) -> str:
    """Who reads a post by now; nothing for what every member reads."""
    if post.deleted_at is not None:
        return _("Its author deleted it")
    if post.hidden_at is not None:
        return _("Hidden: only its author sees it")
    return "" if post.shown_at is not None else _("Waits: only its author sees it")
