"""Start a decision record: the next number, today's date, the headings.

make new-adr TITLE="one database"
"""

import re
import sys
from datetime import date
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "adr"
TEXT = """\
# {number}. {title}

Date: {day}
Status: proposed

## Context

What is the situation, and what forces the decision now?

## Options, with their cost

1. ...

## Decision

...

## Consequences

What becomes easy, what becomes hard, and what would make us think again?
"""


def main() -> int:
    """Write the record and name it."""
    title = " ".join(sys.argv[1:]).strip()
    if not title:
        print('Say what it decides: make new-adr TITLE="one database"', file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    numbers = [int(path.name[:4]) for path in FOLDER.glob("[0-9][0-9][0-9][0-9]-*.md")]
    number = max(numbers, default=0) + 1
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
    path = FOLDER / f"{number:04d}-{slug}.md"
    sentence = title[0].upper() + title[1:]
    day = date.today().isoformat()  # noqa: TID251 - a record is dated when it is written
    path.write_text(TEXT.format(number=number, title=sentence, day=day))
    print(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
