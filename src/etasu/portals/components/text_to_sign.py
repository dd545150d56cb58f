"""The text somebody signs, set so that headings, questions and answers are told apart.

Not a character of it is added or left out: it stays the text that is signed.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Program and form stand on the first two lines; every other heading follows an empty line.
_TITLES = 2
_ANSWERS = ("    ", "  (")


def text_to_sign(text: str) -> SafeString:
    """The text as HTML for a `pre`."""
    return format_html_join("\n", "{}", ((line,) for line in _lines(text.split("\n"))))


def _lines(lines: list[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        following = lines[number + 1] if number + 1 < len(lines) else ""
        if line and (number < _TITLES or not lines[number - 1]):
            yield format_html("<strong>{}</strong>", line)
        elif following.startswith(_ANSWERS) and not line.startswith(_ANSWERS):
            yield format_html('<span class="signed-text__question">{}</span>', line)
        else:
            yield line
