"""`etasu worker`: do what is due."""

from pathlib import Path
from typing import Annotated, Any

import typer

from etasu.site.cli.answers import AsJson, Exit, answer, end
from etasu.site.cli.preparation import prepare_current


def worker(
    once: Annotated[bool, typer.Option(help="Do what is due now, then end.")] = False,
    as_json: AsJson = False,
) -> None:
    """Do what is due: seal the audit trail, send messages; once a day expire, remind, verify."""
    prepare_current()
    from django.conf import settings

    from etasu.clock.reminders import Sending
    from etasu.clock.sender import Letterhead
    from etasu.clock.worker import run
    from etasu.site.sms import texting

    letterhead = Letterhead(
        settings.ETASU_SITE_NAME, settings.ETASU_SITE_URL, settings.DEFAULT_FROM_EMAIL
    )
    sending = Sending(letterhead, texting())
    done = run(once=once, heads=heads_folder(), sending=sending)
    answer(as_json, {"done": done}, *_lines(done))
    end(Exit.FAILED if any("failed" in each for each in done.values()) else Exit.DONE)


def heads_folder() -> Path:
    """Where this database's daily audit heads are kept: each database has a folder of its own."""
    from django.db import connection

    from etasu.site.database import audit_heads_folder

    with connection.cursor() as db:
        db.execute(
            "SELECT system_identifier, oid FROM pg_control_system(), pg_database"
            " WHERE datname = current_database()"
        )
        server, number = db.fetchone()
    return audit_heads_folder() / f"{server}-{number}"


def _lines(done: dict[str, Any]) -> list[str]:
    """What was done, in words."""
    lines = [
        f"The {name} failed: {said['failed']}." for name, said in done.items() if "failed" in said
    ]
    if "entries" in (sealed := done.get("sealer", {})):
        lines.append(f"Sealed {sealed['entries']} audit entries in {sealed['seals']} seals.")
    if "day" in (nightly := done.get("nightly", {})):
        closed, checked = nightly["authorizations"], nightly["standings"]
        lines += [
            f"Expired {closed['expired']} authorizations, {closed['left']} are left.",
            f"Rechecked {checked['checked']} participants, {len(checked['drifted'])} had drifted.",
            f"Queued {nightly['reminders']['told']} reminders.",
            f"Verified the audit trail: {nightly['audit']['problems']} problems.",
        ]
    if "sent" in (mail := done.get("sender", {})):
        lines.append(f"Sent {mail['sent']} messages, {mail['waiting']} wait.")
        if mail["to_look_at"]:
            lines.append(f"Messages given up, for somebody to look at: {mail['to_look_at']}.")
    if reminded := done.get("reminders", {}):
        each = ", ".join(f"{count} {what}" for what, count in sorted(reminded.items()))
        lines.append(f"Reminders to patients: {each.replace('_', ' ')}.")
    return lines
