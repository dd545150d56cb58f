"""The whole trail as files, so that somebody without Etasu can verify it.

`entries.jsonl` holds each sealed entry's text exactly as it is hashed, a JSON list of its nine
columns, in the order of the seals; `unsealed.jsonl` those that wait; `seals.jsonl` the seals; and
`head.json` the newest head.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import orjson

from etasu.registry.audit.chain import BEFORE_ALL, Seal, entry_text
from etasu.registry.audit.heads import newest_head
from etasu.registry.audit.trail import Limits, entries, newest_seal, one_moment, seals


def write_dump(folder: Path) -> int:
    """Write the trail as it stands at this moment; how many entries were written."""
    folder.mkdir(parents=True, exist_ok=True)
    with one_moment():
        _write_lines(folder / "seals.jsonl", (_seal_line(seal) for seal in seals()))
        written = _write_entries(folder)
        head = json.dumps(newest_head().as_dict(), indent=1)
    (folder / "head.json").write_text(head + "\n")
    return written


def _write_entries(folder: Path) -> int:
    """Each epoch's entries, one epoch after the other; those behind the newest seal apart."""
    floors = [seal.highest_id for seal in seals("entries = 0")]
    newest = newest_seal()
    end = newest.last if newest else BEFORE_ALL
    written = 0
    with (
        (folder / "entries.jsonl").open("wb") as sealed,
        (folder / "unsealed.jsonl").open("wb") as waiting,
    ):
        for limits in map(Limits, [None, *floors], [*floors, None]):
            for entry in entries(limits):
                waits = limits.through_id is None and entry.cursor > end
                (waiting if waits else sealed).write(entry_text(entry.columns) + b"\n")
                written += 1
    return written


def _seal_line(seal: Seal) -> bytes:
    said = seal._asdict() | {"first": list(seal.first), "last": list(seal.last)}
    for name in ("leaves", "root", "head"):
        said[name] = said[name].hex()
    return orjson.dumps(said)


def _write_lines(path: Path, lines: Iterable[bytes]) -> None:
    with path.open("wb") as file:
        for line in lines:
            file.write(line + b"\n")
