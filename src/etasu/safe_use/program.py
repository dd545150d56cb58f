"""A REMS program as frozen values: what its definition says, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, TypeVar

from etasu.safe_use.courses import CoursePlan
from etasu.safe_use.dates import Span
from etasu.safe_use.entries import Entry, Named, Spoken
from etasu.safe_use.leaving import Leaving
from etasu.safe_use.monitoring_plan import (
    Duty,
    Horizon,
    Lateness,
    Limit,
    Response,
    Schedule,
    TestDefinition,
)
from etasu.safe_use.requirements import Requirement
from etasu.safe_use.safety_plan import (
    EventAnswer,
    EventOfInterest,
    ExpectedReaction,
    ReportingClock,
)
from etasu.safe_use.treatment_plan import DayRules, Premedication, VitalSign

if TYPE_CHECKING:
    from etasu.safe_use.community import Community
    from etasu.safe_use.copay import CopayPlan
    from etasu.safe_use.lab_program import LabProgram
    from etasu.safe_use.medicines import MedicinePlan, PregnancyAdvice
    from etasu.safe_use.messages import Message
    from etasu.safe_use.nurse_line import NurseLine
    from etasu.safe_use.self_check import SelfCheckPlan
    from etasu.safe_use.training import Assessment, TrainingModule

# The language programs are written in; what else they are said in, translations have.
ENGLISH = "en"
_Spoken = TypeVar("_Spoken", "ConsentText", "FormDefinition")


class ProgramStatus(StrEnum):
    """Where a program is in its life. A retired one stays readable and opens nothing."""

    ACTIVE = "active"
    WINDING_DOWN = "winding_down"
    RETIRED = "retired"


class GateUnit(StrEnum):
    """What one authorization is for."""

    COURSE = "course"
    INFUSION_DAY = "infusion_day"
    FILL = "fill"
    PERIOD = "period"


class StepKind(StrEnum):
    """What a participant does in one step toward certification."""

    REGISTER = "register"
    DESIGNATE = "designate"
    REVIEW = "review"
    ASSESS = "assess"
    SIGN = "sign"
    ATTEST = "attest"
    TRAIN_STAFF = "train_staff"


class RenewalBegins(StrEnum):
    """From when a certification counts that was renewed before it ended."""

    ON_SIGNING = "on_signing"
    AFTER_THE_OLD = "after_the_old"


class FieldType(StrEnum):
    """What kind of answer a form field takes."""

    TEXT = "text"
    LONG_TEXT = "long_text"
    DATE = "date"
    TIME = "time"
    NUMBER = "number"
    YES_NO = "yes_no"
    CHOICE = "choice"
    CHECKBOX = "checkbox"
    PHONE = "phone"
    EMAIL = "email"
    ADDRESS = "address"
    STATE = "state"
    ZIP = "zip"
    NPI = "npi"
    DEA = "dea"
    NCPDP = "ncpdp"


class Tense(StrEnum):
    """Which days an answer can be: those up to today, or those from today on."""

    PAST = "past"
    FUTURE = "future"


def spoken_in(entry: Named, language: str | None) -> Spoken | None:
    """Its words in the language; None where it has none but the English ones."""
    wanted = (language or ENGLISH)[:2]
    return next((each for each in entry.spoken if each.language == wanted), None)


def called_in(entry: Named, language: str | None) -> str:
    """Its name in the language, in English where it has no other."""
    said = spoken_in(entry, language)
    return said.name if said else entry.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Step(Entry):
    """One step toward certification, in the order of the file.

    One that `renews` is done again for each renewal; the others only when somebody new stands in
    for the representative.
    """

    name: str
    kind: StepKind
    material: str | None = None
    form: str | None = None
    items: int | None = None
    pass_percent: int | None = None
    renews: bool = True
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Party(Entry):
    """A kind of participant: how it is certified, and how long that lasts."""

    name: str
    steps: tuple[Step, ...]
    identifiers: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    renew_every: Span | None = None
    remind_before: tuple[Span, ...] = ()
    renewal_begins: RenewalBegins = RenewalBegins.ON_SIGNING
    has_representative: bool = False
    representative_grace: Span | None = None
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute(Entry):
    """A property of a patient that decides which requirements apply, and its possible values."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientParty(Entry):
    """How patients enter the program."""

    name: str
    form: str | None
    enrolled_by: str
    gives: tuple[str, ...] = ()
    attributes: tuple[Attribute, ...] = ()
    leaving: tuple[Leaving, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspension(Entry):
    """Named requirements of one gate lifted by an authority, from one day through another."""

    starts_on: date
    ends_on: date | None
    authority: str
    reason: str
    lifts: tuple[str, ...]

    def covers(self, day: date) -> bool:
        """Whether it is in force on the day; `ends_on` is the last day, None has no end."""
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate(Entry):
    """A point where the drug may pass or not, and everything that must be true there."""

    name: str
    question: str
    asked_by: tuple[str, ...]
    parties: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    authorizes: GateUnit | None = None
    validity: Span | None = None
    names: tuple[str, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    spoken: tuple[Spoken, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One question of a form. `gate` marks an answer the gates read.

    `known_as` names what the platform knows already or asks for itself, such as the course, and
    `test` the test whose collection day is asked for: such a question is never asked twice.
    `repeat` is how many rows the question has, and `tense` which days can answer it; without one,
    any day can, save that a test is always collected on a day that has come. `values_said` are the
    `values` in words, where they differ and in a translation. `stated_by` is the signer whose own
    statement a box is: by a link it is theirs alone to tick.
    """

    code: str
    label: str
    type: FieldType
    required: bool = True
    values: tuple[str, ...] = ()
    shown_when: str | None = None
    repeat: int | None = None
    gate: bool = False
    known_as: str | None = None
    test: str | None = None
    help: str | None = None
    tense: Tense | None = None
    at_least: int | None = None
    at_most: int | None = None
    stated_by: str | None = None
    values_said: tuple[str, ...] = ()

    def said(self, value: str) -> str:
        """An answer to choose from as it reads in the form's language; others as they are."""
        if value in self.values and self.values_said:
            return self.values_said[self.values.index(value)]
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class FormSection:
    """Questions that belong together."""

    code: str
    title: str
    fields: tuple[FormField, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InPlace:
    """Who may sign in a signer's place, how they may be related, and what that signature means."""

    who: str
    meaning: str
    relationships: tuple[str, ...]
    relationships_said: tuple[str, ...] = ()

    def choices(self) -> list[tuple[str, str]]:
        """Each relationship as it is kept, and as it reads in the form's language."""
        said = self.relationships_said or self.relationships
        return list(zip(self.relationships, said, strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who signs a form, in order, and what the signature means.

    `role_said` is the role in words, in a translation.
    """

    role: str
    meaning: str
    in_place: InPlace | None = None
    role_said: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentText(Entry):
    """Something a person may allow, apart from everything else they allow.

    A form that offers a `needed` one is not complete without it. `revocation` says what stops, and
    what does not, once it is taken back. While it stands, people of the program in the roles of
    `opens_to` see the record of whoever allows it. What is `only_with_form` is asked for there and
    never offered beside it. The English text has the `translations`.
    """

    name: str
    text: str
    text_version: str
    ends: str
    revocation: str
    needed: bool = False
    only_with_form: bool = False
    opens_to: tuple[str, ...] = ()
    said_in: str = ENGLISH
    translations: tuple[ConsentText, ...] = ()

    def in_language(self, language: str | None) -> ConsentText:
        """The same consent in the language, in English where there is no translation."""
        return _in_language(self, self.translations, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class FormDefinition(Entry):
    """A form of the program. `offered` are the texts of the `consents` it asks for beside it.

    The English form has the `translations`: the same questions, to be answered and signed alike.
    """

    name: str
    filled_by: str
    sections: tuple[FormSection, ...]
    signers: tuple[Signer, ...]
    consents: tuple[str, ...] = ()
    offered: tuple[ConsentText, ...] = ()
    said_in: str = ENGLISH
    translations: tuple[FormDefinition, ...] = ()

    def in_language(self, language: str | None) -> FormDefinition:
        """The same form in the language, in English where there is no translation."""
        return _in_language(self, self.translations, language)


def _in_language(english: _Spoken, others: tuple[_Spoken, ...], language: str | None) -> _Spoken:
    wanted = (language or ENGLISH)[:2]
    return next((each for each in others if each.said_in == wanted), english)


@dataclass(frozen=True, slots=True, kw_only=True)
class Material(Entry):
    """Something people are given or trained with.

    `document` names its text, when the platform makes it; without one it comes from elsewhere.
    """

    name: str
    audience: str
    kind: str
    document: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice(Entry):
    """A message the program sends, and when."""

    name: str
    audience: str
    event: str
    offsets_days: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric(Entry):
    """What is counted to see whether a goal of the program is met."""

    name: str
    goal: str
    numerator: str
    denominator: str | None
    period: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal(Entry):
    """What the program is meant to achieve."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductCode:
    """A code under which the product is known."""

    system: str
    value: str
    display: str
    source: str
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """How to reach the program."""

    kind: str
    value: str
    source: str
    verified: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A program's identity, the same through all its versions."""

    code: str
    name: str
    product: str
    sponsor: str
    status: ProgramStatus
    risks: tuple[str, ...]
    notice: str
    source: str
    rems_number: str | None = None
    invented: bool = False
    retired_on: date | None = None
    retired_because: str | None = None
    product_codes: tuple[ProductCode, ...] = ()
    contacts: tuple[Contact, ...] = ()
    # Words no message may hold, besides those of product, sponsor and risks: such as the disease.
    never_in_messages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramVersion:
    """The program as approved on one day, in force until the next version begins."""

    program: Program
    effective_on: date
    parties: Mapping[str, Party]
    patient: PatientParty
    courses: tuple[CoursePlan, ...]
    gates: Mapping[str, Gate]
    tests: Mapping[str, TestDefinition] = field(default_factory=dict)
    schedules: Mapping[str, Schedule] = field(default_factory=dict)
    horizon: Horizon | None = None
    lateness: Lateness | None = None
    infusion_day: DayRules | None = None
    copay: CopayPlan | None = None
    self_check: SelfCheckPlan | None = None
    medicines: MedicinePlan | None = None
    pregnancy: PregnancyAdvice | None = None
    nurse_line: NurseLine | None = None
    lab_program: LabProgram | None = None
    community: Community | None = None
    premedications: Mapping[str, Premedication] = field(default_factory=dict)
    vital_signs: Mapping[str, VitalSign] = field(default_factory=dict)
    reporting_clock: ReportingClock | None = None
    expected_reactions: Mapping[str, ExpectedReaction] = field(default_factory=dict)
    events_of_interest: Mapping[str, EventOfInterest] = field(default_factory=dict)
    event_answers: Mapping[str, EventAnswer] = field(default_factory=dict)
    responses: Mapping[str, Response] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    duties: Mapping[str, Duty] = field(default_factory=dict)
    forms: Mapping[str, FormDefinition] = field(default_factory=dict)
    consents: Mapping[str, ConsentText] = field(default_factory=dict)
    materials: Mapping[str, Material] = field(default_factory=dict)
    notices: Mapping[str, Notice] = field(default_factory=dict)
    messages: Mapping[str, Message] = field(default_factory=dict)
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    goals: Mapping[str, Goal] = field(default_factory=dict)
    modules: Mapping[str, TrainingModule] = field(default_factory=dict)
    assessments: Mapping[str, Assessment] = field(default_factory=dict)
    # The program's notice in other languages.
    notices_said: Mapping[str, str] = field(default_factory=dict)

    @property
    def label(self) -> str:
        """The version as stored with a decision: its effective date."""
        return self.effective_on.isoformat()
