"""What providers of text messages say of a number for good, whichever of them says it."""

from __future__ import annotations

WRONG_NUMBER = frozenset({"invalid-number", "not-a-mobile", "21211", "21614", "30005", "30006"})
OPTED_OUT = frozenset({"opted-out", "21610"})
