"""The package that sites install holds everything it needs and nothing of the workshop."""

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
VENDOR = ROOT / "static" / "vendor"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", f"--outdir={folder}"]
    subprocess.run([*command, str(ROOT)], check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    yield built


def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_programs_static_files_and_licenses_are_in_the_package(wheel: Path) -> None:
    held = names(wheel)
    programs, static = ROOT / "programs", ROOT / "static"
    data = (*programs.rglob("*.yaml"), *programs.rglob("*.md"), *static.rglob("*.min.css"))
    for path in data:
        assert f"etasu/_data/{path.relative_to(ROOT).as_posix()}" in held
    assert "etasu/py.typed" in held
    assert {Path(name).name for name in held if "/licenses/" in name} == {"LICENSE", "NOTICE"}


def test_every_module_and_template_is_in_the_package(wheel: Path) -> None:
    held = names(wheel)
    for path in (ROOT / "src").rglob("*"):
        if path.is_file() and path.suffix in (".py", ".html", ".css", ".po", ".json", ".sql"):
            assert path.relative_to(ROOT / "src").as_posix() in held


def test_tests_and_tools_stay_at_home(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in names(wheel)}
    assert len(tops) == 2 and "etasu" in tops


def test_an_installed_package_finds_its_programs(wheel: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site")}
    command = [sys.executable, "-c", "from etasu.programs import library; print(library.__file__)"]
    tell = "; print(sorted(library.current().programs)); from etasu.site import folders; "
    command[-1] += tell + "print((folders.static_folder() / 'vendor').is_dir())"
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    where, programs, has_static = done.stdout.splitlines()
    assert where.startswith(str(tmp_path))
    assert "teaching" in programs
    assert has_static == "True"


def test_the_files_from_elsewhere_are_the_listed_ones() -> None:
    rows = re.findall(
        r"\| `(.+?)` \| (\d+) \| `([0-9a-f]{64})` \|", (VENDOR / "VENDORED.md").read_text()
    )
    listed = {name: digest for name, _, digest in rows}
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in VENDOR.rglob("*")
        if path.is_file() and path.name != "VENDORED.md"
    }
    assert found == listed


def test_everything_the_style_sheet_refers_to_is_here() -> None:
    for sheet in VENDOR.rglob("*.css"):
        for name in re.findall(r"""url\(\s*["']?(?!data:)([^"')?#]+)""", sheet.read_text()):
            assert (sheet.parent / name).is_file(), name


def test_every_recipe_is_short_and_says_what_it_makes() -> None:
    text = (ROOT / "Makefile").read_text()
    recipes = re.findall(r"^([a-z-]+):[^\n=]*\n((?:\t[^\n]*\n)+)", text, re.MULTILINE)
    assert {"demo", "test", "check"} <= {name for name, _ in recipes}
    assert [name for name, body in recipes if body.count("\n") > 10] == []
