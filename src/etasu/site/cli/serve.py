"""`etasu serve`: the web server, watched over until it is told to stop."""

import os
import sys
from typing import Annotated

import typer

from etasu.site.cli.answers import AsJson, Trouble, answer
from etasu.site.cli.preparation import prepare_current
from etasu.site.cli.supervisor import Child, Supervisor

Host = Annotated[str, typer.Option(help="The address to listen on.", envvar="ETASU_HOST")]
Port = Annotated[
    int, typer.Option(help="The port to listen on.", envvar="ETASU_PORT", min=1, max=65535)
]
Workers = Annotated[int, typer.Option(min=1, help="Processes.", envvar="ETASU_WORKERS")]
Threads = Annotated[int, typer.Option(min=1, help="Threads in each.", envvar="ETASU_THREADS")]


def serve(
    host: Host = "127.0.0.1",
    port: Port = 8000,
    workers: Workers = 2,
    threads: Threads = 8,
    worker: Annotated[bool, typer.Option(help="Also do what is due, in a process beside.")] = True,
    as_json: AsJson = False,
) -> None:
    """Serve the portals and interfaces until stopped with Ctrl-C or a TERM signal."""
    prepare_current()
    _room_for_connections(workers * threads)
    collect_static_files()
    children = [web_server(host, port, workers, threads)]
    if worker:
        children.append(due_worker())
    address = f"http://{host}:{port}/"
    ready = {"address": address, "workers": workers, "threads": threads, "pid": os.getpid()}
    supervisor = Supervisor(children, await_address=(host, port))
    supervisor.start()
    answer(as_json, ready, f"Etasu answers at {address}  (Ctrl-C stops it)")
    supervisor.watch()


def web_server(host: str, port: int, workers: int, threads: int) -> Child:
    """The process that answers requests."""
    options = {
        "interface": "wsgi",
        "host": host,
        "port": port,
        "workers": workers,
        "blocking-threads": threads,
        "workers-kill-timeout": 5,
        "log-level": "warning",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    command = [sys.executable, "-m", "etasu.site.web_server", *arguments]
    return Child(
        "web server", [*command, "--respawn-failed-workers", "etasu.site.wsgi:application"]
    )


def due_worker() -> Child:
    """The process that does what is due."""
    from etasu.clock.time import now_utc
    from etasu.site.worker_watch import WorkerWatch

    command = [sys.executable, "-m", "etasu.site.cli", "worker"]
    return Child("worker", command, WorkerWatch(now_utc()))


def collect_static_files() -> None:
    """Gather style sheets, scripts and fonts where the web server reads them, when they changed."""
    from etasu.site.static_files import collect_if_changed

    collect_if_changed()


def _room_for_connections(wanted: int) -> None:
    from etasu.site import database

    allowed = database.describe().max_connections
    if wanted > allowed - 20:
        raise Trouble(
            f"{wanted} threads need as many database connections; the database allows {allowed}.",
            "Lower --workers or --threads, or raise max_connections.",
        )
