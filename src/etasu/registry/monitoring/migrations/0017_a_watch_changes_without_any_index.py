"""Following the calendar reads every watch once, and changes those that are due without any index.

Some watch of nearly every block changes each day, so that the index of blocks never spared a look;
to keep it up was a fifth of the work of a day. Fewer pages are read where more rows are on each:
a fifth of a page is room enough for what changes on it in a day. The step that comes next is found
by PostgreSQL itself and not one after another.
"""

from django.db import migrations

_ARGUMENTS = "open int, anchor date, months int, days int, last int"
_FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION monitoring_next_change({_ARGUMENTS}, steps int[], day date)
RETURNS date LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
-- `steps` rise. A due day can only matter while its last step is still to come.
DECLARE
    period int := greatest(open, monitoring_first_due_after(
        anchor, months, days, day - steps[array_upper(steps, 1)]));
    due date;
    nearest date;
BEGIN
    WHILE open IS NOT NULL AND period <= last LOOP
        due := anchor + make_interval(months => months * period, days => days * period);
        EXIT WHEN due + steps[1] >= nearest;
        -- Of the steps after the day the first; after the last of them there is none.
        nearest := least(nearest, due + steps[width_bucket(day - due, steps) + 1]);
        period := period + 1;
    END LOOP;
    RETURN nearest;
END $$;

CREATE OR REPLACE FUNCTION monitoring_reminders(
    {_ARGUMENTS}, waived varbit, steps int[], since date, through date
) RETURNS TABLE (due_on date, step int) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
-- What was to be said after `since` and until `through`; of each due day only the newest.
DECLARE
    period int;
BEGIN
    IF open IS NULL OR cardinality(steps) = 0 THEN
        RETURN;
    END IF;
    period := greatest(open, monitoring_first_due_after(
        anchor, months, days, since - steps[array_upper(steps, 1)]));
    WHILE period <= last LOOP
        due_on := anchor + make_interval(months => months * period, days => days * period);
        EXIT WHEN due_on + steps[1] > through;
        step := steps[width_bucket(through - due_on, steps)];
        IF due_on + step > since AND get_bit(waived, period - 1) = 0 THEN
            RETURN NEXT;
        END IF;
        period := period + 1;
    END LOOP;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0016_one_index_of_results")]
    operations = [
        migrations.RemoveIndex("watch", "watches_to_look_at"),
        migrations.RunSQL(
            "ALTER TABLE monitoring_watch SET (fillfactor = 80)",
            "ALTER TABLE monitoring_watch SET (fillfactor = 70)",
        ),
        # They answer as those before them did: on the way back they may stay.
        migrations.RunSQL(_FUNCTIONS, migrations.RunSQL.noop),
    ]
