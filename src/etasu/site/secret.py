"""The secret that signs sessions and links: given by the operator, or made once and kept."""

import os
import secrets
from pathlib import Path

from etasu.site.database import home_folder


class SecretMissing(Exception):
    """The named secret file cannot be read; the message says which and why."""


def secret_key() -> str:
    """ETASU_SECRET_KEY, the content of the file ETASU_SECRET_KEY_FILE, or one kept in the home.

    A kept secret is made on first use, readable by its owner alone.
    """
    if given := os.environ.get("ETASU_SECRET_KEY"):
        return given
    if named := os.environ.get("ETASU_SECRET_KEY_FILE"):
        return _read(Path(named))
    kept = home_folder() / "secret-key"
    if not kept.exists():
        _make(kept)
    return _read(kept)


def _read(path: Path) -> str:
    try:
        found = path.read_text(encoding="ascii").strip()
    except OSError as trouble:
        raise SecretMissing(f"The secret file {path} cannot be read: {trouble.strerror}") from None
    if len(found) < 32:
        raise SecretMissing(f"The secret file {path} holds fewer than 32 characters.")
    return found


def _make(path: Path) -> None:
    """Written whole under another name first, so that two processes agree on one secret."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o711 if os.geteuid() == 0 else 0o700)
    draft = path.with_name(f"secret-key.{os.getpid()}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(secrets.token_urlsafe(48) + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
