"""Fetch the design system and the accessibility tester, and write down what was taken.

Needs `npm` on the machine that runs it, and nothing of it anywhere else: contributors and servers
use the files as they lie here. Taken are the built style sheet, the two scripts, their maps, the
icon sprite, the license, and those fonts and images that the style sheet refers to.
"""

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
USWDS, AXE = "3.14.0", "4.14.1"
STYLES = ROOT / "static" / "vendor" / "uswds" / USWDS
TESTER = ROOT / "tests" / "vendor"
ALWAYS = (
    "css/uswds.min.css",
    "css/uswds.min.css.map",
    "js/uswds.min.js",
    "js/uswds.min.js.map",
    "js/uswds-init.min.js",
    "js/uswds-init.min.js.map",
    "img/sprite.svg",
)
REFERENCE = re.compile(r"""url\(\s*["']?\.\./((?:img|fonts)/[^"')?#]+)""")

ABOUT_STYLES = """\
# Files from elsewhere

Everything under `uswds/{version}` comes unchanged from the npm package `@uswds/uswds` {version},
the U.S. Web Design System. `make vendor` fetches it again and writes this page.

Licenses, in full in `uswds/{version}/LICENSE.md`: the work itself is in the public domain
(CC0 1.0); Source Sans and Merriweather are under the SIL Open Font License 1.1; Roboto Mono and
the Material icons under the Apache License 2.0; parts of the scripts under the MIT License.

Not used here, because Etasu is no government site: the banner, the identifier, the flag.

| File | Bytes | SHA-256 |
|---|---|---|
"""
ABOUT_TESTER = """\
# Files from elsewhere, used by tests only

`axe.min.js` comes unchanged from the npm package `axe-core` {version} (Mozilla Public License 2.0,
Deque Systems). It is not part of the installed package. `make vendor` fetches it again.

| File | Bytes | SHA-256 |
|---|---|---|
"""


def unpack(package: str, version: str, folder: Path) -> Path:
    """The content of one npm package."""
    command = ["npm", "pack", "--silent", f"{package}@{version}"]
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL)
    archive = next(folder.glob("*.tgz"))
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    archive.unlink()
    return (folder / "package").rename(folder / package.replace("/", "-"))


def take_styles(dist: Path) -> None:
    """Copy the listed files and what the style sheet refers to, in place of what was there."""
    sheet = (dist / "css" / "uswds.min.css").read_text(encoding="utf-8")
    shutil.rmtree(STYLES.parent, ignore_errors=True)
    for name in sorted({*ALWAYS, *REFERENCE.findall(sheet)}):
        target = STYLES / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(dist / name, target)
    shutil.copyfile(dist.parent / "LICENSE.md", STYLES / "LICENSE.md")


def rows(folder: Path, files: list[Path]) -> str:
    """One table row for each file, by name."""
    return "".join(
        f"| `{path.relative_to(folder).as_posix()}` | {path.stat().st_size} "
        f"| `{hashlib.sha256(path.read_bytes()).hexdigest()}` |\n"
        for path in sorted(files)
    )


def main() -> int:
    """Fetch both packages and write both tables."""
    if shutil.which("npm") is None:
        print("This needs npm (from Node.js) on this machine.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        take_styles(unpack("@uswds/uswds", USWDS, folder) / "dist")
        TESTER.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(unpack("axe-core", AXE, folder) / "axe.min.js", TESTER / "axe.min.js")
    vendor = STYLES.parents[1]
    styles = [path for path in STYLES.rglob("*") if path.is_file()]
    (vendor / "VENDORED.md").write_text(ABOUT_STYLES.format(version=USWDS) + rows(vendor, styles))
    tester = rows(TESTER, [TESTER / "axe.min.js"])
    (TESTER / "VENDORED.md").write_text(ABOUT_TESTER.format(version=AXE) + tester)
    print(f"{len(styles)} files of the design system {USWDS}, axe-core {AXE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
