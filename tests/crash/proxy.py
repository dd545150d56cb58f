"""A line that is cut: a proxy that breaks connections off at random bytes, in both directions."""

from __future__ import annotations

import asyncio
import random
import threading
from contextlib import suppress


class CuttingProxy:
    """Passes bytes on to one port; a share of the connections is cut after some bytes of them."""

    def __init__(self, target: int, seed: int, share: float) -> None:
        self.port = 0
        self.cuts = 0
        self._target, self._share = target, share
        self._chance = random.Random(seed)
        self._loop = asyncio.new_event_loop()
        self._listens = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def start(self) -> None:
        """Begin to listen; `port` is known afterwards."""
        self._thread.start()
        assert self._listens.wait(10)

    def stop(self) -> None:
        """Break everything off."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        server = self._loop.run_until_complete(asyncio.start_server(self._pass, "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        self._listens.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.close()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        sending, receiving = self._bytes_until_cut(600), self._bytes_until_cut(3000)
        pumps = [
            asyncio.create_task(_pump(reader, onward[1], sending)),
            asyncio.create_task(_pump(onward[0], writer, receiving)),
        ]
        await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        self.cuts += any(pump.done() and pump.result() for pump in pumps)
        for pump in pumps:
            pump.cancel()
        for each in (writer, onward[1]):
            each.transport.abort()

    def _bytes_until_cut(self, most: int) -> int | None:
        """How many bytes pass before the cut; None where there is no cut."""
        return self._chance.randrange(most) if self._chance.random() < self._share else None


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int | None
) -> bool:
    """Whether it was cut, rather than ended by itself."""
    with suppress(OSError):
        while piece := await reader.read(4096):
            passed = piece if left is None else piece[:left]
            writer.write(passed)
            await writer.drain()
            if left is not None:
                left -= len(passed)
                if left <= 0:
                    return True
    return False
