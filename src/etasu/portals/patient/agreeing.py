"""What the patient states on the form, ticked by nobody else: asked anew of who holds the link."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from etasu.portals.components.forms import Mistake, PortalForm, first_control, sent_form
from etasu.portals.patient import here
from etasu.portals.patient.allowing import first_unsaid, keep_answer, own_answers, steps_of
from etasu.portals.patient.here import SIGN, Holder, by_link
from etasu.safe_use.forms import stated_by
from etasu.safe_use.program import FormField

TICK = gettext_lazy("Tick this if it is so. If it is not, do not sign; talk with your prescriber")


class AgreeForm(PortalForm):
    """One box for each statement."""

    def __init__(self, statements: list[FormField], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for each in statements:
            needed = {"required": TICK}
            field = forms.BooleanField(
                label=each.label, required=each.required, error_messages=needed
            )
            self.add(each.code, field)

    def mistakes(self) -> list[Mistake]:
        """Which statements are not ticked, each in its own words."""
        left = (bound for bound in self if bound.errors)
        return [Mistake(str(bound.label), first_control(bound)) for bound in left]


@by_link(SIGN)
@require_http_methods(["GET", "HEAD", "POST"])
def agree(request: HttpRequest, held: Holder) -> HttpResponse:
    """Every statement of the patient on one page. What an office ticked before counts not here."""
    if held.has_signed:
        return here.see_other("patient:done")
    statements = stated_by(held.form, held.link.role)
    if not statements:
        return here.see_other("patient:read")
    form = AgreeForm(statements, sent_form(request), initial=_said(held))
    is_sound = form.is_valid()
    if request.method == "POST":
        for each in statements:
            said = "yes" if form.cleaned_data.get(each.code) else ""
            if not keep_answer(held, each.code, said):
                return here.see_other("patient:start")
    if is_sound:
        return here.see_other("patient:read")
    context = {
        "form": form,
        "heading": _heading(held, statements[0]),
        "language": held.form.said_in,
        "before": held.form.offered[-1].code if held.form.offered else "",
        "step": steps_of(held) - 2,
        "steps": steps_of(held),
    }
    return here.shown(request, "patient/agree.html", context, held)


def left_to_say(held: Holder) -> HttpResponse | None:
    """The way to the first question the holder has yet to answer; None when there is none."""
    if unsaid := first_unsaid(held):
        return here.see_other("patient:consent", unsaid)
    wanted = {each.code for each in stated_by(held.form, held.link.role) if each.required}
    if wanted - {code for code, said in _said(held).items() if said}:
        return here.see_other("patient:agree")
    return None


def _heading(held: Holder, statement: FormField) -> str:
    """The form's own title above the statements, which is read here and not again on the form."""
    return next(each.title for each in held.form.sections if statement in each.fields)


def _said(held: Holder) -> dict[str, bool]:
    own = own_answers(held)
    return {each.code: own.get(each.code) == "yes" for each in stated_by(held.form, held.link.role)}
