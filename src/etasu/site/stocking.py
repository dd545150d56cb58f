"""Gives this process the programs its settings name, before it answers anything."""

from django.conf import settings

from etasu.programs import library


def stock_programs() -> int:
    """Read Etasu's own and the site's programs; how many there are.

    Raises BadProgram, with every mistake found, when one of them cannot be used: a process that
    knows only some of its programs would deny what it should not.
    """
    loaded = library.load_library(settings.ETASU_PROGRAM_FOLDERS)
    library.use(loaded)
    return len(loaded.programs)
