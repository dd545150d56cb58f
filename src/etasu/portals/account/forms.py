"""The forms of the account pages."""

from __future__ import annotations

from typing import Any, TypeVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.forms import NameField, PortalForm, sent_form
from etasu.registry.accounts.facts import Person
from etasu.registry.accounts.passwords import LONGEST
from etasu.registry.accounts.registration import check_new_password
from etasu.safe_use.contacts import email_ok, phone_ok

SHOW = "show"


def _email_is_possible(value: str) -> None:
    if not email_ok(value.strip()):
        raise ValidationError(_("Enter an e-mail address like name@example.com"))


def email_field(label: Any, autocomplete: str) -> forms.CharField:
    """A field for an e-mail address."""
    return forms.CharField(
        label=label,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": autocomplete, "spellcheck": "false"}),
        validators=[_email_is_possible],
        error_messages={"required": gettext_lazy("Enter your e-mail address")},
    )


def password_field(label: Any, autocomplete: str, help_text: Any = "") -> forms.CharField:
    """A field for a password, which may be pasted and shown."""
    attrs = {"autocomplete": autocomplete, "data-password": "", "spellcheck": "false"}
    return forms.CharField(
        label=label,
        strip=False,
        max_length=LONGEST,
        help_text=help_text,
        widget=forms.PasswordInput(attrs=attrs),
        error_messages={"required": gettext_lazy("Enter a password")},
    )


def code_field(label: Any, help_text: Any = "", *, is_digits: bool = True) -> forms.CharField:
    """A field for a code somebody reads from an app, a message or a sheet of paper."""
    attrs = {"autocomplete": "one-time-code", "class": "input--short", "spellcheck": "false"}
    if is_digits:
        attrs["inputmode"] = "numeric"
    return forms.CharField(
        label=label,
        max_length=40,
        help_text=help_text,
        widget=forms.TextInput(attrs=attrs),
        error_messages={"required": gettext_lazy("Enter the code")},
    )


class ShowingForm(PortalForm):
    """A form whose passwords can be shown, with a script or by sending the form."""

    shows_password = False

    def show_passwords(self, shown: bool) -> None:
        """Fill in what was typed, readable or not."""
        self.shows_password = shown
        for field in self.fields.values():
            if isinstance(field.widget, forms.PasswordInput):
                field.widget.render_value = True
                field.widget.input_type = "text" if shown else "password"


Showing = TypeVar("Showing", bound=ShowingForm)


def opened(form_class: type[Showing], request: HttpRequest, **kwargs: Any) -> Showing:
    """The form as sent; not yet looked at when only its password is to be shown or hidden."""
    if request.method == "POST" and SHOW in request.POST:
        form = form_class(initial=request.POST.dict(), **kwargs)
        form.show_passwords(request.POST[SHOW] == "yes")
        return form
    return form_class(sent_form(request), **kwargs)


class NewPassword(ShowingForm):
    """A password chosen now, once: it can be shown, so nobody types it twice."""

    password = password_field(
        gettext_lazy("Password"),
        "new-password",
        gettext_lazy("At least 15 characters. Four or more unrelated words are easy to remember."),
    )

    def __init__(self, *args: Any, person: Person | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any] | None:
        """A password that is long enough and not tried first."""
        given = super().clean()
        chosen = self.cleaned_data.get("password")
        if chosen:
            try:
                check_new_password(chosen, self.person, self.cleaned_data.get("email", ""))
            except ValidationError as refused:
                self.add_error("password", _why(refused))
        return given


class Registration(NewPassword):
    """Registering oneself."""

    email = email_field(gettext_lazy("E-mail address"), "username")
    field_order = ("email", "password")


class WithoutMail(NewPassword):
    """Two codes in place of a message to an address that can no longer be read."""

    email = email_field(gettext_lazy("E-mail address of your account"), "username")
    code = code_field(gettext_lazy("Code from your authenticator app"))
    recovery_code = code_field(gettext_lazy("Recovery code"), is_digits=False)
    field_order = ("email", "code", "recovery_code", "password")


class MailedCode(PortalForm):
    """The code from a message."""

    code = code_field(gettext_lazy("Code from the message"))


class PasswordToConfirm(ShowingForm):
    """The password the registration began with, when the link is opened elsewhere."""

    password = password_field(
        gettext_lazy("The password you chose when you registered"), "current-password"
    )


class AskAddress(PortalForm):
    """The address of an account."""

    email = email_field(gettext_lazy("E-mail address"), "username")


class AppCode(PortalForm):
    """The code an authenticator app shows."""

    code = code_field(gettext_lazy("Code from your authenticator app"))


class RecoveryCode(PortalForm):
    """One of the recovery codes."""

    code = code_field(gettext_lazy("Recovery code"), is_digits=False)


class NewPasskey(PortalForm):
    """What the device made, and what to call it."""

    name = forms.CharField(
        label=gettext_lazy("Name for this passkey"),
        max_length=60,
        help_text=gettext_lazy("So that you know it again, such as: work laptop."),
        error_messages={"required": gettext_lazy("Give the passkey a name")},
    )
    passkey = forms.CharField(required=False, max_length=20_000, widget=forms.HiddenInput())


class ProfileForm(PortalForm):
    """How to address and reach somebody."""

    full_name = NameField(
        label=gettext_lazy("Full name"),
        help_text=gettext_lazy("As it should stand under what you sign."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
        error_messages={"required": gettext_lazy("Enter your full name")},
    )
    telephone = forms.CharField(
        label=gettext_lazy("Telephone"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "tel", "inputmode": "tel"}),
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("Time zone"))
    language = forms.ChoiceField(
        label=gettext_lazy("Language of messages"), choices=lambda: settings.LANGUAGES
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = str(self.initial.get("time_zone", ""))
        zones = dict(TIME_ZONES) | ({own: own} if own and own not in dict(TIME_ZONES) else {})
        self.fields["time_zone"].choices = list(zones.items())  # type: ignore[attr-defined]

    def clean_telephone(self) -> str:
        """A number that can be one."""
        typed: str = self.cleaned_data["telephone"].strip()
        if typed and not phone_ok(typed):
            raise ValidationError(_("Enter a US telephone number, such as 555-555-0142."))
        return typed


# Looking for them goes through the files of every zone.
_ZONES_HERE = available_timezones()
TIME_ZONES = tuple(
    (zone, label)
    for zone, label in (
        ("America/New_York", gettext_lazy("Eastern")),
        ("America/Chicago", gettext_lazy("Central")),
        ("America/Denver", gettext_lazy("Mountain")),
        ("America/Phoenix", gettext_lazy("Arizona")),
        ("America/Los_Angeles", gettext_lazy("Pacific")),
        ("America/Anchorage", gettext_lazy("Alaska")),
        ("Pacific/Honolulu", gettext_lazy("Hawaii")),
        ("America/Puerto_Rico", gettext_lazy("Puerto Rico and the Virgin Islands")),
        ("Pacific/Guam", gettext_lazy("Guam and the Northern Marianas")),
        ("Pacific/Pago_Pago", gettext_lazy("American Samoa")),
    )
    if zone in _ZONES_HERE
)


def _why(refused: ValidationError) -> list[str]:
    """What is wrong with a password, in our words."""
    found = []
    for each in refused.error_list:
        if each.code == "password_too_short":
            found.append(_("Choose a password of at least 15 characters."))
        elif each.code in ("password_too_common", "password_too_similar"):
            found.append(
                _("This password is too easy to guess. Four or more unrelated words are better.")
            )
        else:
            found += each.messages
    return list(dict.fromkeys(found))
