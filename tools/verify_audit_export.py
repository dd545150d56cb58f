#!/usr/bin/env python3
"""Verify an audit trail written by `etasu verify-audit --dump FOLDER`, without Etasu.

    python3 verify_audit_export.py FOLDER [HEAD.json ...]

Needs Python 3.9 and nothing else. Exit 0: as sealed. Exit 1: not; every difference is printed.
What is computed: leaf = SHA-256(0x00, a line of entries.jsonl); root = leaves joined in pairs by
SHA-256(0x01, left, right), an odd one moving up; head = SHA-256(0x02, a JSON list of the head
before in hex, sequence, root in hex, entries, first and last place, highest id, moment).
"""

import json
import sys
from hashlib import sha256
from pathlib import Path


class Lines:
    """The lines of a file with their places, with a look at the next one."""

    def __init__(self, path):
        self.file, self.place = path.open("rb"), [0, 0]
        self.move()

    def move(self):
        before, self.line = self.place, self.file.readline().rstrip(b"\n")
        self.place = [int(text) for text in json.loads(self.line)[:2]] if self.line else before
        self.begins_epoch = self.place < before


def root_of(leaves):
    level = list(leaves)
    while len(level) > 1:
        pairs = range(len(level) // 2)
        above = [sha256(b"\x01" + level[2 * i] + level[2 * i + 1]).digest() for i in pairs]
        level = above + level[2 * len(above) :]
    return level[0] if level else sha256(b"").digest()


def head_of(previous, seal):
    parts = [previous, seal["sequence"], seal["root"], seal["entries"], *seal["first"]]
    parts += [*seal["last"], seal["highest_id"], seal["sealed_at"]]
    text = json.dumps([str(part) for part in parts], separators=(",", ":"))
    return sha256(b"\x02" + text.encode()).hexdigest()


def check_seal(seal, leaves, before):
    """What is wrong with a seal by itself, and after the one before."""
    if seal["sequence"] != before["sequence"] + 1:
        yield "a seal before it is missing"
    elif head_of(before["head"], seal) != seal["head"]:
        yield "edited or out of its place: its head does not follow"
    if root_of(leaves).hex() != seal["root"] or len(leaves) != seal["entries"]:
        yield "edited: its leaves do not give its root"


def check_entries(seal, leaves, lines):
    """What is wrong with the entries of a seal, which are the next lines."""
    found = {}
    while lines.line and not lines.begins_epoch and (not leaves or lines.place <= seal["last"]):
        found[sha256(b"\x00" + lines.line).digest()] = lines.place
        lines.move()
    lines.begins_epoch &= bool(leaves)
    known = set(leaves)
    for leaf, place in found.items():
        if leaf not in known:
            yield f"entry {place} was edited or inserted"
    for position, leaf in enumerate(leaves, 1):
        if leaf not in found:
            yield f"its entry number {position} was edited or deleted"


def check(folder, heads):
    """Every difference, as a line of text."""
    seal, lines = {"sequence": 0, "head": "00" * 32}, Lines(folder / "entries.jsonl")
    known = {head["sequence"]: head["head"] for head in heads if head["sequence"]}
    for text in (folder / "seals.jsonl").open():
        before, seal = seal, json.loads(text)
        leaves = [
            bytes.fromhex(seal["leaves"][i : i + 64]) for i in range(0, len(seal["leaves"]), 64)
        ]
        found = [*check_seal(seal, leaves, before), *check_entries(seal, leaves, lines)]
        if known.pop(seal["sequence"], seal["head"]) != seal["head"]:
            found.append("not the seal whose head was exported")
        yield from (f"seal {seal['sequence']}: {said}" for said in found)
    if lines.line:
        yield f"entries from {lines.place} on belong to no seal"
    yield from (f"seal {number}: missing, though its head was exported" for number in known)


if __name__ == "__main__":
    place = Path(sys.argv[1])
    paths = [place / "head.json", *map(Path, sys.argv[2:])]
    problems = list(check(place, [json.loads(path.read_text()) for path in paths]))
    print("\n".join(problems) or "The audit trail is as it was sealed.")
    sys.exit(1 if problems else 0)
