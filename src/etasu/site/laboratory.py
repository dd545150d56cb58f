"""What the house lends one door of another: the wire of laboratories, for the pages about it."""

from __future__ import annotations

from etasu.interfaces.hl7v2.checklist import run_checklist
from etasu.interfaces.hl7v2.trying import look_at, take_again, try_out


class MessagesOfLaboratories:
    """HL7 v2, as far as people look at it."""

    try_out = staticmethod(try_out)
    look_at = staticmethod(look_at)
    take_again = staticmethod(take_again)
    run_checklist = staticmethod(run_checklist)
