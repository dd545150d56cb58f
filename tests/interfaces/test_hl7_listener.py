"""The listener over real sockets: what lines and senders do to it, and what it never does."""

from __future__ import annotations

import datetime as dates
import logging
import os
import random
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.db import OperationalError

from etasu.clock.time import now_utc
from etasu.interfaces.hl7v2.door import Place, open_door, tls_context
from etasu.interfaces.hl7v2.exchange import hear
from etasu.interfaces.hl7v2.frames import Frames, TooLarge, framed
from etasu.interfaces.hl7v2.handing_in import HandingIn, keep
from etasu.registry.monitoring.received import Outcome, Received
from tests.interfaces.hl7_line import Line, listening
from tests.interfaces.hl7_messages import OBR, WBC, mutated, obx, oru
from tests.interfaces.hl7_store import Store

ANY_PORT = Place(port=0)


def message(number: int | str) -> bytes:
    text = oru(OBR, obx(1, "NM", WBC, "5"), number=str(number))
    return text.replace("\n", "\r").encode()


def yes_to(number: int | str) -> bytes:
    return f"MSA|AA|{number}\r".encode()


# Frames: pure, so every way a line can cut them is tried.


def test_frames_come_out_however_the_line_cuts_them() -> None:
    stream = (
        b"noise" + framed(b"one") + b"\r\n" + framed(b"two") + framed(b"") + b"x" + framed(b"3")
    )
    chance = random.Random(7)
    for _ in range(200):
        frames, found, at = Frames(), [], 0
        while at < len(stream):
            step = chance.randint(1, 9)
            found += frames.feed(stream[at : at + step])
            at += step
        assert found == [b"one", b"two", b"", b"3"]
        assert (frames.take_dropped(), frames.take_dropped(), frames.is_inside) == (6, 0, False)


def test_a_half_message_begun_anew_is_not_read_with_the_next() -> None:
    frames = Frames()
    found = list(frames.feed(b"\x0bMSH|half\rOBX|1" + framed(b"MSH|whole") + b"\x0bMSH|ha"))
    assert (found, frames.dropped, frames.is_inside) == ([b"MSH|whole"], 14, True)
    # A stray mark in a text begins nothing.
    assert list(Frames().feed(framed(b"MSH|a\x0bb"))) == [b"MSH|a\x0bb"]
    # A frame that ends without its carriage return is whole all the same.
    assert list(Frames().feed(b"\x0bMSH|1\x1c\x0bMSH|2\x1c\n")) == [b"MSH|1", b"MSH|2"]


def test_a_frame_without_an_end_is_given_up_early() -> None:
    frames = Frames(largest=1000)
    assert list(frames.feed(framed(b"x" * 1000))) == [b"x" * 1000]
    for data in (b"\x0b" + b"x" * 1001, framed(b"x" * 1001)):
        with pytest.raises(TooLarge):
            list(Frames(largest=1000).feed(data))


# The line.


def test_messages_are_answered_one_after_the_other() -> None:
    store = Store()
    with listening(store) as port, Line(port) as line:
        assert yes_to(1) in line.ask(message(1))
        # Two frames in a packet, with noise between them, then one a byte at a time.
        line.socket.sendall(framed(message(2)) + b"noise\r\n" + framed(message(3)))
        assert [yes_to(2) in line.receive(), yes_to(3) in line.receive()] == [True, True]
        for byte in framed(message(4)):
            line.socket.sendall(bytes([byte]))
        assert yes_to(4) in line.receive()
        assert b"MSA|AE|" in line.ask(b"what is this")
        assert b"MSA|AR|5" in line.ask(message(5).replace(b"ORU^R01", b"ADT^A01"))
        line.send(message(6).replace(b"|P|2.5.1", b"|P|2.5.1|||AL|AL"))
        assert [line.receive().split(b"MSA|")[1][:4] for _ in range(2)] == [b"CA|6", b"AA|6"]
    assert [each.connection for each in store.kept] == ["peer:127.0.0.1"] * 7
    assert sum(each.message is None for each in store.kept) == 2


def test_what_stands_outside_a_frame_is_counted_and_not_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, logger="etasu.hl7")
    with listening(Store()) as port:
        with Line(port) as line:
            line.socket.sendall(b"SECRET garbage" + framed(message(1)))
            assert yes_to(1) in line.receive()
        with Line(port) as half:
            half.socket.sendall(b"\x0bMSH|SECRET")
            half.socket.shutdown(socket.SHUT_WR)
            assert half.is_closed
    told = [record.msg for record in caplog.records if record.name == "etasu.hl7"]
    assert any(each.get("dropped_bytes") == 14 for each in told)
    assert any(each.get("half_message") for each in told)
    assert "SECRET" not in str(told) and "Doe" not in str(told)


def test_a_hundred_megabytes_are_refused_and_never_held() -> None:
    place = ANY_PORT._replace(seconds_to_drain=30)
    with listening(Store(), place) as port, Line(port) as line, Line(port) as other:
        before = psutil.Process(os.getpid()).memory_info().rss
        most = before
        piece = b"x" * (1 << 20)
        line.socket.sendall(b"\x0b" + message("BIG"))
        for _ in range(100):
            line.socket.sendall(piece)
            most = max(most, psutil.Process(os.getpid()).memory_info().rss)
        said = line.receive()
        assert b"MSA|AR|BIG\r" in said and b"104^Value too long" in said
        line.socket.shutdown(socket.SHUT_WR)
        assert line.is_closed
        assert most - before < 40 << 20
        assert yes_to(1) in other.ask(message(1))


def test_slow_senders_are_let_go_and_others_do_not_notice() -> None:
    place = ANY_PORT._replace(seconds_idle=0.4)
    with listening(Store(), place) as port, Line(port) as silent, Line(port) as slow:
        began = time.monotonic()
        with Line(port) as quick:
            while time.monotonic() - began < 0.8:
                assert yes_to(1) in quick.ask(message(1))
        slow.socket.sendall(b"\x0bMSH")
        assert silent.is_closed
        # A byte now and then does not keep a half message alive.
        with Line(port) as dripping:
            with pytest.raises(OSError):
                dripping.socket.sendall(b"\x0b")
                for _ in range(60):
                    dripping.socket.sendall(b"M")
                    time.sleep(0.05)
    assert time.monotonic() - began < 12


def test_too_many_connections_are_turned_away() -> None:
    place = ANY_PORT._replace(most_connections=2)
    with listening(Store(), place) as port, Line(port) as one, Line(port) as two:
        assert yes_to(1) in one.ask(message(1))
        assert yes_to(2) in two.ask(message(2))
        with Line(port) as three:
            assert three.is_closed
        assert yes_to(3) in one.ask(message(3))


def test_connections_are_shared_out_among_listeners_at_one_door() -> None:
    """As with two processes: whoever has fewer is quicker. Most visitors, as machines are busy."""
    door, first, second = open_door("127.0.0.1", 0), Store(), Store()
    place = ANY_PORT._replace(is_shared=True)
    with listening(first, place._replace(door=door.dup())) as port, ExitStack() as lines:
        for number in range(40):
            line = lines.enter_context(Line(port))
            assert yes_to(number) in line.ask(message(number))
        with listening(second, place._replace(door=door)):
            for number in range(40, 100):
                with Line(port) as line:
                    assert yes_to(number) in line.ask(message(number))
            lines.close()
    assert len(first.kept) + len(second.kept) == 100
    assert len(second.kept) >= 45


def test_what_waits_together_is_kept_together() -> None:
    """Group commit: while one transaction runs, the others wait and share the next."""
    store = Store(before=lambda messages: time.sleep(0.01))
    with listening(store, ANY_PORT._replace(writers=1)) as port:

        def send(name: int) -> None:
            with Line(port) as line:
                for count in range(20):
                    assert yes_to(f"{name}-{count}") in line.ask(message(f"{name}-{count}"))

        with ThreadPoolExecutor(16) as crowd:
            list(crowd.map(send, range(16)))
    assert len(store.kept) == 320
    assert len(store.batches) < 120 and max(store.batches) > 4


def test_whoever_was_at_work_last_is_the_next() -> None:
    """One thread's connection to the database stays warm, where two would take turns."""
    at_work: list[int] = []
    store = Store(before=lambda messages: at_work.append(threading.get_ident()))
    with listening(store) as port, Line(port) as line:
        for number in range(40):
            assert yes_to(number) in line.ask(message(number))
            time.sleep(0.005)
    (_, most), *_ = Counter(at_work).most_common()
    assert most >= 36


def test_one_transaction_at_a_time_is_enough_while_none_takes_long() -> None:
    lock, most = threading.Lock(), []
    at_work = 0

    def counts(messages: Sequence[Received]) -> None:
        nonlocal at_work
        with lock:
            at_work += 1
            most.append(at_work)
        time.sleep(0.005)
        with lock:
            at_work -= 1

    for patience, at_once in ((30.0, 1), (0.0, 2)):
        most.clear()
        store = Store(before=counts)
        with listening(store, ANY_PORT._replace(patience=patience)) as port:

            def send(name: int, port: int = port) -> None:
                with Line(port) as line:
                    for count in range(10):
                        assert yes_to(f"{name}-{count}") in line.ask(message(f"{name}-{count}"))

            with ThreadPoolExecutor(8) as crowd:
                list(crowd.map(send, range(8)))
        assert (len(store.kept), max(most)) == (80, at_once)


@pytest.mark.parametrize("patience", [0.0, 0.1])
def test_one_transaction_that_waits_does_not_hold_up_the_others(patience: float) -> None:
    gate = threading.Event()

    def waits_for_the_first(messages: Sequence[Received]) -> None:
        if any(each.message and each.message.control_id == "SLOW" for each in messages):
            assert gate.wait(10)

    store, place = Store(before=waits_for_the_first), ANY_PORT._replace(patience=patience)
    with listening(store, place) as port, Line(port) as slow, Line(port) as quick:
        slow.send(message("SLOW"))
        time.sleep(0.2)
        for number in range(5):
            assert yes_to(number) in quick.ask(message(number))
        gate.set()
        assert yes_to("SLOW") in slow.receive()


def test_a_bad_message_does_not_spoil_its_neighbors() -> None:
    def refuses_poison(messages: Sequence[Received]) -> None:
        if any(each.message and each.message.control_id == "POISON" for each in messages):
            raise ValueError("a row that cannot be written")

    gate = threading.Event()

    def waits(messages: Sequence[Received]) -> None:
        gate.wait(5)
        refuses_poison(messages)

    store, place = Store(before=waits), ANY_PORT._replace(writers=1)
    with (
        listening(store, place) as port,
        Line(port) as first,
        Line(port) as poison,
        Line(port) as last,
    ):
        for line, number in ((first, 1), (poison, "POISON"), (last, 2)):
            line.send(message(number))
        time.sleep(0.2)
        gate.set()
        assert yes_to(1) in first.receive()
        said = poison.receive()
        assert b"MSA|AE|POISON" in said and b"207^" in said and b"Call support" in said
        assert yes_to(2) in last.receive()
    # Nobody's result is lost: the one that could not be taken in is kept as it came.
    kept = {each.raw: each.message for each in store.kept}
    assert kept[message("POISON")] is None and len(kept) == 3


def test_nobody_is_told_yes_while_the_database_is_away() -> None:
    failures = iter([OperationalError("away")] * 2)

    def away_twice(messages: Sequence[Received]) -> None:
        if (error := next(failures, None)) is not None:
            raise error

    store = Store(before=away_twice)
    with listening(store) as port, Line(port) as line:
        assert yes_to(1) in line.ask(message(1))
    assert len(store.kept) == 1

    def always_away(messages: Sequence[Received]) -> None:
        raise OperationalError("away")

    one = Received(None, message(1), "hl7v2", None)
    for broken in (always_away, lambda messages: 1 / 0):
        (outcome,) = keep([one], Store(before=broken), at=now_utc(), pauses=(0.0,))
        assert (outcome.answer, outcome.error) == ("AR", "207")

    def knows_nothing_of_it(messages: Sequence[Received]) -> None:
        raise ValueError("neither as a message nor as it came")

    read = hear(message(1), None).received[0]
    (outcome,) = keep([read], Store(before=knows_nothing_of_it), at=now_utc())
    assert (outcome.answer, outcome.error) == ("AR", "207")

    def forgetful(messages: Sequence[Received], *, at: object) -> list[Outcome]:
        return []

    assert keep([one, one], forgetful, at=now_utc(), pauses=())[1].answer == "AR"


def test_what_breaks_in_answering_closes_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an answer a sender sends again; it is never left waiting, nor told yes."""
    monkeypatch.setattr("etasu.interfaces.hl7v2.handing_in.reply", lambda *given: 1 / 0)
    with listening(Store()) as port, Line(port) as line:
        with pytest.raises((EOFError, OSError)):
            line.ask(message(1))
        monkeypatch.undo()
        with Line(port) as again:
            assert yes_to(1) in again.ask(message(1))


def test_what_waits_when_it_ends_is_handed_in_first() -> None:
    store, gate = Store(before=lambda messages: gate.wait(5)), threading.Event()
    handing_in = HandingIn(store, now_utc, writers=1)
    awaited: list[Future[list[bytes]]] = [Future() for _ in range(3)]
    handing_in.hand_in(message(0), None, awaited[0])
    handing_in.start()
    for number in (1, 2):
        handing_in.hand_in(message(number), None, awaited[number])
    threading.Timer(0.1, gate.set).start()
    assert handing_in.stop(10)
    assert [yes_to(n) in each.result(0)[0] for n, each in enumerate(awaited)] == [True] * 3


def test_stopping_answers_what_has_come() -> None:
    started, gate = threading.Event(), threading.Event()

    def waits(messages: Sequence[Received]) -> None:
        started.set()
        gate.wait(5)

    said = []
    with listening(Store(before=waits)) as port:
        line, idle = Line(port), Line(port)
        line.send(message(1))
        started.wait(5)
        answering = threading.Thread(target=lambda: said.append(line.receive()))
        answering.start()
        threading.Timer(0.3, gate.set).start()
    answering.join(5)
    assert yes_to(1) in said[0]
    assert idle.is_closed
    line.socket.close()
    idle.socket.close()


# TLS.


def certificate(
    name: str, folder: Path, issuer: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None
) -> tuple[Path, tuple[x509.Certificate, ec.EllipticCurvePrivateKey]]:
    """A certificate with its key in one file, of that issuer or of its own."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = now_utc()
    by, signer = (issuer[0].subject, issuer[1]) if issuer else (subject, key)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dates.timedelta(days=1))
        .not_valid_after(now + dates.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(signer, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )
    return path, (made, key)


def test_a_certificate_says_who_is_there(tmp_path: Path) -> None:
    ca, issuer = certificate("ca", tmp_path, None)
    server, _ = certificate("server", tmp_path, issuer)
    laboratory, _ = certificate("northside-lab", tmp_path, issuer)
    stranger, _ = certificate("stranger", tmp_path, None)
    store = Store()
    place = ANY_PORT._replace(tls=tls_context(server, server, ca))

    def shows(path: Path | None) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=ca)
        if path is not None:
            context.load_cert_chain(path)
        return context

    with listening(store, place) as port:
        with Line(port, shows(laboratory)) as line:
            assert yes_to(1) in line.ask(message(1))
        for nobody in (shows(None), shows(stranger)):
            with pytest.raises((OSError, EOFError)), Line(port, nobody) as line:
                line.ask(message(2))
        with Line(port, timeout=5) as plain:
            plain.send(message(3))
            assert b"MSA" not in plain.socket.recv(4096)
        with Line(port, shows(laboratory)) as line:
            assert yes_to(4) in line.ask(message(4))
    assert {each.connection for each in store.kept} == {"tls:CN=northside-lab"}
    assert len(store.kept) == 2


def test_noise_of_every_kind_and_the_listener_lives() -> None:
    chance = random.Random(11)
    store = Store()
    with listening(store) as port:
        for _ in range(40):
            with Line(port) as line:
                line.socket.sendall(chance.randbytes(chance.randrange(2000)).replace(b"\x1c", b""))
                if chance.random() < 0.5:
                    line.socket.sendall(b"\x1c\r")
        with Line(port) as line:
            for _ in range(200):
                raw = mutated(chance).replace(b"\x0b", b"").replace(b"\x1c", b"")
                assert b"MSA|A" in line.ask(raw)
            assert yes_to(9) in line.ask(message(9))
