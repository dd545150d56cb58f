"""No event anybody stated is without a safety case.

Which answers state one is read from the program's files, and looked for in the forms as signed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from etasu.site.sim.invariants.decisions import files_of
from etasu.site.sim.invariants.look import Look, rows

# A form answers a question once, or in each row of a part that is repeated.
_STATED = """
SELECT form.subject_id, form.form || ' ' || stated.code
FROM submissions_signed_form form
JOIN jsonb_to_recordset(%s) AS stated (form text, code text, question text, answer text)
    ON stated.form = form.form
WHERE form.id > %s AND form.program_version = %s AND form.subject_kind = 'patient'
    AND EXISTS (
        SELECT FROM jsonb_each_text(form.answers) said
        WHERE split_part(said.key, '.', 1) = stated.question AND said.value = stated.answer)
    AND NOT EXISTS (
        SELECT FROM safety_information known JOIN safety_case filed ON filed.id = known.case_id
        WHERE filed.patient_id = form.subject_id AND position(form.number IN known.occasion) > 0
            AND position(stated.code IN known.occasion) > 0
            AND known.received_at <= form.signed_at + interval '1 day')
ORDER BY form.id
"""
_NOTED = """
SELECT entry.patient_id, 'a reaction of ' || entry.given_on FROM treatment_day_entry entry
WHERE entry.id > %s AND entry.event = 'reaction' AND NOT EXISTS (
    SELECT FROM safety_information known JOIN safety_case filed ON filed.id = known.case_id
    WHERE filed.patient_id = entry.patient_id AND position(entry.number IN known.occasion) > 0
        AND known.received_at <= entry.recorded_at + interval '1 day')
ORDER BY entry.id
"""
_NEWEST = """
SELECT (SELECT coalesce(max(id), 0) FROM submissions_signed_form),
    (SELECT coalesce(max(id), 0) FROM treatment_day_entry)
"""


def every_event_is_a_case(look: Look) -> Iterator[str]:
    """I11: what a form or an infusion day states as an event is with safety staff within a day."""
    forms, entries = look.marks.get("I11", (0, 0))
    look.marks["I11"] = rows(_NEWEST)[0]
    for version, files in files_of(look.world.folder):
        stated = json.dumps(files["event_answers"])
        for patient, what in rows(_STATED, stated, forms, version):
            yield f"{look.subject(patient)}: {what} was stated, and there is no case"
    for patient, what in rows(_NOTED, entries):
        yield f"{look.subject(patient)}: {what} was noted, and there is no case"
