"""Whatever crosses a limit is seen by a person with a name.

The limits are read from the program's files and compared in the database: nothing here is shared
with the functions that raise signals and tell of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

from etasu.site.sim.invariants.decisions import in_force
from etasu.site.sim.invariants.look import Look, rows
from etasu.site.sim.world import World

# A clock that was set back may have put a message off by so much.
SENT_WITHIN = timedelta(days=4)

_NUMBER = r"'^-?[0-9]+(\.[0-9]+)?$'"
# The newest number of the same test and unit before a result, through a day.
_BEFORE = f"""(
    SELECT former.value::numeric FROM monitoring_result former
    WHERE former.patient_id = own.patient_id AND former.test = own.test
        AND former.unit IS NOT DISTINCT FROM own.unit AND former.replaced_at IS NULL
        AND former.comparator = '' AND former.review <> 'unit-review'
        AND former.value ~ {_NUMBER}
        AND (former.collected_on, former.id) < (own.collected_on, own.id)
        AND former.collected_on <= {{through}}
    ORDER BY former.collected_on DESC, former.id DESC LIMIT 1
)"""
# The first day of the newest course that had begun before a result.
_BEGUN = """(
    SELECT max(first) FROM (
        SELECT min(given_on) AS first FROM treatment_infusion
        WHERE patient_id = own.patient_id AND struck_at IS NULL GROUP BY course
    ) course WHERE first < own.collected_on
)"""
_UNSEEN = f"""
WITH asked AS (
    SELECT * FROM jsonb_to_recordset(%s) AS asked (
        code text, test text, condition text, value text, unit text,
        together_with jsonb, together_days int)
), own AS MATERIALIZED (
    SELECT result.*, CASE WHEN value ~ {_NUMBER} THEN value::numeric END AS number,
        CASE WHEN low ~ {_NUMBER} THEN low::numeric END AS lowest,
        CASE WHEN high ~ {_NUMBER} THEN high::numeric END AS highest
    FROM monitoring_result result
    WHERE patient_id = ANY(%s) AND replaced_at IS NULL AND comparator = ''
        AND review <> 'unit-review' AND recorded_at >= %s AND test IN (SELECT test FROM asked)
), crossed AS MATERIALIZED (
    SELECT asked.*, own.id, own.patient_id, own.collected_on
    FROM own JOIN asked ON asked.test = own.test
    WHERE CASE asked.condition
        WHEN 'below' THEN own.unit = asked.unit AND own.number < asked.value::numeric
        WHEN 'above' THEN own.unit = asked.unit AND own.number > asked.value::numeric
        WHEN 'at_least' THEN own.unit = asked.unit AND own.number >= asked.value::numeric
        WHEN 'above_range' THEN own.number > own.highest
        WHEN 'below_range' THEN own.number < own.lowest
        WHEN 'times_upper_limit' THEN own.number > own.highest * asked.value::numeric
        WHEN 'reads' THEN own.value = asked.value
        WHEN 'at_least_grade' THEN array_position(%s, own.value)
            >= array_position(%s, asked.value)
        WHEN 'fall_percent' THEN own.number * 100
            <= {_BEFORE.format(through="own.collected_on")} * (100 - asked.value::numeric)
        WHEN 'rise_percent' THEN own.number * 100
            > {_BEFORE.format(through=_BEGUN)} * (100 + asked.value::numeric)
    END
)
SELECT patient_id, code, collected_on FROM crossed
WHERE NOT EXISTS (
    SELECT FROM jsonb_array_elements_text(coalesce(together_with, '[]')) AS needed(code)
    WHERE NOT EXISTS (
        SELECT FROM crossed other
        WHERE other.patient_id = crossed.patient_id AND other.code = needed.code
            AND abs(other.collected_on - crossed.collected_on) <= crossed.together_days)
) AND NOT EXISTS (
    SELECT FROM monitoring_signal WHERE result_id = crossed.id AND limit_code = crossed.code
        AND certainty = 'crossed' AND result_replaced_at IS NULL)
ORDER BY id, code
"""
GRADES = ["negative", "trace", "1+", "2+", "3+", "4+"]


def every_crossing_is_told(look: Look) -> Iterator[str]:
    """I16: what crosses a limit has a signal, which somebody is told of; then somebody else.

    Whoever is told is the prescriber it was raised for, or one of the program's own people.
    """
    label, files = in_force(look.world.folder, look.world.day)
    limits = [
        {key: each.get(key) for key in _ASKED} | {"value": str(each.get("value"))}
        for each in files["limits"]
    ]
    asked = (json.dumps(limits), look.ids, label, GRADES, GRADES)
    for patient, limit, day in rows(_UNSEEN, *asked):
        yield f"{look.subject(patient)} crossed {limit} on {day}, and there is no signal"
    yield from _untold(look)
    if look.is_everybody:
        yield from _late(look.world)


_ASKED = ("code", "test", "condition", "unit", "together_with", "together_days")
_TOLD = """
SELECT signal.id, signal.patient_id, signal.owner_id, ARRAY(
    SELECT person.number FROM notices_notice notice
    JOIN accounts_user person ON person.id = notice.recipient_id
    WHERE notice.subject = patient.number AND notice.event = 'limit_crossed'
        AND notice.facts->'signals' ? signal.number)
FROM monitoring_signal signal JOIN patients_patient patient ON patient.id = signal.patient_id
WHERE signal.id > %s AND signal.urgency <> 'information' ORDER BY signal.id
"""


def _untold(look: Look) -> Iterator[str]:
    world = look.world
    people = {each.row.pk: each.actor.number for each in world.offices["prescriber"]}
    for signal, patient, owner, told in rows(_TOLD, look.marks.get("I16", 0)):
        look.marks["I16"] = signal
        if not {people.get(owner), world.administrator.number} & set(told):
            yield f"{look.subject(patient)} has a signal nobody was told of"


_LATE = """
SELECT 'a message of a signal lies unsent' FROM notices_notice
WHERE event = 'limit_crossed' AND sent_at IS NULL AND closed_at IS NULL AND queued_at < %s
UNION ALL
SELECT 'a signal nobody answered is not told of again' FROM monitoring_signal
WHERE acknowledged_at IS NULL AND escalated_at IS NULL AND answer_until < %s
"""


def _late(world: World) -> Iterator[str]:
    """What the clock's last rounds should have told, and did not."""
    before = world.clock_went_round_on - SENT_WITHIN
    for (said,) in rows(_LATE, before, before):
        yield said
