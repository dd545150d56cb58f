"""The process of the web server: `python -m etasu.site.web_server` takes what `granian` takes.

The application is loaded here and not in each process that answers requests: those are forked,
and so are there at once, and share its memory. Where the system does not fork, each loads its own.
"""

import sys

from granian.cli import entrypoint

from etasu.site.cli.answers import Trouble, complain
from etasu.site.cli.preparation import refuse_if_broken
from etasu.site.loading import for_good


def main() -> None:
    """Load the application, then answer requests until told to stop."""
    try:
        with for_good():
            refuse_if_broken()
    except Trouble as trouble:
        sys.exit(complain(trouble, as_json=False))
    entrypoint()  # type: ignore[no-untyped-call]


if __name__ == "__main__":
    main()
