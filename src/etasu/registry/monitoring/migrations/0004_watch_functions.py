"""The rhythm of a watch in the database, each function as the one of its name in safe use."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION monitoring_due(anchor date, months int, days int, period int) RETURNS date
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ($1 + make_interval(months => $2 * $4, days => $3 * $4))::date
$$;

CREATE FUNCTION monitoring_opening(anchor date, months int, days int, period int) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    due date := anchor + make_interval(months => months * period, days => days * period);
    former date := anchor + make_interval(months => months * (period - 1),
                                          days => days * (period - 1));
BEGIN
    RETURN due - (due - former) / 2;
END $$;

CREATE FUNCTION monitoring_period(anchor date, months int, days int, day date) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    guess int := greatest(0, round((day - anchor) / (months * 30.436875::float8 + days)));
BEGIN
    IF day >= monitoring_opening(anchor, months, days, guess + 1) THEN
        RETURN guess + 1;
    ELSIF guess = 0 OR day >= monitoring_opening(anchor, months, days, guess) THEN
        RETURN guess;
    END IF;
    RETURN guess - 1;
END $$;

CREATE FUNCTION monitoring_fallen(anchor date, months int, days int, day date) RETURNS int
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
-- How many periods have fallen due by the day. A month counts once the anchor's day of the month
-- has come, or the month's last day; plain enough to be computed within a query.
    SELECT CASE WHEN $2 > 0 THEN greatest(0,
        (date_part('year', $4) - date_part('year', $1))::int * 12
        + (date_part('month', $4) - date_part('month', $1))::int
        - (date_part('day', $4) < least(date_part('day', $1), date_part('day',
            date_trunc('month', $4::timestamp) + interval '1 month - 1 day')))::int) / $2
    ELSE greatest(0, $4 - $1) / greatest(1, $3) END
$$;

CREATE FUNCTION monitoring_first_due_after(anchor date, months int, days int, day date)
RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT monitoring_fallen($1, $2, $3, $4) + 1
$$;

CREATE FUNCTION monitoring_open_period(met varbit, waived varbit, last int) RETURNS int
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    period int := length(rtrim(met::text, '0')) + 1;
    left_open int;
BEGIN
    IF period > last THEN
        RETURN NULL;
    ELSIF bit_count(waived) = 0 THEN
        RETURN period;
    END IF;
    left_open := strpos(substr(waived::text, period), '0');
    RETURN CASE WHEN left_open > 0 THEN period + left_open - 1 END;
END $$;

CREATE FUNCTION monitoring_next_change(
    open int, anchor date, months int, days int, last int, steps int[], day date
) RETURNS date LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
-- `steps` rise. A due day can only matter while its last step is still to come.
DECLARE
    period int := greatest(open, monitoring_first_due_after(
        anchor, months, days, day - steps[array_upper(steps, 1)]));
    due date;
    step int;
    nearest date;
BEGIN
    WHILE open IS NOT NULL AND period <= last LOOP
        due := anchor + make_interval(months => months * period, days => days * period);
        EXIT WHEN due + steps[1] >= nearest;
        FOREACH step IN ARRAY steps LOOP
            IF due + step > day THEN
                nearest := least(nearest, due + step);
                EXIT;
            END IF;
        END LOOP;
        period := period + 1;
    END LOOP;
    RETURN nearest;
END $$;

CREATE FUNCTION monitoring_reminders(
    open int, anchor date, months int, days int, last int, waived varbit, steps int[],
    since date, through date
) RETURNS TABLE (due_on date, step int) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
-- What was to be said after `since` and until `through`; of each due day only the newest.
DECLARE
    period int;
    each int;
BEGIN
    IF open IS NULL OR cardinality(steps) = 0 THEN
        RETURN;
    END IF;
    period := greatest(open, monitoring_first_due_after(
        anchor, months, days, since - steps[array_upper(steps, 1)]));
    WHILE period <= last LOOP
        due_on := anchor + make_interval(months => months * period, days => days * period);
        EXIT WHEN due_on + steps[1] > through;
        step := NULL;
        FOREACH each IN ARRAY steps LOOP
            IF due_on + each > since AND due_on + each <= through THEN
                step := each;
            END IF;
        END LOOP;
        IF step IS NOT NULL AND get_bit(waived, period - 1) = 0 THEN
            RETURN NEXT;
        END IF;
        period := period + 1;
    END LOOP;
END $$;

CREATE FUNCTION monitoring_status(open_due_on date, overdue int, escalated int, day date)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN $1 IS NULL THEN 'met'
        WHEN $4 < $1 THEN 'upcoming'
        WHEN $4 < $1 + $2 THEN 'due'
        WHEN $4 < $1 + $3 THEN 'overdue'
        ELSE 'escalated'
    END
$$;

CALL make_append_only('monitoring_extension');
CALL keep_all_but('monitoring_waiver', 'ended_at', 'ended_by', 'ended_reason');
"""

GONE = """
DROP FUNCTION monitoring_status(date, int, int, date);
DROP FUNCTION monitoring_reminders(int, date, int, int, int, varbit, int[], date, date);
DROP FUNCTION monitoring_next_change(int, date, int, int, int, int[], date);
DROP FUNCTION monitoring_open_period(varbit, varbit, int);
DROP FUNCTION monitoring_first_due_after(date, int, int, date);
DROP FUNCTION monitoring_fallen(date, int, int, date);
DROP FUNCTION monitoring_period(date, int, int, date);
DROP FUNCTION monitoring_opening(date, int, int, int);
DROP FUNCTION monitoring_due(date, int, int, int);
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0003_watches"), ("audit", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTIONS, GONE)]
