"""What patients and care partners read about results: never more comfort than somebody gave."""

from __future__ import annotations

from datetime import timedelta

from django.utils import translation

from etasu.portals.components.results_in_words import TO_LOOK_AT, results_in_words
from etasu.registry.monitoring.models import Result
from etasu.registry.monitoring.signal_facts import SignalRow
from tests.factories.reminding import BY
from tests.portals.world import PROGRAM, Cast
from tests.registry.rows import row


def test_one_open_signal_is_enough_and_the_last_result_of_a_day_counts(cast: Cast) -> None:
    Result.objects.filter(patient=cast.mara).update(replaced_at=cast.at, replaced_by="a")
    said = {"patient": cast.mara, "test": "creatinine", "unit": "mg/dL", **BY}
    Result.objects.create(collected_on=cast.today, value="0.9", **said)
    high = Result.objects.create(collected_on=cast.today, value="4.1", **said)
    # Listed as done without a value, it says nothing to be read here.
    Result.objects.create(collected_on=cast.today + timedelta(days=1), value=None, **said)
    about = {"program": PROGRAM, "patient": cast.mara, "result": high}
    row(SignalRow, limit_code="a", **about)
    seen = {"acknowledged_at": cast.at, "acknowledged_by": "amara", "done": "called"}
    row(SignalRow, limit_code="b", **seen, **about)
    (one,) = results_in_words(cast.mara, cast.today)
    assert (one.found, one.stands_out) == ("4.1 mg/dL", True)
    assert str(one.meaning) == str(TO_LOOK_AT)


def test_words_and_units_are_those_people_use(cast: Cast) -> None:
    Result.objects.filter(patient=cast.mara).update(replaced_at=cast.at, replaced_by="a")
    said = {"patient": cast.mara, "collected_on": cast.today, **BY}
    Result.objects.create(test="cbc-with-differential", value="done", **said)
    Result.objects.create(test="platelets", value="212", unit="10*3/uL", **said)
    Result.objects.create(test="tsh", value="1.9", comparator="<", unit="m[IU]/L", **said)
    Result.objects.create(
        test="urine-protein-creatinine-ratio", value="12", unit="mg/g{creat}", **said
    )
    with translation.override("es"):
        found = [str(each.found) for each in results_in_words(cast.mara, cast.today)]
    assert sorted(found) == ["12 mg/g", "212 10³/µL", "<1.9 mIU/L", "Hecho"]
