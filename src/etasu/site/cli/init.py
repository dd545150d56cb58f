"""`etasu init`: everything a first start needs, made once."""

from etasu.site.cli.answers import AsJson, answer
from etasu.site.cli.migrate import bring_up_to_date
from etasu.site.cli.preparation import prepare


def init(as_json: AsJson = False) -> None:
    """Make the home folder, the secret and the database. Safe to run again."""
    made = initialize()
    answer(
        as_json,
        made,
        f"Home      {made['home']}",
        f"Database  PostgreSQL {made['postgresql']}, {made['kind']}",
        f"Tables    {made['applied']} migrations applied now"
        if made["applied"]
        else "Tables    up to date",
    )


def initialize() -> dict[str, object]:
    """Make what is missing; what there is now."""
    prepare()
    from etasu.site import database
    from etasu.site.readiness import migrations_missing

    missing = migrations_missing()
    bring_up_to_date()
    found = database.describe()
    return {
        "home": str(database.home_folder()),
        "kind": found.kind,
        "postgresql": found.version,
        "applied": len(missing),
    }
