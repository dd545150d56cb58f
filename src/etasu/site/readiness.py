"""What must be true for this process to do its work, as findings with short codes."""

from dataclasses import dataclass
from datetime import datetime

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from etasu.programs import library
from etasu.registry.audit.facts import entries_after, newest_seals, pulses
from etasu.registry.monitoring.watches import how_many_set_aside
from etasu.registry.notices.reminder_facts import said_to_wait_for_a_provider

# The sealer takes tens of thousands in a second: this many wait only when it does not run.
MOST_UNSEALED = 100_000


@dataclass(frozen=True)
class ReadyFinding:
    """One part that work depends on; `observed` names no person, address or account.

    A part that does not block leaves the pages at work without it, but somebody must look.
    """

    code: str
    is_met: bool
    observed: str
    blocks: bool = True


def findings(at: datetime) -> list[ReadyFinding]:
    """Every part in the order it is needed; nothing is asked of the database once it is silent."""
    try:
        found = [_database(), _migrations(), _programs(), worker(at), texts(at), _audit()]
        return [*found, _obligations()] if found[1].is_met else found
    except DatabaseError:
        return [ReadyFinding("database", is_met=False, observed="does not answer")]


def in_a_word(found: list[ReadyFinding]) -> str:
    """`ready`, `degraded` when only parts that do not block are unwell, or `not ready`."""
    unwell = [finding for finding in found if not finding.is_met]
    if any(finding.blocks for finding in unwell):
        return "not ready"
    return "degraded" if unwell else "ready"


def migrations_missing() -> list[str]:
    """The migrations not yet applied, as `app.name`, oldest first."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def _database() -> ReadyFinding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ReadyFinding("database", is_met=True, observed="answers")


def _migrations() -> ReadyFinding:
    missing = len(migrations_missing())
    observed = f"{missing} not applied" if missing else "applied"
    return ReadyFinding("migrations", is_met=not missing, observed=observed)


def _programs() -> ReadyFinding:
    """The programs this process started with; a later change needs a restart."""
    count = len(library.current().programs)
    return ReadyFinding("programs", is_met=count > 0, observed=f"{count} loaded")


def worker(at: datetime) -> ReadyFinding:
    """Whether every job of the worker succeeded when it should have."""
    known = pulses(at)
    late = [pulse.job for pulse in known if pulse.is_late]
    if not known:
        return ReadyFinding("worker", is_met=False, observed="never seen", blocks=False)
    observed = f"late: {', '.join(late)}" if late else "on time"
    return ReadyFinding("worker", is_met=not late, observed=observed, blocks=False)


def texts(at: datetime) -> ReadyFinding:
    """How many text messages wait because no provider takes them, as the worker last said."""
    waiting = said_to_wait_for_a_provider(pulses(at))
    observed = f"{waiting} wait for a provider" if waiting else "none waits for a provider"
    return ReadyFinding("text messages", is_met=not waiting, observed=observed, blocks=False)


def _audit() -> ReadyFinding:
    """How many audit entries wait for their seal."""
    waiting = entries_after(next(iter(newest_seals(1)), None))
    is_met = waiting <= MOST_UNSEALED
    return ReadyFinding("audit", is_met=is_met, observed=f"{waiting} not sealed", blocks=False)


def _obligations() -> ReadyFinding:
    """Whether what falls due follows from everybody's record; the log names whose does not."""
    count = how_many_set_aside()
    observed = f"{count} patients set aside" if count else "followed"
    return ReadyFinding("obligations", is_met=not count, observed=observed, blocks=False)
