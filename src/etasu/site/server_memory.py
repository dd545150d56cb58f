"""How much memory the embedded database keeps for itself, by how much there is."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psutil

MEBIBYTE = 2**20
# What the server leaves to the system may be taken away there, and is then read from the disk
# again. A sixteenth leaves the rest to whatever else is at work on the machine.
SHARE = 16
LEAST, MOST = 128, 1536
# Where a container says how much it may use.
LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def shared_buffers(memory: int) -> int:
    """What the server should keep at hand, in MiB, where there is so much memory, in bytes."""
    return max(LEAST, min(MOST, memory // MEBIBYTE // SHARE))


def memory(limits: Iterable[str] = LIMITS) -> int:
    """How much memory there is, in bytes: the machine's, or less where a container may use less."""
    found = [psutil.virtual_memory().total]
    for each in limits:
        # Neither file has to be there, and "max" means that there is no limit.
        with suppress(OSError, ValueError):
            found.append(int(Path(each).read_text()))
    return min(found)
