"""What the pages of the clerks ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.components.confirming import ConfirmingForm
from etasu.portals.components.form_pages.fields import page_field
from etasu.portals.components.forms import DayInput, NameField, NumberField, PortalForm, ReasonForm
from etasu.portals.components.words import capital
from etasu.portals.intake.words import CHANNELS
from etasu.safe_use.contacts import phone_ok
from etasu.safe_use.forms import Question
from etasu.safe_use.program import ProgramVersion, Signer

# For what is needed as long as no printed form number is given.
_UNLESS_NUMBERED = gettext_lazy("Needed unless you gave a form number above")
_SHORT = {"class": "input--short"}


class ReceiveForm(PortalForm):
    """A document that came by mail or fax."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How it came"),
        choices=[(code, CHANNELS[code]) for code in ("fax", "paper")],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it came")},
    )
    reached_on = forms.DateField(
        label=gettext_lazy("Day it reached us"),
        widget=DayInput(attrs=_SHORT),
        error_messages={"required": gettext_lazy("Enter the day it reached us")},
    )
    file = forms.FileField(
        label=gettext_lazy("Document"),
        help_text=gettext_lazy("PDF, PNG, JPEG or TIFF, at most 10 MB. It is kept as it is."),
        widget=forms.FileInput(attrs={"accept": ".pdf,.png,.jpg,.jpeg,.tif,.tiff"}),
        error_messages={
            "required": gettext_lazy("Choose the file"),
            "empty": gettext_lazy("This file is empty. Choose another."),
        },
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_reached_on(self) -> date:
        """Nothing reaches us tomorrow."""
        found: date = self.cleaned_data["reached_on"]
        if found > self.today:
            raise forms.ValidationError(_("This day is yet to come. Enter today or a day before"))
        return found


class CallForm(PortalForm):
    """Somebody called."""

    caller_name = NameField(
        label=gettext_lazy("Who called"),
        error_messages={"required": gettext_lazy("Enter the name of whoever called")},
    )
    call_back = forms.CharField(
        label=gettext_lazy("Number to call back"),
        help_text=gettext_lazy("With the area code"),
        max_length=40,
        widget=forms.TextInput(attrs={"inputmode": "tel", **_SHORT}),
        error_messages={"required": gettext_lazy("Enter the number to call back")},
    )

    def clean_call_back(self) -> str:
        """A number that can be called."""
        found: str = self.cleaned_data["call_back"].strip()
        if not phone_ok(found):
            raise forms.ValidationError(_("Enter a US telephone number, such as 617-555-0142"))
        return found


class OpenForm(PortalForm):
    """Which form a document is, and about whom."""

    draft = NumberField(
        label=gettext_lazy("Form number"),
        help_text=gettext_lazy(
            "If the form was printed from here it has one, and its answers are on record already."
        ),
        required=False,
    )
    form = forms.ChoiceField(
        label=gettext_lazy("Which form is it?"), help_text=_UNLESS_NUMBERED, required=False
    )
    signed_on = forms.DateField(
        label=gettext_lazy("Day of the last signature on it"),
        help_text=_UNLESS_NUMBERED,
        widget=DayInput(attrs=_SHORT),
        required=False,
    )
    patient = NumberField(
        label=gettext_lazy("Patient number"),
        help_text=gettext_lazy("For a form about a patient who is enrolled"),
        required=False,
    )
    participant = forms.CharField(
        label=gettext_lazy("Prescriber or site: NPI or number"),
        help_text=gettext_lazy("Of the prescriber who enrolls a new patient, or whose form it is"),
        max_length=40,
        required=False,
        widget=forms.TextInput(attrs=_SHORT),
    )
    course = forms.IntegerField(
        label=gettext_lazy("Course"),
        help_text=gettext_lazy("Only for a form about one course of treatment"),
        min_value=1,
        max_value=99,
        required=False,
        widget=forms.NumberInput(attrs=_SHORT),
    )
    name = NameField(
        of_place=True,
        label=gettext_lazy("Name of a new prescriber or site"),
        help_text=gettext_lazy("Only for an enrollment form of somebody not in the program yet"),
        required=False,
    )
    zip_code = forms.CharField(
        label=gettext_lazy("ZIP Code of a new prescriber or site"),
        help_text=gettext_lazy("Only together with the name above"),
        max_length=10,
        required=False,
    )
    replace = forms.BooleanField(
        label=gettext_lazy("Lay aside the same form begun elsewhere"), required=False
    )

    def __init__(
        self, *args: Any, version: ProgramVersion, is_call: bool, today: date, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = [(each.code, each.name) for each in version.forms.values()]
        self.fields["form"].choices = [("", _("Choose")), *choices]  # type: ignore[attr-defined]
        self.today = today
        if is_call:
            del self.fields["signed_on"]

    def clean_signed_on(self) -> date | None:
        """Nobody signed tomorrow."""
        found: date | None = self.cleaned_data["signed_on"]
        if found and found > self.today:
            raise forms.ValidationError(_("This day is yet to come. Enter today or a day before"))
        return found

    def clean(self) -> dict[str, Any]:
        """A form with a number needs nothing else said."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("draft") or "draft" in self.errors:
            return cleaned
        if not cleaned.get("form") and "form" not in self.errors:
            self.add_error("form", _("Choose the form"))
        is_asked = "signed_on" in self.fields and "signed_on" not in self.errors
        if is_asked and not cleaned.get("signed_on"):
            self.add_error("signed_on", _("Enter the day of the last signature"))
        return cleaned


class SignaturesForm(PortalForm):
    """The signatures as they are on the paper: name, day, and for whom somebody stands."""

    def __init__(
        self,
        signers: Sequence[Signer],
        today: date,
        *args: Any,
        all_needed: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.signers, self.today = signers, today
        for place, signer in enumerate(signers):
            needed = all_needed or place == 0
            text = {"required": _("Enter the name as it is written on the document")}
            self.add(
                f"{signer.role}.printed_name",
                NameField(label=_("Name"), required=needed, error_messages=text),
            )
            day = {"required": _("Enter the day beside the signature")}
            self.add(
                f"{signer.role}.signed_on",
                forms.DateField(
                    label=_("Day beside the signature"),
                    widget=DayInput(attrs=dict(_SHORT)),
                    required=needed,
                    error_messages=day,
                ),
            )
            if signer.in_place is not None:
                stands = [(each, capital(said)) for each, said in signer.in_place.choices()]
                self.add(
                    f"{signer.role}.relationship",
                    forms.ChoiceField(
                        label=_("Signed for the patient by"),
                        help_text=_("Leave it at nobody if the patient signed"),
                        choices=[("", _("Nobody: the patient signed")), *stands],
                        required=False,
                    ),
                )

    def clean(self) -> dict[str, Any]:
        """Nobody signed tomorrow; a signature has a name and a day."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for signer in self.signers:
            name, key = f"{signer.role}.printed_name", f"{signer.role}.signed_on"
            on = cleaned.get(key)
            if on and on > self.today:
                self.add_error(key, _("This day is yet to come. Enter today or a day before"))
            if on and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, self.fields[name].error_messages["required"])
            if cleaned.get(name) and not on and key not in self.errors:
                self.add_error(key, self.fields[key].error_messages["required"])
        return cleaned

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields of each signer."""
        return [(each.role, self._fields_of(each.role)) for each in self.signers]

    def _fields_of(self, role: str) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(f"{role}.")]


class CheckForm(ConfirmingForm):
    """The second reading: what decides anything typed once more, and each page compared."""

    def __init__(
        self,
        deciding: dict[str, list[Question]],
        signers: list[str],
        *args: Any,
        names: Mapping[str, tuple[str, str]],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.deciding, self.signers, self.names = deciding, signers, names
        for code, asked in deciding.items():
            for question in asked:
                self.add(question.key, page_field(question))
            tick = {"required": _("Compare this part with the document, then tick it")}
            self.add(
                f"seen.{code}",
                forms.BooleanField(
                    label=_("I compared this part with the document"), error_messages=tick
                ),
            )
        for role in signers:
            self.add(
                f"signed.{role}",
                forms.DateField(
                    label=_("Day beside the signature"),
                    widget=DayInput(attrs=dict(_SHORT)),
                    error_messages={"required": _("Enter the day beside the signature")},
                ),
            )
            if role in names:
                said = _("The document says “%(written)s”; the patient of the form is “%(name)s”.")
                written, name = names[role]
                self.add(
                    f"name.{role}",
                    forms.BooleanField(
                        label=_("I read the name on the document again, and it is keyed in right"),
                        help_text=said % {"written": written, "name": name},
                        error_messages={
                            "required": _("Compare the name; if it is keyed in wrong, send it back")
                        },
                    ),
                )

        # Proving who one is comes last on the page, and last among the mistakes.
        for name in ("password", "passkey"):
            self.fields[name] = self.fields.pop(name)

    def compared(self) -> tuple[str, ...]:
        """The roles whose name, other than expected, the second person read again."""
        return tuple(role for role in self.names if self.cleaned_data.get(f"name.{role}"))

    def read(self) -> dict[str, str]:
        """What the second person read, by key."""
        asked = [each.key for every in self.deciding.values() for each in every]
        days = [f"signed.{role}" for role in self.signers]
        return {key: _as_text(self.cleaned_data.get(key)) for key in (*asked, *days)}


class OfferForm(PortalForm):
    """Which prescriber is asked to take a patient over."""

    participant = forms.CharField(
        label=gettext_lazy("NPI or number of the next prescriber"),
        max_length=40,
        widget=forms.TextInput(attrs=_SHORT),
        error_messages={"required": gettext_lazy("Enter the NPI or number")},
    )


class CompareForm(PortalForm):
    """Two records somebody thinks are one person."""

    one = NumberField(
        label=gettext_lazy("One patient number"),
        error_messages={"required": gettext_lazy("Enter a patient number")},
    )
    other = NumberField(
        label=gettext_lazy("The other patient number"),
        error_messages={"required": gettext_lazy("Enter a patient number")},
    )


class VerdictForm(ReasonForm):
    """What comparing came to, and why."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("Are these two records one person?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you found")},
    )
    field_order = ("verdict", "reason")

    def __init__(self, *args: Any, older: str, newer: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = _("Yes, one person. %(number)s is answered for from now on")
        self.fields["verdict"].choices = [  # type: ignore[attr-defined]
            ("different", _("No, two people")),
            ("older", says % {"number": older}),
            ("newer", says % {"number": newer}),
        ]


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
