"""Start a program folder from the teaching program.

make new-program NAME=my-program
"""

import re
import shutil
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "programs"


def main() -> int:
    """Copy, give the copy its code, and say what to do next."""
    name = " ".join(sys.argv[1:]).strip()
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        print("Give it a name of small letters and hyphens: make new-program NAME=my-program")
        return 2
    target = FOLDER / name
    if target.exists():
        print(f"programs/{name} is there already.")
        return 1
    shutil.copytree(FOLDER / "teaching", target)
    definition = target / "program.yaml"
    text = definition.read_text(encoding="utf-8")
    definition.write_text(re.sub(r"\bcode: *teaching\b", f"code: {name}", text), encoding="utf-8")
    print(f"programs/{name} is a copy of the teaching program. Change every file in it, name the")
    print("REMS document each entry was read from, and try it:")
    print(f"    .venv/bin/etasu program check programs/{name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
