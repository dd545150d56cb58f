"""A limit is crossed once by a result as far as is known; what becomes surer is said again.

The way back is open as long as nothing was said twice; after that the database refuses it, and
names what was.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("monitoring", "0019_rows_are_checked_in_one_look")]
    operations = [
        migrations.RemoveConstraint("signalrow", "a_limit_is_crossed_once_by_a_result"),
        migrations.AddConstraint(
            "signalrow",
            models.UniqueConstraint(
                name="a_limit_is_crossed_once_by_a_result",
                fields=["result", "limit_code", "certainty"],
                condition=models.Q(result_replaced_at__isnull=True),
            ),
        ),
    ]
