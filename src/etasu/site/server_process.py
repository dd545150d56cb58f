"""One PostgreSQL server process: its files, its note of itself, how it is made, started, stopped.

Nothing here knows who uses the server or locks anything; `embedded` does.
The server listens on a Unix socket only, in a folder that nobody but its own account can enter.
"""

import hashlib
import os
import shlex
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil

from etasu.site.server_account import (
    DatabaseUnavailable,
    ServerAccount,
    data_folder,
    program_folder,
    server_account,
)
from etasu.site.server_memory import memory, shared_buffers

PORT = 5432
SOCKET = f".s.PGSQL.{PORT}"
LONGEST_SOCKET_PATH = 100
# After a crash in the middle of much work the server follows its log before it answers: 87 seconds
# for half of what there may be. Who gave up earlier would only begin to wait again.
SECONDS_TO_WAIT = 600
LARGEST_LOG = 10_000_000
ENFORCED_AT_START = {
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "logging_collector": "off",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
}
CHOSEN_WHEN_MADE = {
    "max_connections": "200",
    # After a checkpoint the first change of a page writes the whole page: let there be few. To
    # compress them costs more than to write them: a third of the time of following the calendar.
    # The more there may be between two, the longer a crash takes to be followed.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Error details and statements quote row values, and rows are about people.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length": "0",
}

FIRST_STATEMENTS = """\
CREATE ROLE etasu LOGIN CREATEDB
CREATE DATABASE etasu OWNER etasu
"""


@dataclass(frozen=True)
class Postmaster:
    """What the note `postmaster.pid` says about the server that wrote it."""

    pid: int
    socket_folder: Path
    is_ready: bool

    def answers(self) -> bool:
        """Whether this server is up and accepts connections now."""
        if not self.is_ready:
            return False
        with socket.socket(socket.AF_UNIX) as door:
            try:
                door.connect(str(self.socket_folder / SOCKET))
            except OSError:
                return False
        return True

    def is_alive(self) -> bool:
        """Whether the process of that number lives and is a PostgreSQL server."""
        return _is_living_postgres(self.pid)


class ServerProcess:
    """The server of one home folder. The caller sees to it that one process at a time acts."""

    def __init__(self, home: Path) -> None:
        self.home = home

    @property
    def data(self) -> Path:
        """The folder of the database files."""
        return data_folder(self.home)

    def url(self, database: str) -> str:
        """The address of one database, wherever the socket lies."""
        folder = self._socket_folder()
        return f"postgresql://etasu@/{database}?host={quote(str(folder), safe='')}"

    def postmaster(self) -> Postmaster | None:
        """What the server's own note says, or nothing when there is none or only half of one."""
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            status = lines[7].strip() if len(lines) > 7 else ""
            return Postmaster(int(lines[0]), Path(lines[4].strip()), status == "ready")
        except (FileNotFoundError, IndexError, ValueError):
            return None

    def answers(self) -> bool:
        """Whether the server is up and accepts connections now."""
        running = self.postmaster()
        return running is not None and running.answers()

    def start(self) -> None:
        """Make the data if there are none, start the server, and wait until it answers."""
        account = server_account(self.data)
        if self._version() is None:
            self._make_data(account)
        self._wait_while_starting()
        if not self.answers():
            self._clear_stale_notes()
            self._launch(account)

    def stop(self) -> None:
        """Stop the server and wait; open connections break, finished transactions are kept."""
        running = self.postmaster()
        if running is None or not running.is_alive():
            return
        wait = ("--wait", f"--timeout={SECONDS_TO_WAIT}", "--silent", "--mode=fast")
        account = server_account(self.data)
        self._run_or_refuse(account, "pg_ctl", "stop", *wait, f"--pgdata={self.data}")

    def _version(self) -> int | None:
        note = self.data / "PG_VERSION"
        return int(note.read_text()) if note.exists() else None

    def _make_data(self, account: ServerAccount) -> None:
        """Built beside and renamed when whole, so that an interruption leaves nothing half made."""
        half = self.data.with_name("postgres.new")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir(mode=0o700)
        if account.switches:
            os.chown(half, account.uid, account.gid)
        chosen = {**CHOSEN_WHEN_MADE, "shared_buffers": f"{shared_buffers(memory())}MB"}
        settings = [f"--set={name}={value}" for name, value in chosen.items()]
        locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        access = ["--username=postgres", "--auth-local=trust", "--auth-host=reject"]
        options = [*locale, *access, "--encoding=UTF8", "--data-checksums", "--no-instructions"]
        self._run_or_refuse(account, "initdb", f"--pgdata={half}", *options, *settings)
        single = ("--single", "-D", str(half), "postgres")
        self._run_or_refuse(account, "postgres", *single, said_to_it=FIRST_STATEMENTS)
        half.rename(self.data)

    def _launch(self, account: ServerAccount) -> None:
        folder = self._socket_folder()
        self._make_socket_folder(folder, account)
        settings = {**ENFORCED_AT_START, "unix_socket_directories": str(folder)}
        options = " ".join(f"-c {shlex.quote(f'{k}={v}')}" for k, v in settings.items())
        log = self.data / "server.log"
        if log.exists() and log.stat().st_size > LARGEST_LOG:
            log.replace(log.with_suffix(".log.old"))
        wait = ("--wait", f"--timeout={SECONDS_TO_WAIT}", "--silent")
        where = (f"--pgdata={self.data}", f"--log={log}", f"--options={options}")
        for attempts_left in range(40, -1, -1):
            said_before = log.stat().st_size if log.exists() else 0
            trouble = self._run(account, "pg_ctl", "start", *wait, *where)
            if not trouble:
                return
            said = log.read_text(errors="replace")[said_before:] if log.exists() else trouble
            # The children of a killed server take a moment to notice and to let go.
            if "still in use" not in said or not attempts_left:
                raise DatabaseUnavailable(_refusal("pg_ctl start", said))
            time.sleep(0.1)

    def _wait_while_starting(self) -> None:
        for _ in range(SECONDS_TO_WAIT * 10):
            running = self.postmaster()
            if running is None or running.answers() or not running.is_alive():
                return
            time.sleep(0.1)

    def _clear_stale_notes(self) -> None:
        """A killed server leaves notes, and its number may since be another program's.

        PostgreSQL itself believes any living process of that number, even one that has ended and
        waits to be collected. Its own guard against two servers on the same data stays in force.
        """
        for note in (self.data / "postmaster.pid", self._socket_folder() / f"{SOCKET}.lock"):
            try:
                number = abs(int(note.read_text().split("\n", 1)[0]))
            except (FileNotFoundError, ValueError):
                continue
            if not _is_living_postgres(number):
                note.unlink(missing_ok=True)

    def _socket_folder(self) -> Path:
        """The data folder, or a short one when the socket's path would be too long."""
        data = self.data
        if len(str(data / f"{SOCKET}.lock")) <= LONGEST_SOCKET_PATH:
            return data
        return Path("/tmp") / f"etasu-{hashlib.sha256(str(data).encode()).hexdigest()[:12]}"

    def _make_socket_folder(self, folder: Path, account: ServerAccount) -> None:
        if folder == self.data:
            return
        if not folder.exists():
            folder.mkdir(mode=0o700)
            if account.switches:
                os.chown(folder, account.uid, account.gid)
        if folder.is_symlink() or folder.stat().st_uid != account.uid:
            raise DatabaseUnavailable(
                f"{folder} belongs to somebody else. Remove it, or set ETASU_HOME to a folder "
                "with a shorter path."
            )
        folder.chmod(0o700)

    def _run_or_refuse(
        self, account: ServerAccount, program: str, *arguments: str, said_to_it: str = ""
    ) -> None:
        if trouble := self._run(account, program, *arguments, said_to_it=said_to_it):
            raise DatabaseUnavailable(_refusal(program, trouble))

    def _run(
        self, account: ServerAccount, program: str, *arguments: str, said_to_it: str = ""
    ) -> str:
        """What the program complained of; empty when it succeeded."""
        done = subprocess.run(
            [program_folder(account, self._version()) / program, *arguments],
            check=False,
            cwd="/",
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC", "HOME": "/"},
            input=said_to_it,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            **account.run_arguments(),  # type: ignore[call-overload]
        )
        return "" if done.returncode == 0 else done.stderr.strip() or f"exit {done.returncode}"


def _refusal(program: str, said: str) -> str:
    last = " ".join(said.strip().splitlines()[-3:])
    return f"The embedded database could not be used ({program}): {last}"


def _is_living_postgres(number: int) -> bool:
    """Process numbers are used again, so the number alone proves nothing."""
    try:
        process = psutil.Process(number)
        return bool(process.name() == "postgres" and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
