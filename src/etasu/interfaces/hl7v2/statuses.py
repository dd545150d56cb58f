"""How far a result is, by HL7 tables 0085 (OBX-11) and 0123 (OBR-25)."""

from __future__ import annotations

from functools import lru_cache

from etasu.safe_use.lab_reports import ItemStatus

_OF_RESULT = {
    **dict.fromkeys("FUV", ItemStatus.FINAL),
    **dict.fromkeys("CA", ItemStatus.CORRECTED),
    **dict.fromkeys("PRS", ItemStatus.PRELIMINARY),
    "I": ItemStatus.REGISTERED,
    "X": ItemStatus.CANCELED,
    **dict.fromkeys("DW", ItemStatus.WITHDRAWN),
}
_OF_ORDER = {
    "F": ItemStatus.FINAL,
    "C": ItemStatus.CORRECTED,
    **dict.fromkeys("PRA", ItemStatus.PRELIMINARY),
    **dict.fromkeys("SIO", ItemStatus.REGISTERED),
    "X": ItemStatus.CANCELED,
}
# An order that was canceled, or that the laboratory has no record of.
TAKEN_BACK = frozenset("XYZ")
_COUNTING = (ItemStatus.FINAL, ItemStatus.CORRECTED)


@lru_cache(maxsize=1024)
def status_of(of_result: str, of_order: str) -> tuple[ItemStatus, str]:
    """The status, and what is wrong with it; the order's speaks for a result that has none."""
    if not of_result:
        found = _OF_ORDER.get(of_order)
        if found is not None:
            return found, ""
        return ItemStatus.UNKNOWN, "OBX-11 is empty: write F for a final result."
    found = _OF_RESULT.get(of_result)
    if found is None:
        said = f"OBX-11 is {of_result[:10]}, which is no status of a result: write F, C or P."
        return ItemStatus.UNKNOWN, said
    if found in _COUNTING and of_order in TAKEN_BACK:
        said = f"OBX-11 is {of_result}, but OBR-25 is {of_order}: say whether there is a result."
        return ItemStatus.UNKNOWN, said
    return found, ""
