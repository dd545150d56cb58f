"""`etasu hl7 listen`: results from laboratories over MLLP."""

import asyncio
import gc
import os
import signal
import ssl
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from etasu.clock.time import now_utc
from etasu.site.cli.answers import AsJson, Exit, Trouble, answer
from etasu.site.cli.forks import Forks
from etasu.site.cli.preparation import prepare_current

if TYPE_CHECKING:
    from etasu.interfaces.hl7v2.door import Place
    from etasu.interfaces.hl7v2.listener import Listener
    from etasu.registry.monitoring.received import Outcome, Received

hl7 = typer.Typer(help="Results from laboratories as HL7 v2 messages.", no_args_is_help=True)

Host = Annotated[str, typer.Option(help="The address to listen on.", envvar="ETASU_HL7_HOST")]
Port = Annotated[
    int, typer.Option(help="The port to listen on.", envvar="ETASU_HL7_PORT", min=0, max=65535)
]
Certificate = Annotated[
    Path | None,
    typer.Option(help="Our certificate, with its chain, as PEM.", envvar="ETASU_HL7_TLS_CERT"),
]
Key = Annotated[
    Path | None, typer.Option(help="The key of that certificate.", envvar="ETASU_HL7_TLS_KEY")
]
ClientCa = Annotated[
    Path | None,
    typer.Option(
        help="Let in only who shows a certificate of these authorities, as PEM.",
        envvar="ETASU_HL7_CLIENT_CA",
    ),
]
Writers = Annotated[
    int,
    typer.Option(
        help="Transactions at once in each process, with a database connection of their own.",
        envvar="ETASU_HL7_WRITERS",
        min=1,
        max=16,
    ),
]
Processes = Annotated[
    int,
    typer.Option(
        help="Processes that share the port; as many as there are cores use all of them.",
        envvar="ETASU_HL7_PROCESSES",
        min=1,
        max=16,
    ),
]
_OBJECTS_BETWEEN_LOOKS = 50_000
_SECONDS_BEFORE_GIVING_WAY = 0.0005


@hl7.callback()
def commands() -> None:
    """Results from laboratories as HL7 v2 messages."""


@hl7.command()
def listen(
    host: Host = "127.0.0.1",
    port: Port = 2575,
    tls_cert: Certificate = None,
    tls_key: Key = None,
    client_ca: ClientCa = None,
    writers: Writers = 2,
    processes: Processes = 2,
    as_json: AsJson = False,
) -> None:
    """Take ORU^R01 messages over MLLP, keep them, and acknowledge them, until stopped."""
    tls = _tls(tls_cert, tls_key, client_ca)
    prepare_current()
    from etasu.interfaces.hl7v2.door import Place, open_door

    # What is there now stays: to look for garbage among it with every message costs a tenth.
    gc.freeze()
    gc.set_threshold(_OBJECTS_BETWEEN_LOOKS, 20, 50)
    # Whoever is answered waits for a thread that translates the next messages to give way.
    sys.setswitchinterval(_SECONDS_BEFORE_GIVING_WAY)
    try:
        door = open_door(host, port)
    except OSError as error:
        what = f"{host}:{port} cannot be listened on: {error.strerror or error}."
        raise Trouble(what, "Choose another --port, or stop what listens there.") from error
    place = Place(door=door, tls=tls, writers=writers).among(processes)

    def ready() -> None:
        body = {
            "address": f"{host}:{door.getsockname()[1]}",
            "tls": tls is not None,
            "pid": os.getpid(),
        }
        how = "with TLS" if tls else "without TLS"
        line = f"Etasu takes HL7 messages at {body['address']}, {how}  (Ctrl-C stops it)"
        answer(as_json, body, line)

    if processes == 1 or not hasattr(os, "fork"):
        asyncio.run(_listen(place, ready))
        return
    from django.db import connections

    # No connection to the database may be shared by two processes.
    connections.close_all()
    Forks(processes, lambda begun: asyncio.run(_listen(place, begun))).run(ready)


async def _listen(place: "Place", ready: Callable[[], None]) -> None:
    from etasu.interfaces.hl7v2.agreed import Remembered
    from etasu.interfaces.hl7v2.listener import Listener

    listener = Listener(place, _receive_all, now_utc, Remembered())
    _stop_on_signal(listener)
    keeping = asyncio.create_task(_keep_the_database_running())
    try:
        await listener.listen(lambda _: ready())
    finally:
        keeping.cancel()


async def _keep_the_database_running() -> None:
    """Start an embedded database that was killed; until then senders are told to come back."""
    from etasu.site import database

    while database.is_embedded():
        await asyncio.sleep(0.25)
        if database.postmaster_pid() is None:
            with suppress(database.DatabaseUnavailable):
                await asyncio.to_thread(database.database_url)


def _stop_on_signal(listener: "Listener") -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, listener.stop)


def _receive_all(messages: "Sequence[Received]", *, at: datetime) -> "Sequence[Outcome]":
    from etasu.registry.audit.actors import PLATFORM
    from etasu.registry.monitoring.intake import receive_all

    return receive_all(messages, by=PLATFORM, at=at)


def _tls(
    certificate: Path | None, key: Path | None, client_ca: Path | None
) -> "ssl.SSLContext | None":
    """How connections are kept from being read; None for not at all."""
    if certificate is None and key is None and client_ca is None:
        return None
    if certificate is None or key is None:
        what = "TLS needs --tls-cert and --tls-key together."
        raise Trouble(what, "Name both files.", code=Exit.USAGE)
    from etasu.interfaces.hl7v2.door import tls_context

    try:
        return tls_context(certificate, key, client_ca)
    except (OSError, ssl.SSLError) as error:
        what = f"The TLS files cannot be used: {error}."
        raise Trouble(what, "Give a certificate and its key, both as PEM.") from error
