"""What a password must be: long, and not one that is tried first. Nothing about its letters."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

LONGEST = 256
FEWEST_DIFFERENT = 5
# A common word with this much or less around it is still tried first.
LEAST_AROUND = 6
_RUNS = (
    "abcdefghijklmnopqrstuvwxyz",
    "0123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
)


class NotTriedFirst:
    """Refuses passwords that are long but are guessed early, for Django's list of validators."""

    def __init__(self) -> None:
        self._common = CommonPasswordValidator().passwords

    def validate(self, password: str, user: Any = None) -> None:
        """Raise ValidationError for a password somebody guessing would try early."""
        plain = unicodedata.normalize("NFKC", password).lower()
        if len(plain) > LONGEST:
            said = _("Choose a password of at most %(longest)d characters.")
            raise ValidationError(said % {"longest": LONGEST}, code="password_too_long")
        bare = re.sub(r"[\W_]+", "", plain)
        if self._is_guessed(bare) or _is_about(bare, user):
            said = _("This password is too easy to guess. Four or more unrelated words are better.")
            raise ValidationError(said, code="password_tried_first")

    def get_help_text(self) -> str:
        """What is refused, in one sentence."""
        return _("Not a repetition, a row of keys, or a common password made longer.")

    def _is_guessed(self, bare: str) -> bool:
        if len(set(bare)) < FEWEST_DIFFERENT or _unit(bare) <= len(bare) // 2 or _is_run(bare):
            return True
        return any(core in self._common for core in _cores(bare))


def _unit(text: str) -> int:
    """How long the part is that the text is a repetition of; all of it when it is none."""
    for length in range(1, len(text) // 2 + 1):
        if (text[:length] * (len(text) // length + 1))[: len(text)] == text:
            return length
    return len(text)


def _is_run(text: str) -> bool:
    return any(
        text[:10] in row * 3 and text in row * (len(text) // len(row) + 2)
        for row in (*_RUNS, *(row[::-1] for row in _RUNS))
    )


def _cores(text: str) -> set[str]:
    """What is left without digits or one repeated letter around it."""
    found = {text}
    for kept in (text.strip("0123456789"), text.strip(text[-1:]), text.strip(text[:1])):
        around = text.split(kept) if kept else []
        if sum(map(len, around)) <= LEAST_AROUND or all(_is_nothing(each) for each in around):
            found.add(kept)
    return found


def _is_nothing(text: str) -> bool:
    """Whether it adds nothing that is hard to guess: little, a row of keys, or a repetition."""
    return len(text) <= LEAST_AROUND or _is_run(text) or _unit(text) <= len(text) // 2


def _is_about(bare: str, user: Any) -> bool:
    """Whether little is left of it without the person's own address or name."""
    said = f"{getattr(user, 'email', '')} {getattr(user, 'full_name', '')} etasu".lower()
    rest = bare
    for word in sorted(set(re.findall(r"\w{4,}", said)), key=len, reverse=True):
        rest = rest.replace(word, "")
    return len(rest) <= LEAST_AROUND and rest != bare
