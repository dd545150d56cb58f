"""Write the hashed requirement files from pyproject.toml, or say whether they are up to date.

    python tools/lock.py              keep what is locked, add and drop what changed
    python tools/lock.py --upgrade    take the newest versions allowed
    python tools/lock.py --check      offline: exit 1 when a file does not fit pyproject.toml

The files name no package index and no folder, so they install from whichever index a site uses.
"""

import os
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
FILES = {"base": ROOT / "requirements" / "base.txt", "dev": ROOT / "requirements" / "dev.txt"}
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
FOREIGN = re.compile(r"https?:|file:|ssh:|git\+|^\s*-|(?:^|\s)[./~][^\s]*/", re.MULTILINE)
HEADER = "# Made by `make lock` from pyproject.toml. Do not edit.\n"


def write(upgrade: bool) -> None:
    """Compile both files; `dev` holds everything of `base` at the same versions."""
    for name, extra in (
        ("base", []),
        ("dev", ["--group=dev", "--constraint=requirements/base.txt"]),
    ):
        command = ["uv", "--no-config", "pip", "compile", "pyproject.toml", *extra, *OPTIONS]
        command += [
            "--output-file",
            f"requirements/{name}.txt",
            *(["--upgrade"] if upgrade else []),
        ]
        subprocess.run(command, check=True, cwd=ROOT, env=_own_environment())
        FILES[name].write_text(HEADER + FILES[name].read_text())


OPTIONS = (
    "--generate-hashes --no-emit-index-url --universal --python-version=3.11 --no-header "
    "--no-annotate --quiet"
).split()


def _own_environment() -> dict[str, str]:
    """Without this machine's own ideas about where packages come from; the client's index stays."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    unwanted = ("UV_FIND_LINKS", "PIP_FIND_LINKS")
    kept = {name: value for name, value in os.environ.items() if name not in unwanted}
    return {**kept, "PATH": path}


def pins(name: str) -> dict[str, str]:
    """The locked versions of one file, by canonical package name."""
    found = PIN.findall(FILES[name].read_text())
    return {canonicalize_name(package): version for package, version in found}


def asked_for(name: str) -> list[Requirement]:
    """What pyproject.toml asks for directly."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    base = project["project"]["dependencies"]
    dev = project["dependency-groups"]["dev"]
    return [Requirement(text) for text in (base if name == "base" else [*base, *dev])]


def troubles() -> list[str]:
    """Everything wrong with the lock files, in words; empty when they fit."""
    found = []
    for name, path in FILES.items():
        text = path.read_text()
        found += [f"{path.name}: names a place: {hit.group().strip()}" for hit in _foreign(text)]
        found += _unlocked(name)
        if len(PIN.findall(text)) > text.count("--hash="):
            found.append(f"{path.name}: a package without a hash")
    base, dev = pins("base"), pins("dev")
    found += [f"dev.txt: {n} differs from base.txt" for n, v in base.items() if dev.get(n) != v]
    return found


def _foreign(text: str) -> list[re.Match[str]]:
    without_hashes = re.sub(r"^ +--hash=sha256:[0-9a-f]{64}( \\)?$", "", text, flags=re.MULTILINE)
    return list(FOREIGN.finditer(without_hashes))


def _unlocked(name: str) -> list[str]:
    """Requirements, direct and of installed packages, that the lock does not meet."""
    locked, found = pins(name), []
    waiting, seen = asked_for(name), set[str]()
    while waiting:
        wanted = waiting.pop()
        package = canonicalize_name(wanted.name)
        if wanted.marker and not wanted.marker.evaluate({"extra": ""}):
            continue
        if package not in locked or not wanted.specifier.contains(
            locked[package], prereleases=True
        ):
            found.append(f"{name}.txt: {wanted} is not locked; run `make lock`")
        key = f"{package}{sorted(wanted.extras)}"
        if key not in seen:
            seen.add(key)
            waiting += _needs(package, wanted.extras)
    return found


def _needs(package: str, extras: set[str]) -> list[Requirement]:
    try:
        stated = [Requirement(text) for text in requires(package) or []]
    except PackageNotFoundError:
        return []
    choices = [{"extra": extra} for extra in ("", *extras)]
    needed = [r for r in stated if not r.marker or any(r.marker.evaluate(c) for c in choices)]
    for requirement in needed:
        requirement.marker = None
    return needed


def main() -> int:
    """Do what was asked."""
    if "--check" not in sys.argv:
        write(upgrade="--upgrade" in sys.argv)
    found = troubles()
    print("\n".join(found) or "The lock files fit pyproject.toml.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
