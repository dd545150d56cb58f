"""`python -m bench.delivery FOLDER SIZE FAULTS DAY`: an invented delivery with faults planted.

Prints what was planted, as JSON: file, row, column and the reason's code.
"""

import json
import sys
from datetime import date
from pathlib import Path

import django


def main() -> None:
    """Write the files."""
    django.setup()
    # The invented people are made by a room that needs Django set up.
    from tests.interfaces.legacy import Legacy

    folder, size, faults, day = sys.argv[1:]
    legacy = Legacy(int(size), today=date.fromisoformat(day))
    legacy.plant(int(faults))
    legacy.write(Path(folder))
    sys.stdout.write(json.dumps(legacy.planted))


if __name__ == "__main__":
    main()
