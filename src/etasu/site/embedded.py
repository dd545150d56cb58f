"""The PostgreSQL server that Etasu starts by itself when no DATABASE_URL is given.

Rule of use: every process that asks for the database holds a shared lock on `postgres.users`
until it ends, and whoever ends last stops the server. The system drops the lock of a process that
was killed, so a crash never leaves the count wrong. A server left running by a killed process is
taken over by the next. Starting and stopping happen under `postgres.lock`, one process at a time.
"""

import atexit
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from etasu.site.server_account import DatabaseUnavailable
from etasu.site.server_process import ServerProcess


class EmbeddedServer:
    """One server shared by the processes of one home folder."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process = ServerProcess(home)
        self._users: int | None = None
        self._joined_as: int | None = None

    def ensure_running(self) -> None:
        """Start the server unless it runs, and count this process among its users."""
        with self._alone():
            self._join()
            if not self.process.answers():
                self.process.start()

    def stop(self) -> None:
        """Stop the server now, whoever else uses it; quiet when it does not run."""
        if not self.home.exists():
            return
        with self._alone():
            self._leave()
            self.process.stop()

    def restart(self) -> None:
        """Stop and start the server; open connections break, finished transactions are kept."""
        with self._alone():
            self._join()
            self.process.stop()
            self.process.start()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if not self.home.exists():
            # Root's helper account must pass through; for anybody else the home is private.
            self.home.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
        with (self.home / "postgres.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _join(self) -> None:
        if self._users is not None and self._joined_as == os.getpid():
            return
        if self._joined_as is None:
            atexit.register(self._stop_if_last)
            os.register_at_fork(after_in_child=self._join_again)
        self._users = os.open(self.home / "postgres.users", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._users, fcntl.LOCK_SH)
        self._joined_as = os.getpid()

    def _join_again(self) -> None:
        """A forked process is a user in its own right; its copy of the lock is its parent's."""
        if self._users is not None:
            self._leave()
            self._join()

    def _leave(self) -> None:
        if self._users is not None:
            os.close(self._users)
            self._users = None

    def _stop_if_last(self) -> None:
        if self._users is None or self._joined_as != os.getpid() or not self.home.exists():
            return
        with suppress(OSError, DatabaseUnavailable), self._alone():
            try:
                fcntl.flock(self._users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            self.process.stop()
