"""The cast's patients, each told so that one question has its answer today."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from etasu.safe_use.dates import Span, Unit
from etasu.site.seed.cast import before
from etasu.site.seed.chance import Chance
from etasu.site.seed.courses import DAY, CourseStory, Sites
from etasu.site.seed.desk import Desk
from etasu.site.seed.history import enroll, someone
from etasu.site.seed.laboratory import Body
from etasu.site.seed.monitoring import Habit, Monitoring
from etasu.site.seed.participants import ParticipantStory
from etasu.site.seed.patients import PatientStory
from etasu.site.seed.shape import first_day_of_history

Settled = Mapping[str, ParticipantStory]
FAMILY_NAMES = {
    "mara": "Mosswindow",
    "tess": "Reedteacup",
    "luis": "Copperladder",
    "iris": "Snowbasket",
    "noor": "Strawmirror",
    "otto": "Bridgecarpet",
    "ada": "Pondcandle",
    "petra": "Raingarden",
}


class CastPatients:
    """Tells the patients of the cast around `desk.today`; `told` has them by key."""

    def __init__(self, desk: Desk, settled: Settled) -> None:
        self._desk = desk
        self._settled = settled
        self.told: dict[str, PatientStory] = {}

    def tell(self) -> None:
        """Everybody, written down; only enrolled where the program does not treat in courses."""
        treats = "riverside" in self._settled and self._desk.shape_on(self._desk.today).treats
        for key in FAMILY_NAMES:
            if treats:
                getattr(self, f"_{key}")()
            else:
                self._enrolled(key, 40)
            self.told[key].write()

    def _mara(self) -> None:
        """Ready: her first course can be authorized today."""
        self._ready(self._enrolled("mara", 40))

    def _tess(self) -> None:
        """Her first course is authorized and begins today."""
        self._authorized(self._enrolled("tess", 45), "riverside", 0)

    def _luis(self) -> None:
        """In the middle of his first course: its second day is today."""
        course = self._authorized(self._enrolled("luis", 50), "riverside", 1)
        course.supply(self._desk.today - 3 * DAY)
        course.give_day(self._desk.today - DAY)

    def _iris(self) -> None:
        """Monitored since her first course, everything done: the second can be authorized."""
        self._ready(self._treated("iris", Habit(0), timedelta(days=40)))

    def _noor(self) -> None:
        """Overdue: neither tests nor forms for months, so her next course is refused."""
        away = self._desk.today - timedelta(days=115)
        self._treated("noor", Habit(0, away), timedelta(days=100))

    def _otto(self) -> None:
        """Transferred away: everything else is in order."""
        patient = self._enrolled("otto", 60)
        self._ready(patient)
        patient.end(self._desk.today - DAY, "transferred")

    def _ada(self) -> None:
        """A hold is open: everything else is in order."""
        patient = self._enrolled("ada", 42)
        self._ready(patient)
        opened = self._desk.today - 2 * DAY
        patient.hold("active-infection", "An infection is being treated.", opened, None)

    def _petra(self) -> None:
        """Authorized from today, at another facility."""
        self._authorized(self._enrolled("petra", 44), "lakeside", 0)

    def _enrolled(self, key: str, days_ago: int) -> PatientStory:
        desk, on = self._desk, self._desk.today - days_ago * DAY
        chance = Chance("cast", key)
        which = -1 if key in ("luis", "otto") else 0
        known = desk.version_on(on).patient.attributes
        person = someone(desk, chance, on)._replace(
            full_name=f"{key.title()} {FAMILY_NAMES[key]}",
            attributes={each.code: each.values[which] for each in known},
            language="en",
        )
        person.place.state, person.place.time_zone = "NY", "America/New_York"
        patient = PatientStory(desk, person, self._settled["amara"], on, Body(chance))
        self.told[key] = patient
        enroll(patient)
        return patient

    def _ready(self, patient: PatientStory) -> CourseStory:
        """Tests and forms for the next course, planned for today."""
        newest = max((course for course, _ in patient.infusions), default=0)
        course = self._course(patient, newest + 1, "riverside", 0)
        course.collect_baseline(self._desk.today - 8 * DAY)
        course.sign_forms(self._desk.today - 3 * DAY)
        return course

    def _authorized(self, patient: PatientStory, where: str, days_ago: int) -> CourseStory:
        """A first course authorized to begin so many days ago."""
        course = self._course(patient, 1, where, days_ago)
        course.collect_baseline(self._desk.today - 9 * DAY)
        course.sign_forms(self._desk.today - 5 * DAY)
        course.begin(self._desk.today - 5 * DAY)
        return course

    def _treated(self, key: str, habit: Habit, over: timedelta) -> PatientStory:
        """A first course, so long ago that a second could have begun `over` ago, and monitoring.

        In a program too young for that, only the old tests are there.
        """
        desk = self._desk
        gap = desk.shape_on(desk.today).gap_before(2) or Span(4, Unit.MONTHS)
        first = before(desk.today - over, gap)
        begins = first_day_of_history(desk.program.versions, desk.today)
        days_ago = (desk.today - first).days
        if first - timedelta(days=12) < begins:
            patient = self._enrolled(key, 90)
            course = self._course(patient, 1, "riverside", 0)
            course.collect_baseline(desk.today - timedelta(days=70))
            return patient
        patient = self._enrolled(key, days_ago + 40)
        course = self._course(patient, 1, "riverside", days_ago)
        course.collect_baseline(first - 9 * DAY)
        course.sign_forms(first - 5 * DAY)
        course.begin(first - 5 * DAY)
        course.supply(first - 4 * DAY)
        given = [first + count * DAY for count in range(course.doses)]
        for day in given:
            course.give_day(day)
        course.close(given[-1] + DAY)
        Monitoring(patient, Chance("cast", key), habit, first).through(desk.today - DAY)
        return patient

    def _course(self, patient: PatientStory, course: int, where: str, days_ago: int) -> CourseStory:
        sites = Sites(self._settled[where], self._settled.get("cedar"))
        first = self._desk.today - timedelta(days=days_ago)
        return CourseStory(patient, course, first, sites)
