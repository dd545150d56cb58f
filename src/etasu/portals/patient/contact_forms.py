"""How a patient is reached, as a form: their own, and with how it was learned for others."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext_lazy

from etasu.portals.account.forms import TIME_ZONES
from etasu.portals.components.form_pages.words import SAID
from etasu.portals.components.forms import PortalForm
from etasu.portals.patient.on_behalf import WAYS
from etasu.registry.patients.contacts import ContactDetails, NotAContact, changed_columns
from etasu.safe_use.contacts import STATES
from etasu.safe_use.form_checks import Wrong

_OFFERED: dict[str, Any] = {
    "required": SAID[Wrong.NOT_OFFERED],
    "invalid_choice": SAID[Wrong.NOT_OFFERED],
}
_NO_WAY = gettext_lazy(
    "Enter a telephone number or an e-mail address. Without one, no reminder arrives"
)


class ContactForm(PortalForm):
    """Telephone, e-mail, place, language and time zone."""

    marks_optional = False

    telephone = forms.CharField(
        label=gettext_lazy("Telephone"),
        help_text=gettext_lazy("Text messages go to this number."),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        required=False,
        widget=forms.TextInput(attrs={"type": "email", "autocomplete": "email"}),
    )
    city = forms.CharField(
        label=gettext_lazy("City"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        choices=[("", gettext_lazy("Choose a state")), *STATES.items()],
        required=False,
        error_messages={"invalid_choice": SAID[Wrong.NOT_STATE]},
    )
    zip_code = forms.CharField(
        label=gettext_lazy("ZIP Code"),
        max_length=10,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "postal-code"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("It follows a new ZIP Code, unless you choose another one here."),
        error_messages=_OFFERED,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of messages"),
        widget=forms.RadioSelect,
        error_messages=_OFFERED,
    )
    # What was on record when this was shown, so that nobody undoes somebody else's change.
    mark = forms.CharField(max_length=64, required=False, widget=forms.HiddenInput)

    def __init__(self, sent: QueryDict | None, known: ContactDetails) -> None:
        super().__init__(sent, initial={**known._asdict(), "mark": known.mark})
        # What is on record can stay, whatever is offered.
        for name, offered in (("time_zone", TIME_ZONES), ("language", settings.LANGUAGES)):
            choices: dict[str, Any] = dict(offered)
            own = getattr(known, name)
            choices.setdefault(own, own)
            self.fields[name].choices = list(choices.items())  # type: ignore[attr-defined]

    def contact(self) -> ContactDetails:
        """What was said."""
        return ContactDetails(**{name: self.cleaned_data[name] for name in ContactDetails._fields})

    def show_wrong(self, refused: NotAContact) -> None:
        """Say at each field what cannot be right."""
        for name, wrong in refused.wrong.items():
            self.add_error(name, str(_NO_WAY if wrong is Wrong.MISSING else SAID[wrong]))

    def typed_otherwise(self, now: ContactDetails) -> list[tuple[str, str]]:
        """What was typed and is not what is on record now, by label."""
        typed = self.contact()
        return [
            (str(self.fields[name].label), str(getattr(typed, name)) or "–")
            for name in changed_columns(typed, now)
        ]


class ToldContactForm(ContactForm):
    """The same by somebody else, who says in which way the patient told it."""

    how = forms.ChoiceField(
        label=gettext_lazy("How did the patient tell it?"),
        choices=WAYS,
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Say how the patient told it"),
            "invalid_choice": SAID[Wrong.NOT_OFFERED],
        },
    )
