"""The least a listener can do: take a message apart, keep it by COPY, commit, and say so.

    python -m bench.laboratory_bare URL PROCESSES     the port out, on a line of its own

Nobody is looked for, nothing is looked up, converted, held against a limit or noted in the trail;
the tables are those of the floor. Sockets, frames, threads and the parser are those of
`etasu hl7 listen`.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

import django
import psycopg


def main(url: str, processes: int) -> None:
    """Listen until told to stop."""
    django.setup()
    from bench.laboratory_floor import copy, rows_of
    from etasu.clock.time import now_utc
    from etasu.interfaces.hl7v2.door import Place, open_door
    from etasu.interfaces.hl7v2.listener import Listener
    from etasu.registry.monitoring.received import Answer, Outcome, Received
    from etasu.site.cli.forks import Forks

    place = Place(door=open_door("127.0.0.1", 0)).among(processes)
    own = threading.local()

    def receive_all(messages: Sequence[Received], *, at: datetime) -> list[Outcome]:
        if not hasattr(own, "db"):
            own.db = psycopg.connect(url)
        copy(own.db, [rows_of(each) for each in messages])
        return [Outcome(Answer.ACCEPTED) for _ in messages]

    async def listen(begun: Callable[[], None]) -> None:
        listener = Listener(place, receive_all, now_utc)
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, listener.stop)
        await listener.listen(lambda _: begun())

    def ready() -> None:
        assert place.door is not None
        sys.stdout.write(f"{place.door.getsockname()[1]}\n")
        sys.stdout.flush()

    Forks(processes, lambda begun: asyncio.run(listen(begun))).run(ready)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
