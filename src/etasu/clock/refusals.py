"""What a mail server's refusal says: that nobody is at an address, or only that this did not work.

Source: RFC 5321, section 4.2.3 (550, 551 and 553 for a mailbox); RFC 3463 and RFC 7505 (the
enhanced code, which says more: 5.1.x is about the address, and 5.1.7 and 5.1.8 about the sender's).
"""

from __future__ import annotations

import re
from smtplib import SMTPRecipientsRefused

_ENHANCED = re.compile(rb"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_OF_AN_ADDRESS, _OF_THE_SENDER = b"5.1.", (b"5.1.7", b"5.1.8")
_NO_MAILBOX = frozenset({550, 551, 553})
# What servers without enhanced codes say when they refuse us, whoever it is for.
_OF_US = re.compile(rb"relay|sender|spam|block|polic|authent|denied|reputation|spf|dkim|dmarc")


def is_no_address(error: Exception) -> bool:
    """Whether the server says for good that nobody is at the address."""
    if not isinstance(error, SMTPRecipientsRefused) or not error.recipients:
        return False
    return all(_says_nobody(code, said) for code, said in error.recipients.values())


def _says_nobody(code: int, said: bytes | str) -> bool:
    words = said.encode(errors="replace") if isinstance(said, str) else said
    found = _ENHANCED.search(words)
    if found is None:
        return code in _NO_MAILBOX and not _OF_US.search(words.lower())
    return found[1].startswith(_OF_AN_ADDRESS) and found[1] not in _OF_THE_SENDER
