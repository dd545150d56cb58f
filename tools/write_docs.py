"""Write the reference pages that are made from the software, or say which are out of date.

python tools/write_docs.py            write them
python tools/write_docs.py --check    exit 1 when a committed page differs
"""

import html
import os
import subprocess
import sys
from pathlib import Path

from etasu.programs.describe import index, pages
from etasu.programs.library import load_library
from etasu.site.variables import VARIABLES

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"


def commands() -> str:
    """Every command with its options, from the commands themselves."""
    command = [sys.executable, "-m", "typer", "etasu.site.cli", "utils", "docs"]
    command += ["--name", "etasu", "--title", "Commands"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    text = html.unescape(done.stdout).strip()
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def settings() -> str:
    """Every environment variable that is read."""
    rows = "".join(f"| `{one.name}` | {one.without} | {one.meaning} |\n" for one in VARIABLES)
    return (
        "# Settings\n\n"
        "Everything an operator can set is an environment variable.\n\n"
        f"| Variable | Without it | What it is for |\n|---|---|---|\n{rows}"
    )


def programs() -> dict[str, str]:
    """A page for each version of each program, and one that lists them."""
    loaded = [each for _, each in sorted(load_library().programs.items())]
    made = {name: text for each in loaded for name, text in pages(each).items()}
    return {f"programs/{name}": text for name, text in {"README.md": index(loaded), **made}.items()}


def carry_over() -> str:
    """The columns another administrator delivers, and those an export holds."""
    sys.path.insert(0, str(FOLDER.parents[1]))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from etasu.interfaces.carry_over.describe import delivery_page

    return delivery_page()


PAGES = {
    "commands.md": commands,
    "settings.md": settings,
    "carry-over-columns.md": carry_over,
}


def main() -> int:
    """Write or compare every page."""
    made = {name: make() for name, make in PAGES.items()} | programs()
    stale = sorted({f"programs/{path.name}" for path in FOLDER.glob("programs/*")} - made.keys())
    for name, text in made.items():
        path = FOLDER / name
        if "--check" not in sys.argv:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
    if stale:
        print(f"docs/reference is out of date: {', '.join(stale)}. Run `make docs`.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
