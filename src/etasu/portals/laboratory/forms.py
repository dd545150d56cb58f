"""What somebody says about a sender, and which messages they look for or paste."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from etasu.portals.account.forms import TIME_ZONES
from etasu.portals.components.forms import DayInput, PortalForm
from etasu.portals.laboratory.words import FATES, WIRES
from etasu.registry.monitoring.lab_facts import UNREGISTERED
from etasu.registry.monitoring.reading_as import CHARACTER_SETS

# The name identifiers are kept under.
_KEPT_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_KINDS = (
    ("", gettext_lazy("The names in MSH-3 and MSH-4")),
    ("tls:", gettext_lazy("The subject of its certificate")),
    ("key:", gettext_lazy("The account of its API key")),
    ("peer:", gettext_lazy("The address it calls from, on a private network only")),
)
_CHARACTER_SETS = {
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
        choices=[(each, _CHARACTER_SETS[each]) for each in CHARACTER_SETS],
    )

    def clean_authorities(self) -> dict[str, str]:
        """The name each authority's numbers are kept under."""
        found = {}
        lines = self.cleaned_data["authorities"].splitlines()
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            sent, _equals, kept = (part.strip() for part in line.partition("="))
            if not sent or not _KEPT_NAME.fullmatch(kept):
                said = _("Line %(line)s: write it as RIVER = riverside") % {"line": number}
                raise ValidationError(said)
            found[sent] = kept
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
