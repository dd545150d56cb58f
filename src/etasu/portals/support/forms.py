"""What a nurse notes, answers and hands on, and how the rota is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from etasu.portals.components.calling import LONGEST, WindowField, WordsForm
from etasu.portals.components.forms import ClockInput, DayInput, PortalForm
from etasu.portals.components.side_effects import PastDayField
from etasu.registry.patient_support.call_notes import CARE_PARTNER, NOBODY, OTHER, PATIENT
from etasu.safe_use.nurse_line import NurseLine
from etasu.safe_use.rota import Weekday, Weekly

Words = str | Promise
YES, NO = "yes", "no"
CALLERS: Mapping[str, Words] = {
    PATIENT: gettext_lazy("The patient"),
    CARE_PARTNER: gettext_lazy("A care partner"),
    OTHER: gettext_lazy("Somebody else, or not proved who"),
    NOBODY: gettext_lazy("Nobody: I reached no one"),
}
# With these a promised call is not made: it is promised again.
NOT_REACHED = (OTHER, NOBODY)
_DAYS_OF_A_WEEK = list(zip(Weekday, WEEKDAYS.values(), strict=True))
_YES_OR_NO = ((YES, gettext_lazy("Yes: report it")), (NO, gettext_lazy("No")))
_CHOOSE = gettext_lazy("Choose one of these")
_TIME = {
    "required": gettext_lazy("Enter a time, such as 9:00 PM"),
    "invalid": gettext_lazy("Enter a time, such as 9:00 PM"),
}
_DAY = {
    "required": gettext_lazy("Enter a day that exists"),
    "invalid": gettext_lazy("Enter a day that exists"),
}


def event_field(*, required: bool) -> forms.ChoiceField:
    """Whether what was said tells of a side effect."""
    return forms.ChoiceField(
        label=gettext_lazy("Is this a side effect?"),
        help_text=gettext_lazy(
            "Anything that went wrong counts, whether or not the drug did it. You report it; "
            "others judge it."
        ),
        choices=_YES_OR_NO,
        widget=forms.RadioSelect,
        required=required,
        error_messages={"required": gettext_lazy("Say whether it is a side effect")},
    )


class EventForm(PortalForm):
    """The one question about what may tell of a side effect."""

    is_event = event_field(required=True)


class AnswerForm(WordsForm):
    """A message to a patient; `shown` are the numbers of the messages it answers."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class Situation(NamedTuple):
    """When a call is noted; what is open: a promised call, messages; whether somebody helps."""

    line: NurseLine
    on: date
    at: datetime
    zone: str
    is_promised: bool
    has_messages: bool
    has_partner: bool


class CallForm(PortalForm):
    """A call, noted in clicks and a few words; `shown` are the numbers of what was open then."""

    shown = forms.CharField(required=False, widget=forms.HiddenInput)

    caller = forms.ChoiceField(
        label=gettext_lazy("Who was on the telephone?"),
        choices=list(CALLERS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _CHOOSE},
    )
    identified_by = forms.MultipleChoiceField(
        label=gettext_lazy("What did they give that agrees with the record?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("What was it about?"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )
    words = forms.CharField(
        label=gettext_lazy("What was said"),
        help_text=gettext_lazy("In their words, where you can. Empty: what you ticked above."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        required=False,
    )
    is_event = event_field(required=False)
    heard_on = PastDayField(
        label=gettext_lazy("If you were told before today: on which day?"),
        help_text=gettext_lazy("The days for reporting are counted from then."),
    )

    def __init__(self, *args: Any, situation: Situation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.line, fields = situation.line, self.fields
        caller: Any = fields["caller"]
        if not situation.has_partner:
            caller.choices = [each for each in CALLERS.items() if each[0] != CARE_PARTNER]
        identified_by: Any = fields["identified_by"]
        identified_by.choices = [(each.code, each.name) for each in self.line.identifiers]
        topics: Any = fields["topics"]
        topics.choices = [(each.code, each.name) for each in self.line.topics]
        heard_on: Any = fields["heard_on"]
        heard_on.on = situation.on
        if situation.has_messages:
            said = _("What they wrote is settled with this call")
            self.add("settles", forms.BooleanField(label=said, required=False))
        if situation.is_promised:
            said = _("This is the call that was promised")
            self.add("is_promised", forms.BooleanField(label=said, required=False, initial=True))
            said = _("If you did not reach the patient: when again?")
            window = WindowField(label=said, required=False)
            window.offer(situation.at, situation.zone)
            self.add("window", window)

    def clean(self) -> dict[str, Any] | None:
        """Who is told of a record has proved who they are; a note says something."""
        given = super().clean()
        said = self.cleaned_data
        needed, caller = self.line.identifiers_needed, said.get("caller")
        is_told = caller in (PATIENT, CARE_PARTNER)
        if is_told and len(said.get("identified_by", ())) < needed:
            text = ngettext(
                "%(n)s thing has to agree with the record. If it did not, it is somebody else",
                "%(n)s things have to agree with the record. If they did not, it is somebody else",
                needed,
            )
            self.add_error("identified_by", text % {"n": needed})
        if not said.get("words", "").strip():
            said["words"] = self._drafted()
        if caller and not said["words"]:
            self.add_error("words", _("Write what was said, or tick what it was about"))
        is_promised = said.get("is_promised")
        if caller in NOT_REACHED and is_promised and not said.get("window") and "window" in said:
            self.add_error("window", _("Choose when"))
        return given

    def _drafted(self) -> str:
        """A note made of what was ticked."""
        names = {each.code: each.name for each in self.line.topics}
        ticked = [names[each] for each in self.cleaned_data.get("topics", ()) if each in names]
        parts = [_("Nobody was reached.")] if self.cleaned_data.get("caller") == NOBODY else []
        if ticked:
            parts.append(_("Talked about: %(topics)s.") % {"topics": ", ".join(ticked)})
        return " ".join(parts)


class NurseForm(PortalForm):
    """Which nurse."""

    nurse = forms.ChoiceField(
        label=gettext_lazy("Who looks after the patient from now on?"),
        widget=forms.RadioSelect,
        error_messages={"required": _CHOOSE, "invalid_choice": _CHOOSE},
    )

    def __init__(self, *args: Any, nurses: Iterable[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["nurse"]
        field.choices = [(each.number, each.full_name) for each in nurses]


class NoteForm(PortalForm):
    """What the next shift should know."""

    words = forms.CharField(
        label=gettext_lazy("What should whoever is on duty next know?"),
        help_text=gettext_lazy("Use patient numbers, and no names."),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Write what the next shift should know")},
    )


class ShiftsForm(PortalForm):
    """The same shift on some days of the week, for as long as it lasts."""

    nurse = forms.ChoiceField(label=gettext_lazy("Nurse"), error_messages={"required": _CHOOSE})
    weekdays = forms.MultipleChoiceField(
        label=gettext_lazy("On which days does it begin?"),
        choices=_DAYS_OF_A_WEEK,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose one day at least")},
    )
    begins = forms.TimeField(
        label=gettext_lazy("From"),
        widget=ClockInput(attrs={"class": "input--short"}),
        error_messages=_TIME,
    )
    ends = forms.TimeField(
        label=gettext_lazy("Until"),
        help_text=gettext_lazy("An earlier time is on the day after."),
        widget=ClockInput(attrs={"class": "input--short"}),
        error_messages=_TIME,
    )
    first = forms.DateField(
        label=gettext_lazy("First day"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages=_DAY,
    )
    last = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=DayInput(attrs={"class": "input--short"}),
        error_messages=_DAY,
    )

    def __init__(self, *args: Any, nurses: Sequence[Any], on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.on = on
        field: Any = self.fields["nurse"]
        field.choices = [("", _("Choose")), *((each.number, each.full_name) for each in nurses)]

    def clean(self) -> dict[str, Any] | None:
        """Days that are to come, at most a year of them."""
        given = super().clean()
        said = self.cleaned_data
        if {"first", "last"} <= said.keys():
            if said["first"] < self.on:
                self.add_error("first", _("Choose today or a day to come"))
            if not 0 <= (said["last"] - said["first"]).days <= 365:
                self.add_error("last", _("Choose a day within a year of the first day"))
        return given

    def weekly(self) -> Weekly:
        """The shifts."""
        said = self.cleaned_data
        days = frozenset(Weekday(each) for each in said["weekdays"])
        return Weekly(
            said["nurse"], days, said["begins"], said["ends"], said["first"], said["last"]
        )
