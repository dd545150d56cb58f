"""Where messages are listened for, how a line is kept private, and who is at its other end."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import NamedTuple

from cryptography import x509

from etasu.interfaces.hl7v2.handing_in import PATIENCE, WRITERS
from etasu.interfaces.hl7v2.parser import LARGEST_MESSAGE

PORT = 2575
MOST_CONNECTIONS = 128
SECONDS_IDLE = 300.0
# How long the rest of a refused message may go on coming, so that its sender reads the answer.
SECONDS_TO_DRAIN = 15.0
# How many may wait to be let in.
MOST_WAITING = 128


class Place(NamedTuple):
    """Where to listen, how, and how patiently; at a `door` where one is open already.

    It `is_shared` where other processes take connections at it too.
    """

    host: str = "127.0.0.1"
    port: int = PORT
    door: socket.socket | None = None
    tls: ssl.SSLContext | None = None
    seconds_idle: float = SECONDS_IDLE
    largest: int = LARGEST_MESSAGE
    most_connections: int = MOST_CONNECTIONS
    seconds_to_drain: float = SECONDS_TO_DRAIN
    writers: int = WRITERS
    patience: float = 0.0
    is_shared: bool = False

    def among(self, processes: int) -> Place:
        """The same for each of so many processes that take connections at one door."""
        if processes == 1:
            return self
        # Another process uses the time in which one waits for the database.
        return self._replace(is_shared=True, patience=PATIENCE)


def tls_context(certificate: Path, key: Path, client_ca: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer; with a client CA, only for whoever shows a certificate of it.

    Raises OSError or ssl.SSLError for files that cannot be used.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(client_ca)
    return context


def open_door(host: str, port: int) -> socket.socket:
    """A socket that listens there; raises OSError where it cannot."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    return socket.create_server(address[:2], family=family, backlog=MOST_WAITING)


def identity(line: asyncio.Transport) -> str:
    """Whom we talk to: the subject of their certificate where they showed one, else the address."""
    tls = line.get_extra_info("ssl_object")
    shown = tls.getpeercert(binary_form=True) if tls is not None else None
    if shown:
        return "tls:" + x509.load_der_x509_certificate(shown).subject.rfc4514_string()
    peer = line.get_extra_info("peername")
    return f"peer:{peer[0]}" if peer else "peer:"
