"""Clients that ask, are cut off, and ask again with the same key until they are answered."""

from __future__ import annotations

import http.client
import itertools
import json
import random
import threading
import time
from typing import Any
from zoneinfo import ZoneInfo

from etasu.clock.time import now_utc

SECONDS_TO_ANSWER = 5.0
ANSWERED = 201


class Crowd:
    """Threads that ask the gate of one server; what they were told is kept by key."""

    def __init__(self, port: int, world: dict[str, Any], seed: int, threads: int = 6) -> None:
        self.acknowledged: dict[str, str] = {}
        self.sent: set[str] = set()
        self.unexpected: list[str] = []
        self._port, self._world = port, world
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._ask_on, args=(random.Random(seed + n), n))
            for n in range(threads)
        ]

    def start(self) -> None:
        """Begin to ask."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Ask nothing new; every question under way is asked until it is answered."""
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=120)

    @property
    def is_done(self) -> bool:
        """Whether every client came to its end."""
        return not any(thread.is_alive() for thread in self._threads)

    def _ask_on(self, chance: random.Random, name: int) -> None:
        for count in itertools.count():
            if self._stopping.is_set():
                return
            key = f"client-{name}-{count}"
            body = json.dumps(self._question(chance))
            with self._lock:
                self.sent.add(key)
            self._ask_until_answered(key, body)
            if chance.random() < 0.1:
                self._ask_until_answered(key, body)

    def _question(self, chance: random.Random) -> dict[str, Any]:
        today = now_utc().astimezone(ZoneInfo("America/New_York")).date()
        return {
            "program": "teaching",
            "gate": "authorize",
            "patient": chance.choice(self._world["patients"]),
            "facility": self._world["facility"],
            "planned_on": today.isoformat(),
            "course": chance.choice([1, 1, 2]),
        }

    def _ask_until_answered(self, key: str, body: str) -> None:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline:
            try:
                status, said = self._post(key, body)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)  # cut off: the fate of the question is unknown
                continue
            if status == ANSWERED:
                self._note(key, said)
                return
            if status not in (409, 503):
                with self._lock:
                    self.unexpected.append(f"{status} {said[:200]}")
                return
            time.sleep(0.05)

    def _note(self, key: str, said: str) -> None:
        with self._lock:
            known = self.acknowledged.setdefault(key, said)
            if known != said:
                self.unexpected.append(f"{key} was answered in two ways: {known} {said}")

    def _post(self, key: str, body: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=SECONDS_TO_ANSWER)
        headers = {
            "Authorization": f"Bearer {self._world['key']}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection.request("POST", "/api/v1/authorizations", body, headers)
            answer = connection.getresponse()
            said = answer.read()
            # An answer cut inside its headers is an answer without a body to http.client.
            if answer.getheader("Content-Length") != str(len(said)):
                raise http.client.IncompleteRead(said)
            return answer.status, said.decode()
        finally:
            connection.close()
