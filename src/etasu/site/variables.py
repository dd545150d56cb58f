"""Every environment variable that Etasu reads; the reference page is printed from this table."""

from typing import NamedTuple


class Variable(NamedTuple):
    """One environment variable: what happens without it, and what it is for."""

    name: str
    without: str
    meaning: str


VARIABLES = (
    Variable(
        "DATABASE_URL",
        "Etasu runs its own PostgreSQL in its home",
        "The database, as postgresql://user:password@host:port/name. PostgreSQL 15 or newer.",
    ),
    Variable(
        "DATABASE_PASSWORD_FILE",
        "the password in DATABASE_URL, if any",
        "A file that holds the database password and nothing else.",
    ),
    Variable(
        "ETASU_HOME",
        "`.etasu` in a checkout, else `~/.local/share/etasu`",
        "The folder for the secret, the gathered static files and the embedded database.",
    ),
    Variable(
        "ETASU_SECRET_KEY",
        "one is made and kept in the home, readable by its owner alone",
        "The secret that signs sessions and links. Every process of a site needs the same.",
    ),
    Variable(
        "ETASU_SECRET_KEY_FILE",
        "as above",
        "A file that holds the secret, at least 32 characters.",
    ),
    Variable(
        "ETASU_ALLOWED_HOSTS",
        "localhost,127.0.0.1,[::1]",
        "The host names this site answers to, separated by commas.",
    ),
    Variable(
        "ETASU_HTTPS",
        "off",
        "Set to 1 behind HTTPS: secure cookies bound to this host, redirects, strict transport "
        "security. The proxy must set X-Forwarded-Proto and drop the one a visitor sent.",
    ),
    Variable(
        "ETASU_PROGRAM_FOLDERS",
        "only the programs that come with Etasu",
        "Further folders of programs, separated like PATH. A later one replaces a program of "
        "the same code.",
    ),
    Variable("ETASU_STATIC_ROOT", "`static` in the home", "Where static files are gathered."),
    Variable(
        "ETASU_AUDIT_HEADS",
        "`audit-heads` in the home",
        "Where each day's newest audit head is kept. Best on storage that the database's "
        "administrators cannot write.",
    ),
    Variable("ETASU_HOST", "127.0.0.1", "The address `etasu serve` listens on."),
    Variable("ETASU_PORT", "8000", "The port `etasu serve` listens on."),
    Variable("ETASU_WORKERS", "2", "Web server processes."),
    Variable("ETASU_THREADS", "8", "Threads, and so database connections, in each process."),
    Variable("ETASU_LOG_LEVEL", "INFO", "The least urgent log line that is written."),
    Variable(
        "ETASU_DEBUG",
        "off",
        "Shows error details on pages and tracebacks in commands. Never on a site with real data.",
    ),
)
