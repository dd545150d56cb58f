"""What somebody says about a sender, a message, a code, an item that waits, or a result."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.account.forms import TIME_ZONES
from etasu.portals.components.forms import DayInput, NumberField, PortalForm, ReasonForm
from etasu.portals.laboratory.words import FATES, WIRES
from etasu.programs.codes import code_tables
from etasu.registry.monitoring.lab_facts import UNREGISTERED
from etasu.registry.monitoring.reading_as import CHARACTER_SETS
from etasu.safe_use.monitoring_plan import TestDefinition
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.units import Sent, convert

NOTHING = "nothing that counts"
MINE, EVERYBODY = "this", "every"
_AN_AUTHORITY = re.compile(r"\s*([^=]*?)\s*=\s*([a-z0-9][a-z0-9-]*)\s*")
_KINDS = (
    ("", gettext_lazy("The names in MSH-3 and MSH-4")),
    ("tls:", gettext_lazy("The subject of its certificate")),
    ("key:", gettext_lazy("The account of its API key")),
    ("peer:", gettext_lazy("The address it calls from, on a private network only")),
)
_LANGUAGES = {
    "utf-8": "UTF-8",
    "iso-8859-1": "ISO 8859-1 (Latin-1)",
    "windows-1252": "Windows-1252",
}


class AgreedForm(PortalForm):
    """What was agreed with a sender and its messages do not say."""

    authorities = forms.CharField(
        label=gettext_lazy("Whose patient numbers count"),
        help_text=gettext_lazy(
            "One a line: the authority as sent in PID-3.4, an equals sign, and the name it is kept "
            "under, such as RIVER = riverside. With a bar for one kind only: RIVER|MR = riverside. "
            "Say “program” for the program’s own numbers. Nobody is found by any other number."
        ),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Where times without a zone are meant."),
        choices=TIME_ZONES,
    )
    character_set = forms.ChoiceField(
        label=gettext_lazy("Character set"),
        help_text=gettext_lazy("For messages that do not say theirs in MSH-18."),
        choices=[(each, _LANGUAGES[each]) for each in CHARACTER_SETS],
    )

    def clean_authorities(self) -> dict[str, str]:
        """The name each authority's numbers are kept under."""
        found = {}
        lines = self.cleaned_data["authorities"].splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            read = _AN_AUTHORITY.fullmatch(line)
            if read is None:
                said = _("Line %(line)s: write it as RIVER = riverside") % {"line": number}
                raise ValidationError(said)
            found[read[1]] = read[2]
        return found


class ConnectionForm(AgreedForm):
    """A new connection."""

    name = forms.CharField(
        label=gettext_lazy("Name of the laboratory or system"),
        max_length=200,
        error_messages={"required": gettext_lazy("Enter a name")},
    )
    wire = forms.ChoiceField(label=gettext_lazy("How it sends"), choices=list(WIRES.items()))
    field_order = ("name", "wire")


class SenderForm(PortalForm):
    """A name messages of a connection come under."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Known by"), choices=_KINDS, required=False, widget=forms.RadioSelect
    )
    name = forms.CharField(
        label=gettext_lazy("As it comes"),
        help_text=gettext_lazy(
            "For the names, MSH-3 and MSH-4 with a bar between, such as LAB|RIVERSIDE. For a "
            "certificate its subject, such as CN=river-lab."
        ),
        max_length=300,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the name")},
    )

    @property
    def sender(self) -> str:
        """The whole name."""
        return f"{self.cleaned_data['kind']}{self.cleaned_data['name'].strip()}"


class SearchForm(PortalForm):
    """Which messages somebody looks for."""

    day = forms.DateField(
        label=gettext_lazy("Received on"),
        required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"invalid": gettext_lazy("Enter a day that exists")},
    )
    connection = forms.ChoiceField(label=gettext_lazy("Sender"), required=False)
    fate = forms.ChoiceField(
        label=gettext_lazy("What became of it"), choices=list(FATES.items()), required=False
    )
    words = forms.CharField(
        label=gettext_lazy("Control ID, or our number of the message"),
        required=False,
        max_length=199,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    before = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput())

    def __init__(self, *args: Any, connections: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(each.number, each.name) for each in connections]
        self.fields["connection"].choices = [  # type: ignore[attr-defined]
            ("", _("All")),
            *known,
            (UNREGISTERED, _("Senders nobody has registered")),
        ]


class CodeForm(PortalForm):
    """What a code of a sender means."""

    test = forms.ChoiceField(
        label=gettext_lazy("It means"),
        error_messages={"required": gettext_lazy("Say what the code means")},
    )
    unit = forms.CharField(
        label=gettext_lazy("Unit when none is sent"),
        help_text=gettext_lazy("As UCUM, such as 10*3/uL. A unit that is sent always counts."),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("For whom"),
        choices=[
            (MINE, gettext_lazy("This sender only")),
            (EVERYBODY, gettext_lazy("Every sender of the program")),
        ],
        widget=forms.RadioSelect,
        initial=MINE,
    )
    said = forms.CharField(label=gettext_lazy("What that rests on"), required=False, max_length=500)

    def __init__(
        self, *args: Any, version: ProgramVersion, fits: Sequence[TestDefinition], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._tests = version.tests
        own = [(each.code, each.name) for each in version.tests.values() if not each.needs]
        best = [(each.code, each.name) for each in fits]
        self.fields["test"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            *([(_("Fits best"), best)] if best else []),
            (_("All tests"), [each for each in own if each not in best]),
            (_("Or"), [(NOTHING, _("Nothing the program watches: keep it, and count nothing"))]),
        ]

    def clean(self) -> dict[str, Any] | None:
        """The unit is one the test can be converted from."""
        given = super().clean()
        unit = self.cleaned_data.get("unit", "").strip()
        test = self._tests.get(self.cleaned_data.get("test", ""))
        if unit and test is not None and not unit_fits(test, unit):
            self.add_error("unit", _("No result of this test can be read in that unit."))
        return given

    @property
    def meaning(self) -> str | None:
        """The test, None for nothing that counts."""
        chosen = str(self.cleaned_data["test"])
        return None if chosen == NOTHING else chosen


class ItemForm(PortalForm):
    """What an item that waits lacks."""

    value = forms.CharField(
        label=gettext_lazy("Value"), required=False, max_length=100,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )  # fmt: skip
    unit = forms.CharField(
        label=gettext_lazy("Unit"), required=False, max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )  # fmt: skip
    collected_on = forms.DateField(
        label=gettext_lazy("Collected on"), required=False,
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages={"invalid": gettext_lazy("Enter a day that exists")},
    )  # fmt: skip

    def __init__(self, *args: Any, lacks: Iterable[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = set(lacks)
        for name in list(self.fields):
            if name not in wanted:
                del self.fields[name]

    def clean(self) -> dict[str, Any] | None:
        """Something has to be entered."""
        given = super().clean()
        if not self.errors and not self.entered:
            self.add_error(next(iter(self.fields)), _("Enter what is missing"))
        return given

    @property
    def entered(self) -> dict[str, str]:
        """What was entered, by field."""
        said: Mapping[str, Any] = self.cleaned_data
        return {name: str(said[name]).strip() for name in self.fields if said.get(name)}


class PatientForm(ReasonForm):
    """Whom a report is about, and what that rests on."""

    patient = forms.ChoiceField(
        label=gettext_lazy("It is about"), required=False, widget=forms.RadioSelect
    )
    number = NumberField(
        label=gettext_lazy("The patient’s number in the program"),
        help_text=gettext_lazy("If it is somebody else. Ask whoever ordered the test for it."),
        required=False,
    )
    remember = forms.BooleanField(
        label=gettext_lazy("The numbers sent are this patient’s from now on"), required=False
    )
    field_order = ("patient", "number", "remember", "reason")

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["patient"].choices = [  # type: ignore[attr-defined]
            *offered,
            ("", _("Somebody else, by number")),
        ]

    def clean(self) -> dict[str, Any] | None:
        """One of the two says who it is."""
        given = super().clean()
        chosen, typed = (self.cleaned_data.get(each) for each in ("patient", "number"))
        if "number" not in self.errors and not chosen and not typed:
            self.add_error("number", _("Choose a patient, or enter a number"))
        if chosen and typed and chosen != typed:
            self.add_error("number", _("The number is another patient’s than the one you chose."))
        return given

    @property
    def chosen(self) -> str:
        """The number of whom it is about."""
        return str(self.cleaned_data["patient"] or self.cleaned_data["number"])


class UnitForm(PortalForm):
    """In which unit results were sent that are kept without a known one."""

    unit = forms.CharField(
        label=gettext_lazy("They were sent in"),
        help_text=gettext_lazy("As UCUM, such as 10*3/uL. Ask the laboratory; do not guess."),
        max_length=40,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the unit")},
    )

    def __init__(self, *args: Any, test: TestDefinition, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._test = test

    def clean_unit(self) -> str:
        """A unit the test can be converted from."""
        unit: str = self.cleaned_data["unit"].strip()
        if not unit_fits(self._test, unit):
            raise ValidationError(_("No result of this test can be read in that unit."))
        return unit


class PastedForm(PortalForm):
    """A message somebody pastes."""

    connection = forms.ChoiceField(label=gettext_lazy("Sent by"), required=False)
    message = forms.CharField(
        label=gettext_lazy("Message"),
        strip=False,
        max_length=200_000,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Paste a message")},
    )

    def __init__(self, *args: Any, connections: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["connection"].choices = [  # type: ignore[attr-defined]
            ("", _("Whoever MSH-3 and MSH-4 name")),
            *((each.number, each.name) for each in connections),
        ]


class NewCodeForm(PortalForm):
    """A code that nobody has sent yet."""

    sender = forms.ChoiceField(label=gettext_lazy("Sender"), required=False)
    system = forms.CharField(
        label=gettext_lazy("Code list"),
        help_text=gettext_lazy("As sent: L for the laboratory’s own, LN for LOINC."),
        max_length=100,
        initial="L",
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=200,
        widget=forms.TextInput(attrs={"class": "input--short", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Enter the code")},
    )

    def __init__(self, *args: Any, connections: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sender"].choices = [  # type: ignore[attr-defined]
            ("", _("Every sender")),
            *((each.number, each.name) for each in connections),
        ]


def unit_fits(test: TestDefinition, unit: str) -> bool:
    """Whether a number in that unit can be kept as a result of the test."""
    return test.unit is None or not convert(
        code_tables().units, test.code, test.unit, Sent("1", unit=unit)
    ).review.startswith("unit")
