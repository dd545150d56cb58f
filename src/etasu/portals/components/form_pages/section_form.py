"""The questions of one section, or the consents of a form, as a page to fill in."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext_lazy as _

from etasu.portals.components.form_pages.fields import AnswerField, page_field
from etasu.portals.components.form_pages.words import problem_words
from etasu.portals.components.forms import PortalForm
from etasu.portals.components.paper.answers import condition
from etasu.registry.accounts.access import PATIENT
from etasu.safe_use.form_checks import Wrong
from etasu.safe_use.forms import (
    CONSENT,
    Question,
    is_asked,
    is_fixed,
    problems_of,
    questions,
)
from etasu.safe_use.program import ConsentText, FormDefinition, FormField, FormSection

YES_NO = (("yes", _("Yes, I allow this")), ("no", _("No")))


class Asked(NamedTuple):
    """A field of the page: when it is asked, in words and as `name=answer` for the script."""

    bound: forms.BoundField
    when: str
    shown_when: str


class SectionForm(PortalForm):
    """The questions of one section that a person answers. `known` are keys the platform filled."""

    def __init__(
        self,
        definition: FormDefinition,
        section: FormSection,
        answers: Mapping[str, str],
        on: date,
        data: Any = None,
        known: frozenset[str] = frozenset(),
    ) -> None:
        super().__init__(data, initial=dict(answers))
        self.definition, self.section, self.on = definition, section, on
        self.saved = dict(answers)
        self.knows_some = bool(known & {field.code for field in section.fields})
        self._sent: dict[str, str] = {}
        self.statements = {each.code for each in section.fields if each.stated_by == PATIENT}
        for question in questions_of(definition, section, answers, known):
            self.add(question.key, page_field(question))

    def given(self) -> dict[str, str]:
        """What was sent, by key, empty answers too."""
        return dict(self._sent)

    def clean(self) -> dict[str, Any]:
        """What the program's own checks say of these answers among the others."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        # Before anything is found wrong, for what is wrong is saved all the same.
        self._sent = {key: str(cleaned.get(key, "")) for key in self.fields}
        among = self.saved | self._sent
        for problem in problems_of(self.definition, among, self.on, self.fields.keys()):
            if problem.code is Wrong.MISSING and problem.field in self.statements:
                # The patient's own: ticked here together with them, or by the link they get.
                continue
            self.add_error(problem.field, problem_words(problem))
            self.fields[problem.field].widget.attrs["data-wrong"] = problem.code
        return cleaned

    @property
    def only_missing(self) -> bool:
        """Whether all that is wrong are questions not answered yet."""
        wrong = {
            self.fields[name].widget.attrs.get("data-wrong")
            for name in self.errors
            if name in self.fields
        }
        return wrong <= {Wrong.MISSING}

    def asked(self) -> list[Asked]:
        """The fields in order, each with what it depends on."""
        found = []
        for bound in self:
            field: AnswerField = bound.field  # type: ignore[assignment]
            question = field.question
            on_what = _name_of_condition(question, self.fields)
            when = condition(question.field, self.definition) if on_what else ""
            found.append(Asked(bound, when, on_what))
        return found


class ConsentsForm(PortalForm):
    """What a person may allow, each by itself; nothing is ticked beforehand."""

    def __init__(
        self, definition: FormDefinition, answers: Mapping[str, str], data: Any = None
    ) -> None:
        super().__init__(data, initial=dict(answers))
        self.definition = definition
        for consent in definition.offered:
            field = forms.ChoiceField(
                label=consent.name,
                choices=YES_NO,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Answer this question"),
                    "invalid_choice": _("Choose one of the answers offered"),
                },
            )
            self.add(CONSENT + consent.code, field)

    def clean(self) -> dict[str, Any]:
        """A consent the form is not complete without is asked for here, not at the end."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for consent in self.definition.offered:
            if consent.needed and cleaned.get(CONSENT + consent.code) == "no":
                said = _("This form is not complete without this consent")
                self.add_error(CONSENT + consent.code, said)
        return cleaned

    only_missing = False

    def given(self) -> dict[str, str]:
        """What was sent, by key."""
        return {key: str(self.data.get(key, "")) for key in self.fields}

    def offered(self) -> list[tuple[ConsentText, forms.BoundField]]:
        """Each consent with its field."""
        return [(each, self[CONSENT + each.code]) for each in self.definition.offered]


def questions_of(
    definition: FormDefinition,
    section: FormSection,
    answers: Mapping[str, str],
    known: Collection[str] = (),
) -> list[Question]:
    """The questions a person answers on the page of a section; not those the platform answered.

    One that depends on another of the same page is there as well: nobody knows that answer yet.
    """
    alone = replace(definition, sections=(section,))
    found = list(questions(alone))
    here = {field.code for _key, field, _row in found}
    return [
        Question(key, field, row, field.required and row is None)
        for key, field, row in found
        if not (is_fixed(field) and key in known)
        and (_depends_on(field) in here or is_asked(field, answers, row))
    ]


def fixed_answers(
    section: FormSection, answers: Mapping[str, str], known: Collection[str]
) -> list[tuple[FormField, str]]:
    """Question and answer of what the platform answered itself in a section."""
    return [
        (field, answers[field.code])
        for field in section.fields
        if is_fixed(field) and field.code in known
    ]


def _depends_on(field: Any) -> str:
    return (field.shown_when or "").partition("=")[0]


def _name_of_condition(question: Question, names: Mapping[str, Any]) -> str:
    """`name=answer` when the question depends on another of this page; else empty."""
    code, _equals, answer = (question.field.shown_when or "").partition("=")
    for name in (f"{code}.{question.row}", code):
        if code and name in names:
            return f"{name}={answer}"
    return ""
