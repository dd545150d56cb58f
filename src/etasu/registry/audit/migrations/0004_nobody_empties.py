"""Nothing a connection can say opens an append-only table to TRUNCATE any more."""

from django.db import migrations

STRICT = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation',
              HINT = 'Write a new row that corrects the old one.';
END $$;
"""


class Migration(migrations.Migration):
    """The guard as it is now; going back leaves it so, for it refuses only more."""

    dependencies = [("audit", "0003_origins")]
    operations = [migrations.RunSQL(STRICT, migrations.RunSQL.noop)]
