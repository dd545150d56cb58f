"""What a message says: a title and a text, made of its event and of codes and dates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.dates import day, moment
from etasu.portals.components.lab_words import URGENCIES
from etasu.portals.components.words import role_label
from etasu.portals.standing.event_words import PLANNED, WORDINGS


class Words(NamedTuple):
    """A message as it is read. `lang` is the language of a title the program itself gives."""

    title: str
    text: str
    note: str = ""
    lang: str = ""


def words_of(notice: Any, who: str, zone: str, named: str = "") -> Words:
    """The words of a message about `who`, with moments as they are in the time zone.

    Where there are none, it is what the program calls it.
    """
    known = WORDINGS.get(_variant(notice))
    note = _stands_in(notice.facts)
    if known is None:
        return Words(named or notice.code, "", note, lang="en")
    filled = _filled(notice.facts, who, zone)
    return Words(str(known.title) % filled, str(known.text) % filled, note)


def _variant(notice: Any) -> str:
    """The event, or what it is when it is late, taken back, or its day is yet to come."""
    event, facts = str(notice.event), notice.facts
    if facts.get("is_late"):
        return f"{event}_late"
    if facts.get("taken_back"):
        return f"{facts['taken_back']}_taken_back"
    return PLANNED.get(event, event) if facts.get("planned") else event


def _filled(facts: Mapping[str, Any], who: str, zone: str) -> dict[str, str]:
    return {
        "who": who or _("A participant"),
        "from": day(facts.get("from")),
        "until": day(_date(facts.get("until"))[:10]) or _("never"),
        "moment": moment(facts.get("until"), zone) or _("no set time"),
        "since": day(_date(facts.get("since", facts.get("suspended_from")))),
        "through": day(_date(facts.get("through", facts.get("suspended_until"))))
        or _("when the program lifts it"),
        "on": day(_date(facts.get("on") or facts.get("decertified_on"))),
        "patient": str(facts.get("patient", "")),
        "course": str(facts.get("course", "")),
        "case": str(facts.get("case", "")),
        "draft": str(facts.get("draft", "")),
        "count": str(facts.get("count", "")),
        "pressing": str(facts.get("pressing", "")),
        "patients": ", ".join(facts.get("patients", ())),
        "reason": str(facts.get("reason", "") or _("none")),
        "urgency": str(URGENCIES.get(facts.get("urgency", ""), "")),
    }


def _date(said: Any) -> str:
    """A day as the registry wrote it down; nothing for one that was emptied."""
    return str(said) if said and said != "None" else ""


def _stands_in(facts: Mapping[str, Any]) -> str:
    role = facts.get("nobody_in")
    if not role:
        return ""
    said = _("Nobody acts there as %(role)s now, so this message comes to you.")
    return said % {"role": role_label(role)}
