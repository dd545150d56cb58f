"""What is said of text messages: by providers of a number for good, and by us of providers."""

from __future__ import annotations

WRONG_NUMBER = frozenset({"invalid-number", "not-a-mobile", "21211", "21614", "30005", "30006"})
OPTED_OUT = frozenset({"opted-out", "21610"})
# A site without a provider writes them to files here, and no receipt ever comes.
FOLDER = "folder"
