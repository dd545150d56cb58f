"""When a closed authorization still bars a second one."""

from __future__ import annotations


def keeps_slot(unit: str, state: str) -> bool:
    """Whether the slot stays taken: used ones do, and a day that lapsed unaccounted.

    A used fill or period gives its slot back when its last day is over: `expire_lapsed`.
    """
    if state == "used":
        return True
    return state == "expired" and unit == "infusion_day"
