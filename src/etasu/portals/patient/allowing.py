"""What a form offers to allow, asked of the patient one by one; nothing is chosen beforehand."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from etasu.portals.components.forms import PortalForm, sent_form
from etasu.portals.patient import here
from etasu.portals.patient.here import SIGN, Holder, by_link
from etasu.registry.patients.telling import tell_declined
from etasu.registry.submissions.actions import DraftClosed, save_answers
from etasu.registry.submissions.facts import current_rows
from etasu.safe_use.forms import CONSENT, stated_by

ANSWERS = (("yes", gettext_lazy("Yes, I allow this")), ("no", gettext_lazy("No")))


class AllowForm(PortalForm):
    """Yes or no to one thing."""

    allow = forms.ChoiceField(
        choices=ANSWERS,
        widget=forms.RadioSelect(attrs={"class": "usa-radio__input--tile"}),
        error_messages={
            "required": gettext_lazy("Choose yes or no"),
            "invalid_choice": gettext_lazy("Choose yes or no"),
        },
    )

    def __init__(self, label: str, *args: Any, is_needed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["allow"].label = label
        self.is_needed = is_needed

    def clean_allow(self) -> str:
        """Without a consent that taking part rests on the form cannot be signed."""
        said: str = self.cleaned_data["allow"]
        if said == "no" and self.is_needed:
            raise forms.ValidationError(
                _(
                    "Your answer is kept. You do not have to allow this, but without it this form "
                    "cannot be signed. Change your answer, or leave and talk with your prescriber."
                )
            )
        return said


@by_link(SIGN)
@require_safe
def welcome(request: HttpRequest, held: Holder) -> HttpResponse:
    """What this is about, how long it takes, and what will happen."""
    if held.has_signed:
        return here.see_other("patient:done")
    context = {"form_name": held.form.name, "steps": steps_of(held), "begin": _first_page(held)}
    return here.shown(request, "patient/welcome.html", context, held)


@by_link(SIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, held: Holder, code: str) -> HttpResponse:
    """One thing to allow or not, with its text and what taking it back does."""
    if held.has_signed:
        return here.see_other("patient:done")
    offered = held.form.offered
    place = next((at for at, each in enumerate(offered) if each.code == code), None)
    if place is None:
        raise Http404
    text = offered[place]
    form = AllowForm(
        _("Do you allow this?"),
        sent_form(request),
        is_needed=text.needed,
        initial={"allow": said_here(held).get(code, "")},
    )
    is_sound = form.is_valid()
    said = form.data.get("allow", "")
    if said in ("yes", "no") and not keep_answer(held, CONSENT + code, said):
        return here.see_other("patient:start")
    if said == "no" and text.needed:
        tell_declined(held.link, by=held.actor, at=held.at)
    if is_sound:
        after = [each.code for each in offered[place + 1 :]]
        if after:
            return here.see_other("patient:consent", after[0])
        return here.see_other("patient:agree")
    before = offered[place - 1].code if place else ""
    context = {
        "form": form,
        "text": text,
        "before": before,
        "step": place + 1,
        "steps": steps_of(held),
    }
    return here.shown(request, "patient/consent.html", context, held)


def own_answers(held: Holder) -> dict[str, str]:
    """The answers on record that the holder of the link gave, by key."""
    rows = current_rows(held.draft)
    return {key: row.value for key, row in rows.items() if row.saved_by == held.actor.number}


def said_here(held: Holder) -> dict[str, str]:
    """What the holder of the link answered; what others answered before counts for nothing here."""
    mine = own_answers(held)
    return {each.code: mine.get(CONSENT + each.code, "") for each in held.form.offered}


def first_unsaid(held: Holder) -> str:
    """The first consent the holder has not answered yet, or needs to answer anew; "" for none."""
    said = said_here(held)
    for each in held.form.offered:
        if not said[each.code] or (each.needed and said[each.code] != "yes"):
            return each.code
    return ""


def steps_of(held: Holder) -> int:
    """How many pages there are: one for each consent, the statements, then reading and signing."""
    return len(held.form.offered) + bool(stated_by(held.form, held.link.role)) + 2


def _first_page(held: Holder) -> str:
    return held.form.offered[0].code if held.form.offered else ""


def keep_answer(held: Holder, key: str, said: str) -> bool:
    """Keep the answer as the holder's own, even where somebody else gave the same before."""
    draft = held.draft
    try:
        row = current_rows(draft).get(key)
        if row is not None and row.value == said and row.saved_by != held.actor.number:
            emptied = save_answers(
                draft, {key: ""}, seen_revision=draft.revision, by=held.actor, at=held.at
            )
            draft.revision = emptied.revision
        save_answers(draft, {key: said}, seen_revision=draft.revision, by=held.actor, at=held.at)
    except DraftClosed:
        return False
    return True
