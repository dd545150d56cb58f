"""Which database Etasu uses: the one named by DATABASE_URL, or one it runs itself.

The only module, with `settings` and the command line, that reads the environment.
"""

import os
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import psycopg

from etasu.site.embedded import EmbeddedServer
from etasu.site.server_account import DatabaseUnavailable

__all__ = [
    "OLDEST_POSTGRES",
    "DatabaseUnavailable",
    "Description",
    "audit_heads_folder",
    "connection_settings",
    "database_url",
    "describe",
    "home_folder",
    "is_embedded",
    "postmaster_pid",
    "restart",
    "stop",
]

OLDEST_POSTGRES = 15
DURABILITY = ("fsync", "synchronous_commit", "full_page_writes")


@dataclass(frozen=True)
class Description:
    """What the database says of itself; no password, no user name."""

    kind: str
    version: str
    is_supported: bool
    place: str
    durability: dict[str, str]
    max_connections: int
    time_zone: str

    def as_dict(self) -> dict[str, Any]:
        """The same, ready for JSON."""
        return asdict(self)


def home_folder() -> Path:
    """Where Etasu keeps its own files: ETASU_HOME, `.etasu` in a checkout, or the user's data."""
    if named := os.environ.get("ETASU_HOME"):
        return Path(named).expanduser().resolve()
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").exists():
        return checkout / ".etasu"
    return Path("~/.local/share/etasu").expanduser()


def audit_heads_folder() -> Path:
    """Where the worker keeps each day's newest audit head: outside the database, by design."""
    return Path(os.environ.get("ETASU_AUDIT_HEADS", home_folder() / "audit-heads")).expanduser()


def is_embedded() -> bool:
    """Whether Etasu runs the database server itself."""
    return not os.environ.get("DATABASE_URL")


def database_url() -> str:
    """The address of the database, which runs when this returns. Safe to ask again.

    Raises DatabaseUnavailable with a remedy when the embedded server cannot be started.
    """
    if named := os.environ.get("DATABASE_URL"):
        return _with_password(named)
    server = _server(home_folder())
    server.ensure_running()
    return server.process.url("etasu")


def stop() -> None:
    """Stop the embedded server now; nothing happens to a database named by DATABASE_URL."""
    if is_embedded():
        _server(home_folder()).stop()


def restart() -> None:
    """Stop and start the embedded server; a database named by DATABASE_URL is left alone."""
    if is_embedded():
        _server(home_folder()).restart()


def postmaster_pid() -> int | None:
    """The process number of the embedded server, or nothing when it does not run."""
    if not is_embedded() or not home_folder().exists():
        return None
    running = _server(home_folder()).process.postmaster()
    return running.pid if running is not None and running.is_alive() else None


def describe() -> Description:
    """What the database says of itself; starts the embedded server when needed."""
    wanted = ("server_version", "max_connections", "TimeZone", *DURABILITY)
    try:
        with psycopg.connect(database_url(), connect_timeout=10) as db:
            found = {name: _shown(db, name) for name in wanted}
            major = db.info.server_version // 10000
    except psycopg.OperationalError as trouble:
        raise DatabaseUnavailable(f"The database does not answer: {_first_line(trouble)}") from None
    return Description(
        kind="embedded" if is_embedded() else "named by DATABASE_URL",
        version=found["server_version"],
        is_supported=major >= OLDEST_POSTGRES,
        place=str(_server(home_folder()).process.data) if is_embedded() else _host(),
        durability={name: found[name] for name in DURABILITY},
        max_connections=int(found["max_connections"]),
        time_zone=found["TimeZone"],
    )


def connection_settings(url: str) -> dict[str, Any]:
    """Django's settings for one database address.

    Query parameters become connection options, `host` excepted. Connections last and statements
    are prepared on their first use: for the authorization statement this is a third of the work.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres"):
        raise DatabaseUnavailable(
            "DATABASE_URL must start with postgresql:// because Etasu uses PostgreSQL only."
        )
    options: dict[str, Any] = dict(parse_qsl(parts.query))
    host = options.pop("host", None) or unquote(parts.hostname or "")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": host,
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "ATOMIC_REQUESTS": False,
        "OPTIONS": {"prepare_threshold": 1, "server_side_binding": True, **options},
    }


def _with_password(url: str) -> str:
    """The address with the password from DATABASE_PASSWORD_FILE, where that is set."""
    named = os.environ.get("DATABASE_PASSWORD_FILE")
    if not named:
        return url
    try:
        password = Path(named).read_text(encoding="utf-8").strip()
    except OSError as trouble:
        raise DatabaseUnavailable(
            f"DATABASE_PASSWORD_FILE names {named}, which cannot be read: {trouble.strerror}."
        ) from None
    parts = urlsplit(url)
    user = quote(unquote(parts.username or ""), safe="")
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{user}:{quote(password, safe='')}@{place}").geturl()


@cache
def _server(home: Path) -> EmbeddedServer:
    return EmbeddedServer(home)


def _shown(db: psycopg.Connection[Any], name: str) -> str:
    row = db.execute("SELECT current_setting(%s)", (name,)).fetchone()
    return str(row[0]) if row else ""


def _host() -> str:
    return connection_settings(os.environ["DATABASE_URL"])["HOST"] or "local socket"


def _first_line(trouble: Exception) -> str:
    return str(trouble).strip().splitlines()[0] if str(trouble).strip() else type(trouble).__name__
