"""Which pages a form has, which of them are done, and what the last page before signing shows."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import NamedTuple

from django.utils.translation import gettext as _

from etasu.portals.components.form_pages.section_form import questions_of
from etasu.portals.components.form_pages.words import problem_words
from etasu.portals.components.paper.answers import in_words
from etasu.portals.components.records import SummaryRow
from etasu.safe_use.forms import CONSENT, Question, is_fixed, problems, shown_sections
from etasu.safe_use.program import FormDefinition, FormSection

CONSENTS, CHECK = "consents", "check"
UrlOf = Callable[[str], str]


class Part(NamedTuple):
    """The answers of one section, each with the way to change it."""

    heading: str
    rows: list[SummaryRow]


class Lacking(NamedTuple):
    """Something still wrong or missing: the question, what to do, and where."""

    label: str
    said: str
    url: str


def pages_of(
    definition: FormDefinition, answers: Mapping[str, str], known: Collection[str] = ()
) -> list[str]:
    """The codes of the pages to fill in, in order. A section that asks nothing has none."""
    found = [
        section.code
        for section in definition.sections
        if questions_of(definition, section, answers, known)
    ]
    return [*found, CONSENTS] if definition.offered else found


def page_after(
    definition: FormDefinition, answers: Mapping[str, str], code: str, known: Collection[str] = ()
) -> str:
    """The page that follows; `check` after the last."""
    pages = pages_of(definition, answers, known)
    follows = pages[pages.index(code) + 1 :] if code in pages else pages
    return follows[0] if follows else CHECK


def first_open_page(
    definition: FormDefinition, answers: Mapping[str, str], on: date, known: Collection[str] = ()
) -> str:
    """The first page on which something is wrong or missing; `check` when nothing is."""
    wrong = {each.field for each in problems(definition, answers, on)}
    for code in pages_of(definition, answers, known):
        if wrong & keys_on(definition, answers, code, known):
            return code
    return CHECK


def keys_on(
    definition: FormDefinition, answers: Mapping[str, str], code: str, known: Collection[str] = ()
) -> set[str]:
    """The keys of the answers a page asks for."""
    if code == CONSENTS:
        return {CONSENT + each.code for each in definition.offered}
    section = section_called(definition, code)
    asked = questions_of(definition, section, answers, known) if section else []
    return {each.key for each in asked}


def section_called(definition: FormDefinition, code: str) -> FormSection | None:
    """The section of that code, or None."""
    return next((each for each in definition.sections if each.code == code), None)


def parts(
    definition: FormDefinition, answers: Mapping[str, str], url: UrlOf, known: Collection[str] = ()
) -> list[Part]:
    """Every question asked with its answer, section by section, then the consents."""
    found = [
        Part(section.title, [_row(each, answers, url(section.code), known) for each in asked])
        for section, every in shown_sections(definition, answers)
        if (asked := [each for each in every if _is_worth_showing(each, answers)])
    ]
    if definition.offered:
        change = _("Change")
        rows = [
            SummaryRow(each.name, _consent_words(answers, each.code), url(CONSENTS), change)
            for each in definition.offered
        ]
        found.append(Part(_("What you allow"), rows))
    return found


def lacking(
    definition: FormDefinition, answers: Mapping[str, str], on: date, url: UrlOf
) -> list[Lacking]:
    """What is still wrong or missing, with the page where it is put right."""
    places = {
        key: code
        for code in pages_of(definition, answers)
        for key in keys_on(definition, answers, code)
    }
    labels = {
        each.key: _question_label(each)
        for _section, asked in shown_sections(definition, answers)
        for each in asked
    }
    labels |= {CONSENT + each.code: each.name for each in definition.offered}
    first = next(iter(pages_of(definition, answers)), CHECK)
    return [
        Lacking(
            labels.get(each.field, each.field),
            problem_words(each),
            url(places.get(each.field, first)),
        )
        for each in problems(definition, answers, on)
    ]


def _row(
    question: Question, answers: Mapping[str, str], url: str, known: Collection[str]
) -> SummaryRow:
    said = answers.get(question.key, "")
    value = in_words(question.field, said) if said else _("Not answered")
    if not url or (is_fixed(question.field) and question.key in known):
        return SummaryRow(_question_label(question), value)
    return SummaryRow(_question_label(question), value, url, _("Change"))


def _is_worth_showing(question: Question, answers: Mapping[str, str]) -> bool:
    """Rows nobody began are left out."""
    return question.row is None or question.is_needed or bool(answers.get(question.key))


def _question_label(question: Question) -> str:
    label = question.field.label
    return label if question.row is None else f"{question.row}. {label}"


def _consent_words(answers: Mapping[str, str], code: str) -> str:
    said = answers.get(CONSENT + code)
    return {"yes": _("Yes"), "no": _("No")}.get(said or "", _("Not answered"))
