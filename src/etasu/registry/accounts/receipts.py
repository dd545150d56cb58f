"""Forms sent twice: a double click, a reload, a lost reply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from etasu.registry.accounts.models import FormReceipt
from etasu.registry.audit.actors import Actor


def led_to(token: str, *, sender: str) -> str:
    """Where the sender's form with this token led; "" when none was sent."""
    found = FormReceipt.objects.filter(sent_by=sender, token=token)
    return found.values_list("led_to", flat=True).first() or ""


def once(token: str, do: Callable[[], str], *, by: Actor, at: datetime) -> str:
    """Do it the first time the token comes, and say where it led every time.

    A second sending waits for the first one to finish. When `do` raises, nothing is kept and the
    token may be used again.
    """
    with transaction.atomic():
        receipt, is_first = FormReceipt.objects.get_or_create(
            sent_by=by.number, token=token, defaults={"sent_at": at}
        )
        if is_first:
            receipt.led_to = do()
            receipt.save(update_fields=["led_to"])
    return receipt.led_to
