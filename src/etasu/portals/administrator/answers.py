"""How the answers do: which are read, what is searched in vain, and what to look over again."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from etasu.portals.administrator.here import Here, here
from etasu.portals.components.dates import short_day
from etasu.portals.components.records import Cell, WorklistTable
from etasu.portals.requests import PortalRequest
from etasu.programs import library
from etasu.programs.answers import Answer, overdue
from etasu.registry.education.answer_counts import missed_words, most_read
from etasu.safe_use.program import ENGLISH

_MOST_WORDS, _MOST_ANSWERS = 50, 20
_A_YEAR = timedelta(days=365)


@require_safe
def answers(request: PortalRequest) -> HttpResponse:
    """The answers of the program, by what people do with them."""
    where = here(request)
    known = {each.code: each for each in _answers(where)}
    tables = [_overdue(where, known), _missed(where), _read(where, known)]
    return render(request, "administrator/answers.html", {"tables": tables, "known": known})


def _answers(where: Here) -> tuple[Answer, ...]:
    loaded = library.current().programs[where.asker.program]
    return loaded.answers.get(where.version.label, ())


def _overdue(where: Here, known: dict[str, Answer]) -> WorklistTable:
    return WorklistTable(
        caption=_("To look over again"),
        columns=(_("Answer"), _("For whom"), _("Looked over"), _("Again by")),
        rows=[
            [
                _cell(where, each),
                Cell(_audience(each)),
                Cell(short_day(each.reviewed_on)),
                Cell(short_day(each.next_review)),
            ]
            for each in overdue(known.values(), where.today)
        ],
        empty=_("Every answer was looked over in time."),
    )


def _missed(where: Here) -> WorklistTable:
    languages = {"en": _("English"), "es": _("Spanish")}
    return WorklistTable(
        caption=_("Words of searches that found nothing"),
        columns=(_("Word"), _("Language of the page"), _("Times"), _("Last")),
        rows=[
            [
                Cell(each.word),
                Cell(languages.get(each.language, each.language)),
                Cell(str(each.times), is_number=True),
                Cell(short_day(each.last_on)),
            ]
            for each in missed_words(where.asker.program, _MOST_WORDS)
        ],
        empty=_("No word was searched in vain three times or more."),
    )


def _read(where: Here, known: dict[str, Answer]) -> WorklistTable:
    found = most_read(where.asker.program, where.today - _A_YEAR, _MOST_ANSWERS)
    return WorklistTable(
        caption=_("Read most in the last twelve months"),
        columns=(_("Answer"), _("For whom"), _("Times")),
        rows=[
            [_cell(where, known[code]), Cell(_audience(known[code])), Cell(str(times))]
            for code, times in found
            if code in known
        ],
        empty=_("Nobody has opened an answer yet."),
    )


def _cell(where: Here, answer: Answer) -> Cell:
    names = {"program": where.asker.program, "answer": answer.code}
    return Cell(answer.said(ENGLISH).question, url=reverse("public:answer", kwargs=names))


def _audience(answer: Answer) -> str:
    names = {"patients": _("For patients"), "professionals": _("For US healthcare professionals")}
    return names[answer.audience]
