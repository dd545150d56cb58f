"""Is a page sound HTML? What every validator would refuse, found without one."""

from __future__ import annotations

import re
from html.parser import HTMLParser

_VOID = set("area base br col embed hr img input link meta source track wbr".split())
_EMPTY_SVG = {"rect", "path", "circle", "use"}
# What may not stand in a paragraph or a heading, which browsers would end before it.
_BLOCKS = set(
    "address article aside details div dl fieldset footer form h1 h2 h3 h4 h5 h6 header hr main "
    "nav ol p section table ul".split()
)
_PHRASING_ONLY = {"p", "h1", "h2", "h3", "h4", "span", "a", "strong", "dt", "summary", "label"}
_INTERACTIVE = {"a", "button", "select", "textarea"}
_PARENTS = {
    "li": {"ul", "ol"},
    "dt": {"dl", "div"},
    "dd": {"dl", "div"},
    "tr": {"thead", "tbody", "table"},
    "th": {"tr"},
    "td": {"tr"},
    "option": {"select", "optgroup"},
    "summary": {"details"},
}
_POINTING = ("for", "aria-labelledby", "aria-describedby")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.problems: list[str] = []
        self.ids: list[str] = []
        self.wanted: list[str] = []
        self.levels: list[int] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        where = f"<{tag}> at line {self.getpos()[0]}"
        if len(names) != len(set(names)):
            self.problems.append(f"{where}: an attribute twice")
        self._placed(tag, where)
        for name, value in attrs:
            self._attribute(name, value or "", where)
        if re.fullmatch(r"h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag not in _VOID:
            self.open.append(tag)

    def _attribute(self, name: str, value: str, where: str) -> None:
        if name in ("href", "lang", "id") and not value:
            self.problems.append(f"{where}: an empty {name}")
        if name == "id":
            self.ids.append(value)
        elif name in _POINTING:
            self.wanted += value.split()
        elif name == "style" or name.startswith("on"):
            self.problems.append(f"{where}: {name} is against the policy")

    def _placed(self, tag: str, where: str) -> None:
        parent = self.open[-1] if self.open else ""
        if tag in _PARENTS and parent not in _PARENTS[tag]:
            self.problems.append(f"{where}: in <{parent}>")
        if parent in ("ul", "ol") and tag != "li":
            self.problems.append(f"{where}: in <{parent}>")
        # A link may hold anything but another control; it is then no phrasing.
        inside = [each for each in self.open if each in _PHRASING_ONLY - {"a"}]
        if tag in _BLOCKS and inside:
            self.problems.append(f"{where}: a block in <{inside[-1]}>")
        if tag in _INTERACTIVE and any(each in ("a", "button") for each in self.open):
            self.problems.append(f"{where}: a control in a control")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID | _EMPTY_SVG:
            self.problems.append(f"<{tag}/> at line {self.getpos()[0]} is not empty")

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.problems.append(f"</{tag}> at line {self.getpos()[0]} closes something else")


def html_problems(text: str) -> list[str]:
    """Everything wrong with the page; nothing when it is sound."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    found = reader.problems + [f"<{tag}> is never closed" for tag in reader.open]
    found += [f"the id {i} twice" for i in set(reader.ids) if reader.ids.count(i) > 1]
    found += [f"no element has the id {i}" for i in set(reader.wanted) - set(reader.ids)]
    if reader.levels.count(1) != 1:
        found.append(f"{reader.levels.count(1)} headings of the first level")
    steps = zip(reader.levels, reader.levels[1:], strict=False)
    found += [f"a heading of level {b} after one of {a}" for a, b in steps if b > a + 1]
    if not text.lstrip().startswith("<!DOCTYPE html>"):
        found.append("no doctype")
    return found
