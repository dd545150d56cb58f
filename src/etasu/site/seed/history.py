"""The story of one patient among many, as chance has it."""

from __future__ import annotations

from datetime import date, timedelta

from etasu.site.seed import words
from etasu.site.seed.chance import Chance
from etasu.site.seed.courses import DAY, CourseStory
from etasu.site.seed.desk import Desk
from etasu.site.seed.laboratory import Body
from etasu.site.seed.monitoring import Habit, Monitoring
from etasu.site.seed.participants import ParticipantStory
from etasu.site.seed.patients import PatientStory, Person
from etasu.site.seed.rows import moment
from etasu.site.seed.sites import Country

HOLDS = (
    ("active-infection", "An infection is being treated."),
    ("result-awaited", "A result must be repeated first."),
    ("other-medicine", "Another medicine must be stopped first."),
)
ENDINGS = ("transferred", "withdrew consent", "lost to follow-up", "died")
# Of a hundred patients, how many go on to each course once the one before is over.
GOING_ON = {1: 88, 2: 74, 3: 42}
AHEAD = timedelta(days=21)


class History:
    """One patient's years in the program, told from enrollment to yesterday."""

    def __init__(
        self, desk: Desk, chance: Chance, country: Country, prescriber: ParticipantStory, on: date
    ) -> None:
        self.desk = desk
        self.chance = chance
        self.country = country
        self.stop = desk.today - DAY
        person = someone(desk, chance, on)
        self.patient = PatientStory(desk, person, prescriber, on, Body(chance))
        self.monitoring: Monitoring | None = None
        self.habit = self._habit()
        self.ending: tuple[date, str] | None = None
        self.not_closed: CourseStory | None = None

    def tell(self) -> None:
        """Everything that happened, written down."""
        chance, patient = self.chance, self.patient
        enroll(patient)
        if chance.happens(5):
            leaves = patient.enrolled_on + timedelta(days=chance.between(20, 900))
            if leaves <= self.stop:
                self.ending, self.stop = (leaves, chance.pick(ENDINGS)), leaves - DAY
        if chance.happens(5):
            self._hold()
        if self.desk.shape_on(patient.enrolled_on).treats:
            self._treat()
        if self.monitoring is not None:
            self.monitoring.through(self.stop)
        if self.ending is not None:
            patient.end(*self.ending)
        patient.write()

    def _habit(self) -> Habit:
        missed = self.chance.pick((1.0, 2.0, 4.0, 8.0, 20.0))
        if not self.chance.happens(12):
            return Habit(missed)
        since = self.patient.enrolled_on + timedelta(days=self.chance.between(120, 900))
        for_good = self.chance.happens(40)
        until = date.max if for_good else since + timedelta(days=self.chance.between(50, 200))
        return Habit(missed, since, until)

    def _hold(self) -> None:
        chance = self.chance
        opened = self.patient.enrolled_on + timedelta(days=chance.between(10, 700))
        closed = opened + timedelta(days=chance.between(7, 45))
        if opened <= self.stop:
            code, reason = chance.pick(HOLDS)
            is_closed = closed <= self.stop and chance.happens(85)
            self.patient.hold(code, reason, opened, closed if is_closed else None)

    def _treat(self) -> None:
        first = self.patient.enrolled_on + timedelta(days=self.chance.between(20, 110))
        for course in GOING_ON:
            if not self.chance.happens(GOING_ON[course]):
                return
            last = self._course(course, first)
            if last is None:
                return
            gap = self.desk.shape_on(last).gap_before(course + 1)
            earliest = gap.after(last) if gap else last + timedelta(days=90)
            first = earliest + timedelta(days=self.chance.between(2, 140))

    def _course(self, course: int, first: date) -> date | None:
        """One course; its last infusion day, or None when it goes no further."""
        chance = self.chance
        lab = first - timedelta(days=chance.between(5, 20))
        asks = lab + timedelta(days=chance.between(1, 4))
        if asks > self.stop or first > self.stop + AHEAD:
            return None
        near = self.country.near(self.patient.prescriber, chance, asks)
        story = CourseStory(self.patient, course, first, near)
        begun = self._ask_early(story, lab - DAY) if chance.happens(5) else None
        if begun is None:
            self._go_on(lab)
            story.collect_baseline(lab)
            begun = self._begin(story, asks)
        if begun is None:
            return None
        story.supply(begun)
        return self._days(story)

    def _ask_early(self, story: CourseStory, on: date) -> date | None:
        """The day, if the course was authorized though its tests were not taken for it."""
        self._go_on(on)
        return on if story.begin(on) is not None else None

    def _begin(self, story: CourseStory, asks: date) -> date | None:
        """The day the course was authorized, at once or after what was missing is done."""
        self._go_on(asks)
        story.sign_forms(asks)
        if story.begin(asks) is not None:
            return asks
        again = asks + timedelta(days=self.chance.between(2, 6))
        if again > self.stop:
            return None
        self._go_on(again)
        story.first = max(story.first, again + DAY)
        story.sites = self.country.near(self.patient.prescriber, self.chance, again)
        story.sign_forms(again)
        if self.monitoring is not None:
            self.monitoring.catch_up(again)
        if self.not_closed is not None:
            self.not_closed.close(again)
        return again if story.begin(again) is not None else None

    def _days(self, story: CourseStory) -> date | None:
        """The infusion days as far as they have come; the last of a course that is over."""
        chance, last = self.chance, None
        doses = story.doses if not chance.happens(3) else chance.between(1, story.doses)
        for count in range(doses):
            day = story.first + count * DAY
            if day > self.stop:
                return None
            if chance.happens(0.3):
                story.give_unasked(day)
            elif not story.give_day(day):
                break
            last = day
        if last is None:
            return None
        if self.monitoring is None:
            self.monitoring = Monitoring(self.patient, chance, self.habit, story.first)
        self._close(story, last)
        return last

    def _close(self, story: CourseStory, last: date) -> None:
        """The form after the course is signed in time, late, or not at all."""
        late = 14 if self.chance.happens(6) else 0
        signed = last + timedelta(days=self.chance.between(0, 4) + late)
        is_closed = signed <= self.stop and not self.chance.happens(3)
        self.not_closed = None if is_closed else story
        if is_closed:
            story.close(signed)

    def _go_on(self, day: date) -> None:
        if self.monitoring is not None:
            self.monitoring.through(day)


def someone(desk: Desk, chance: Chance, on: date) -> Person:
    """An invented adult."""
    age = chance.between(max(desk.shape_on(on).youngest, 18), 66) * 365 + chance.between(20, 340)
    known = desk.version_on(on).patient.attributes
    attributes = {each.code: chance.pick(each.values) for each in known}
    language = "es" if chance.happens(14) else "en"
    born = on - timedelta(days=age + age // 1460)
    return Person(words.person(chance), born, attributes, words.Place(chance), language)


def enroll(patient: PatientStory) -> None:
    """The enrollment form is signed on the day of enrollment, where the program has one."""
    form = patient.desk.version_on(patient.enrolled_on).patient.form
    if form is not None:
        at = moment(patient.enrolled_on, 13)
        patient.sign(form, at, patient.prescriber.voice, None, {})
