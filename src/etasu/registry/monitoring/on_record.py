"""What is on record of patients that new results are looked at with, as asked of the database."""

# How many of the newest results of a test are read at once: those of some months, and as many more
# as are near a new one that comes monthly.
NEWEST = 6
# How many of the newest results through a day are looked at, should the newest be unreadable.
DEPTH = 3
# A patient's records: their own, and those that were merged into it.
_RECORDS = """(
    SELECT asked.person AS id
    UNION ALL SELECT id FROM patients_patient WHERE merged_into_id = asked.person
)"""
_OF_PERSON = f"CROSS JOIN LATERAL {_RECORDS} record"
INFUSIONS = f"""
SELECT asked.person, infusion.course, infusion.given_on
FROM unnest(%s::bigint[]) AS asked(person) {_OF_PERSON}
JOIN treatment_infusion infusion
    ON infusion.patient_id = record.id AND infusion.struck_at IS NULL
"""
_READING = "id, test, collected_on, value, unit, comparator, low, high, flags, review"
_TESTS = "CROSS JOIN LATERAL string_to_table(asked.tests, ' ') wanted"
_RECENT = f"""
SELECT asked.person, record.id, found.*
FROM unnest(%s::bigint[], %s::text[]) AS asked(person, tests) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
    ORDER BY collected_on DESC LIMIT {NEWEST}
) found
"""
ALL_OF_TESTS = f"""
SELECT asked.person, found.*
FROM unnest(%s::bigint[], %s::text[]) AS asked(person, tests) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
) found
"""
_NEAR = f"""
SELECT asked.person, found.*
FROM unnest(%s::bigint[], %s::text[], %s::date[], %s::date[])
    AS asked(person, tests, since, until) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
        AND collected_on BETWEEN asked.since AND asked.until
) found
"""
_BASELINES = f"""
SELECT asked.person, found.*
FROM unnest(%s::bigint[], %s::text[]) AS asked(person, tests) {_OF_PERSON} {_TESTS}
CROSS JOIN LATERAL (
    SELECT min(infusion.given_on) AS day FROM {_RECORDS} treated
    JOIN treatment_infusion infusion
        ON infusion.patient_id = treated.id AND infusion.struck_at IS NULL
    GROUP BY infusion.course
) begun
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = record.id AND test = wanted AND replaced_at IS NULL
        AND collected_on <= begun.day
    ORDER BY collected_on DESC LIMIT {DEPTH}
) found
"""
OLDER = f"""
SELECT asked.person, found.* FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::date[])
    AS asked(record, person, test, since)
CROSS JOIN LATERAL (
    SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on >= asked.since
    UNION
    (SELECT {_READING} FROM monitoring_result
    WHERE patient_id = asked.record AND test = asked.test AND replaced_at IS NULL
        AND collected_on <= asked.since
    ORDER BY collected_on DESC LIMIT {DEPTH})
) found
"""


# Everything in one statement: which kind of row it is, and then the columns of all kinds.
ON_RECORD = f"""
SELECT 'infusion' AS kind, asked.person, asked.course, NULL::bigint, NULL::text, given_on,
    NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text, NULL::text
FROM ({INFUSIONS}) asked
UNION ALL SELECT 'recent', found.* FROM ({_RECENT}) found
UNION ALL SELECT 'baseline', person, NULL, {_READING} FROM ({_BASELINES}) found
UNION ALL SELECT 'near', person, NULL, {_READING} FROM ({_NEAR}) found
"""
