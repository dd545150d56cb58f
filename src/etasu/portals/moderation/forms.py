"""What moderators fill in: a decision about a post, and an answer to an appeal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import PortalForm
from etasu.registry.community.moderating import NO_RULE, Verdict
from etasu.safe_use.community import Community

LEAVE, HIDE = "leave", "hide"
UPHOLD, SHOW = "uphold", "show"
_LONGEST_REASON = 1000


class VerdictForm(PortalForm):
    """Leave a post, or hide it by a rule, with a reason its author reads."""

    # What may be left out depends on the decision, and is asked for then.
    marks_optional = False

    verdict = forms.ChoiceField(
        label=gettext_lazy("What do you decide?"),
        choices=[
            (LEAVE, gettext_lazy("Everybody may read it")),
            (HIDE, gettext_lazy("Hide it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you decide")},
    )
    rule = forms.ChoiceField(
        label=gettext_lazy("Which rule does it break?"),
        help_text=gettext_lazy("Only if you hide it."),
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("What should the author know?"),
        help_text=gettext_lazy("They read this. Say what they can do better."),
        max_length=_LONGEST_REASON,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    days = forms.IntegerField(
        label=gettext_lazy("For how many days may they not write?"),
        help_text=gettext_lazy("Leave it empty, or enter 0, if they may go on."),
        required=False,
        min_value=0,
        widget=forms.TextInput(attrs={"class": "input--short", "inputmode": "numeric"}),
        error_messages={
            "invalid": gettext_lazy("Enter a number, such as 7"),
            "min_value": gettext_lazy("Enter a number, such as 7"),
        },
    )

    read = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(
        self,
        *args: Any,
        community: Community,
        language: str,
        is_settled: bool = False,
        is_emergency: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        if is_settled:
            # Everybody reads it and nobody reported it: to hide it is all there is to decide.
            self.fields["verdict"].widget = forms.HiddenInput()
            self.initial["verdict"] = HIDE
            self.fields["rule"].help_text = ""
        self.longest = community.longest_suspension
        rules = [(each.code, each.said(language).text) for each in community.rules]
        field: Any = self.fields["rule"]
        none = [(NO_RULE, _("None, but others should not read it now"))] if is_emergency else []
        field.choices = [("", _("Choose a rule")), *none, *rules]

    def clean(self) -> dict[str, Any]:
        """Whoever hides says why, and suspends for no longer than the program lets."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("verdict") == HIDE:
            self._check_why(said)
        if (said.get("days") or 0) > self.longest:
            most = _("Enter %(days)s days at most") % {"days": self.longest}
            self.add_error("days", most)
        return said

    def _check_why(self, said: dict[str, Any]) -> None:
        if said.get("rule") == "":
            self.add_error("rule", _("Choose the rule it breaks"))
        if said.get("reason") == "":
            self.add_error("reason", _("Say why; the author reads it"))
        if said.get("rule") == NO_RULE and said.get("days"):
            self.add_error("days", _("Leave it empty: the post breaks no rule"))

    def decided(self) -> Verdict:
        """The decision."""
        said = self.cleaned_data
        if said["verdict"] == LEAVE:
            return Verdict(hides=False, read=said["read"])
        return Verdict(True, said["rule"], said["reason"], said["days"] or 0, said["read"])


class AppealAnswerForm(PortalForm):
    """Let a decision stand, or take it back; the author reads why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("What do you decide?"),
        choices=[
            (UPHOLD, gettext_lazy("It stays hidden")),
            (SHOW, gettext_lazy("Show it again, and end a suspension for it")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you decide")},
    )
    answer = forms.CharField(
        label=gettext_lazy("What should the author know?"),
        max_length=_LONGEST_REASON,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say why; the author reads it")},
    )
