"""The static files as the web server wants them: named by content, compressed, gathered once."""

import hashlib
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect_if_changed() -> bool:
    """Gather the files unless the last gathering was of the same ones; whether it was needed."""
    root = Path(settings.STATIC_ROOT)
    note = root / ".gathered"
    current = _fingerprint()
    if note.exists() and note.read_text() == current:
        return False
    call_command("collectstatic", interactive=False, verbosity=0, clear=root.exists())
    note.write_text(current)
    return True


def _fingerprint() -> str:
    found = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in get_finders():
        for name, storage in finder.list([]):
            about = Path(storage.path(name)).stat()
            found.update(f"{name} {about.st_size} {about.st_mtime_ns}\n".encode())
    return found.hexdigest()
