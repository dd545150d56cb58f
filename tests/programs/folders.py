"""A program folder with one mistake in it, made from the teaching program."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import NamedTuple

import yaml

from etasu.programs.library import own_folder

TABLES = Path(__file__).parent / "mistakes"


class Mistake(NamedTuple):
    """`old` in `file` written as `new`; the whole file is `new` when `old` is None."""

    said: str
    file: str
    old: str | None
    new: str
    problems: tuple[str, ...]


def mistakes() -> list[Mistake]:
    """Every mistake in the tables."""
    return [
        Mistake(row["said"], row["file"], row.get("old"), row["new"], tuple(row["problems"]))
        for path in sorted(TABLES.glob("*.yaml"))
        for row in yaml.safe_load(path.read_text(encoding="utf-8"))
    ]


def folder_with(mistake: Mistake, place: Path) -> Path:
    """The teaching program's folder with the mistake in it."""
    folder = teaching_copy(place)
    path = folder / mistake.file
    if mistake.old is None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(mistake.new, encoding="utf-8")
        return folder
    text = path.read_text(encoding="utf-8")
    assert mistake.old in text, "the teaching program no longer says so"
    path.write_text(text.replace(mistake.old, mistake.new, 1), encoding="utf-8")
    return folder


def teaching_copy(place: Path) -> Path:
    """A copy of the teaching program that can be spoiled."""
    return Path(shutil.copytree(own_folder() / "teaching", place / "teaching"))
