"""Loading the software: what a process reads once and keeps until it ends."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def for_good() -> Iterator[None]:
    """While the block runs nothing is looked through for leftovers; what it made is kept for good.

    Classes, pages and programs are never given back. Looking through them took a tenth of every
    start, and later it would copy the memory that forked processes share.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
