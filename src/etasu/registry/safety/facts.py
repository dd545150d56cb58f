"""Cases as safety staff read them: everything told of each, how it stands, and how long is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet

from etasu.registry.patients.models import Patient
from etasu.registry.patients.records import answered_for, records_behind
from etasu.registry.safety.models import (
    CaseAssessment,
    CaseInformation,
    DuplicateLink,
    FollowUpQuestion,
    HandedCase,
    HandOver,
    SafetyCase,
)
from etasu.registry.safety.receiving import sponsor_day, version_at
from etasu.safe_use.program import ProgramVersion
from etasu.safe_use.safety import (
    CaseFacts,
    Expectedness,
    Missing,
    Seriousness,
    TimeLeft,
    missing,
    time_left,
)

# Who says something only by what the record holds: nobody to ask back.
_NOBODY = ""


class Why(StrEnum):
    """Why a case is where it is in the list, beside the days it has left."""

    LATE = "late"
    NOT_ASSESSED = "not_assessed"
    INCOMPLETE = "incomplete"
    QUESTION_OPEN = "question_open"
    NOT_ACKNOWLEDGED = "not_acknowledged"


@dataclass(frozen=True)
class CaseAt:
    """A case with the duplicates linked to it, as they stand on a day where the sponsor is."""

    case: SafetyCase
    duplicates: tuple[SafetyCase, ...]
    version: ProgramVersion
    on: date

    @cached_property
    def same_as(self) -> SafetyCase | None:
        """The case it is a duplicate of."""
        return next((each.same_as for each in _standing(self.case)), None)

    @cached_property
    def information(self) -> tuple[CaseInformation, ...]:
        """What was told of it and of its duplicates, the first first."""
        told = (each for case in self.group for each in case.information.all())
        return tuple(sorted(told, key=lambda each: (each.received_on, each.pk)))

    @property
    def group(self) -> tuple[SafetyCase, ...]:
        """The case and its duplicates."""
        return (self.case, *self.duplicates)

    @cached_property
    def patient(self) -> Patient | None:
        """Whom it is about, where anybody of the group says so."""
        found = next((each.patient for each in self.group if each.patient is not None), None)
        return answered_for(found) if found is not None else None

    @cached_property
    def words(self) -> str:
        """Everything that was said, as it was said."""
        return "\n".join(each.words for each in self.information if each.words)

    @cached_property
    def details(self) -> Mapping[str, str]:
        """What is known in particular; what was said last counts."""
        return {name: text for each in self.information for name, text in each.details.items()}

    @cached_property
    def criteria(self) -> frozenset[str]:
        """What makes it serious, as those say who told of it."""
        return frozenset(one for each in self.information for one in each.criteria)

    @cached_property
    def assessment(self) -> CaseAssessment | None:
        """The last judgment of it."""
        return max(self.case.assessments.all(), key=lambda each: each.pk, default=None)

    @cached_property
    def is_assessed(self) -> bool:
        """Whether the last judgment rests on everything that was told."""
        if self.assessment is None:
            return False
        read = {each.pk for each in self.assessment.read.all()}
        return all(each.pk in read for each in self.information)

    @cached_property
    def seriousness(self) -> Seriousness:
        """As it was judged; without a judgment of everything it is never less than it was said."""
        judged = self.assessment.seriousness if self.assessment else Seriousness.UNKNOWN
        if self.is_assessed or judged == Seriousness.SERIOUS:
            return Seriousness(judged)
        return Seriousness.SERIOUS if self.criteria else Seriousness.UNKNOWN

    @cached_property
    def expectedness(self) -> Expectedness:
        """As it was judged; what was told since may be something nobody expected."""
        judged = self.assessment.expectedness if self.assessment else Expectedness.UNKNOWN
        if self.is_assessed or judged == Expectedness.UNEXPECTED:
            return Expectedness(judged)
        return Expectedness.UNKNOWN

    @cached_property
    def missing(self) -> tuple[Missing, ...]:
        """What keeps it from being a valid case."""
        return missing(
            CaseFacts(
                is_on_record=self.patient is not None,
                has_reporter=any(each.told_by != _NOBODY for each in self.information),
                product=next((each.product for each in self.group if each.product), ""),
                words=self.words,
                details=self.details,
            )
        )

    @cached_property
    def questions(self) -> tuple[FollowUpQuestion, ...]:
        """What was asked, the first first."""
        asked = (each for case in self.group for each in case.questions.all())
        return tuple(sorted(asked, key=lambda each: each.pk))

    @property
    def open_questions(self) -> tuple[FollowUpQuestion, ...]:
        """What was asked and nobody has answered."""
        return tuple(each for each in self.questions if not each.answers.all())

    @cached_property
    def handed(self) -> tuple[HandedCase, ...]:
        """Every time it was handed over, the first first."""
        found = (each for case in self.group for each in case.handed.all())
        return tuple(sorted(found, key=lambda each: each.pk))

    @cached_property
    def not_handed(self) -> tuple[CaseInformation, ...]:
        """What was told and is in no hand-over."""
        return self._beside(self.handed)

    @cached_property
    def not_acknowledged(self) -> tuple[CaseInformation, ...]:
        """What was told and the sponsor has not acknowledged."""
        return self._beside(
            tuple(each for each in self.handed if each.hand_over.acknowledged_at is not None)
        )

    def _beside(self, handed: tuple[HandedCase, ...]) -> tuple[CaseInformation, ...]:
        told = {one.pk for each in handed for one in each.told.all()}
        return tuple(each for each in self.information if each.pk not in told)

    @cached_property
    def left(self) -> TimeLeft:
        """How long is left for what the sponsor has not acknowledged."""
        waits = [each.received_on for each in self.not_acknowledged]
        return time_left(
            self.version.reporting_clock,
            min(waits, default=None),
            is_follow_up=len(waits) < len(self.information),
            how=(self.seriousness, self.expectedness),
            on=self.on,
        )

    @property
    def is_open(self) -> bool:
        """Whether anything is left to do about it; about a duplicate there is nothing."""
        return self.same_as is None and bool(self.not_acknowledged or self.open_questions)

    @cached_property
    def why(self) -> tuple[Why, ...]:
        """Why it is where it is in the list."""
        found = {
            Why.LATE: self.left.is_late,
            Why.NOT_ASSESSED: not self.is_assessed,
            Why.INCOMPLETE: bool(self.missing),
            Why.QUESTION_OPEN: bool(self.open_questions),
            Why.NOT_ACKNOWLEDGED: bool(self.not_acknowledged) and not self.not_handed,
        }
        return tuple(each for each, is_so in found.items() if is_so)

    @property
    def rank(self) -> tuple[bool, int, date, int]:
        """The fewest days left first; of those without a day, the oldest."""
        days = self.left.days_left
        return days is None, days or 0, self.case.received_on, self.case.pk


def case_by_number(program: str, number: str, at: datetime) -> CaseAt | None:
    """The case of that number in the program, as it stands; None when there is none."""
    found = _cases(SafetyCase.objects.filter(program=program, number=number), program, at)
    return next(iter(found), None)


def cases_by_number(program: str, numbers: Iterable[str], at: datetime) -> list[CaseAt]:
    """The cases of these numbers that are in the program, the oldest first."""
    return _cases(SafetyCase.objects.filter(program=program, number__in=numbers), program, at)


def cases_of(patient: Patient, at: datetime) -> list[CaseAt]:
    """Every case about a patient, the oldest first."""
    found = SafetyCase.objects.filter(patient__in=records_behind(patient))
    return _cases(found, patient.program, at)


def cases_like(found: CaseAt, at: datetime) -> list[CaseAt]:
    """Other cases about the same patient, to be compared; none is a duplicate by itself."""
    if found.patient is None:
        return []
    own = {each.pk for each in found.group}
    return [each for each in cases_of(found.patient, at) if each.case.pk not in own]


def worklist(program: str, at: datetime) -> list[CaseAt]:
    """Every case with something left to do, the fewest days left first."""
    acknowledged = HandedCase.objects.filter(
        told=OuterRef("pk"), hand_over__acknowledged_at__isnull=False
    )
    waiting = CaseInformation.objects.filter(~Exists(acknowledged)).values("case")
    asked = FollowUpQuestion.objects.filter(answers__isnull=True).values("case")
    # What was handed over within another case waits again once the two are no longer linked.
    unlinked = DuplicateLink.objects.filter(unlinked_at__isnull=False).values("case")
    ids = SafetyCase.objects.filter(
        Q(pk__in=waiting) | Q(pk__in=asked) | Q(pk__in=unlinked), program=program
    )
    heads = DuplicateLink.objects.filter(case__in=ids, unlinked_at__isnull=True).values("same_as")
    found = SafetyCase.objects.filter(Q(pk__in=ids) | Q(pk__in=heads))
    cases = _cases(found, program, at)
    return sorted((each for each in cases if each.is_open), key=lambda each: each.rank)


def handed_over(program: str) -> QuerySet[HandOver]:
    """Every hand-over of the program, the newest first; `count` is how many cases each holds."""
    found = HandOver.objects.filter(program=program).annotate(count=Count("cases"))
    return found.order_by("-handed_at", "-pk")


def hand_over_by_number(program: str, number: str) -> HandOver | None:
    """The hand-over of that number, or None."""
    return handed_over(program).filter(number=number).first()


def records_in(hand_over: HandOver) -> list[dict[str, object]]:
    """The cases of a hand-over exactly as they were handed over."""
    return list(hand_over.cases.order_by("pk").values_list("record", flat=True))


def _standing(case: SafetyCase) -> list[DuplicateLink]:
    return [each for each in case.links.all() if each.unlinked_at is None]


def _cases(found: QuerySet[SafetyCase], program: str, at: datetime) -> list[CaseAt]:
    """Everything there is to know of these cases, in as many questions as there are tables."""
    version = version_at(program, at)
    on = sponsor_day(version, at)
    linked = DuplicateLink.objects.filter(unlinked_at__isnull=True).select_related("case")
    rows = list(
        found.select_related("patient__merged_into")
        .prefetch_related(
            *_told(""),
            "assessments__read",
            Prefetch("links", DuplicateLink.objects.select_related("same_as")),
            Prefetch("linked", linked.select_related("case__patient__merged_into"), "standing"),
            *_told("standing__case__"),
        )
        .order_by("received_on", "pk")
    )
    return [CaseAt(each, tuple(link.case for link in each.standing), version, on) for each in rows]


def _told(before: str) -> list[str]:
    names = ("information", "questions__answers", "handed__hand_over", "handed__told")
    return [f"{before}{name}" for name in names]
