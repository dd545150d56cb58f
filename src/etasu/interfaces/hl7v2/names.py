"""What the segments and fields are called that laboratories send, for people who read a message."""

from __future__ import annotations

from collections.abc import Mapping

SEGMENTS: Mapping[str, str] = {
    "MSH": "Message header",
    "SFT": "Software",
    "PID": "Patient",
    "PD1": "Patient, further",
    "NK1": "Next of kin",
    "PV1": "Visit",
    "PV2": "Visit, further",
    "ORC": "Common order",
    "OBR": "Order",
    "TQ1": "Timing",
    "OBX": "Result",
    "NTE": "Note",
    "SPM": "Specimen",
    "DSC": "Continuation",
    "FHS": "File header",
    "BHS": "Batch header",
}
_MESSAGE = (
    "Separator of fields|Other separators|Sending application|Sending facility"
    "|Receiving application|Receiving facility|Sent at|Security|Message type|Control ID"
    "|Processing ID: P counts, T is a test|Version|Sequence number|Continuation pointer"
    "|Commit acknowledgment wanted|Application acknowledgment wanted|Country|Character set"
    "|Language|Alternate character set scheme|Message profile"
)
_PATIENT = (
    "Set ID|Patient ID, older field|Patient identifiers|Alternate patient ID, older field|Name"
    "|Mother's maiden name|Birth date|Sex|Alias|Race|Address|County|Home telephone"
    "|Business telephone|Language|Marital status|Religion|Account number|Social security number"
)
_COMMON_ORDER = (
    "Order control|Number of whoever ordered|Number of the laboratory|Group number|Order status"
    "|Response flag|Quantity and timing|Parent|Entered at|Entered by|Verified by|Ordered by"
)
_ORDER = (
    "Set ID|Number of whoever ordered|Number of the laboratory|What was ordered|Priority"
    "|Requested at|Specimen collected at|Collection ended at|Volume|Collected by|Action code"
    "|Danger code|Clinical information|Specimen received at|Specimen source|Ordered by"
    "|Callback telephone|Field of whoever ordered, 1|Field of whoever ordered, 2"
    "|Field of the laboratory, 1|Field of the laboratory, 2|Reported at|Charge|Section|Status"
    "|Parent result|Quantity and timing|Copies to"
)
_RESULT = (
    "Set ID|Type of value|What was measured|Sub-ID|Value|Unit|Reference range|Flags|Probability"
    "|Nature of abnormal test|Status|Effective date of the range|Access checks|Observed at"
    "|Producer|Observer|Method|Equipment|Analyzed at"
)
_SPECIMEN = (
    "Set ID|Specimen ID|Parent IDs|Specimen type|Type modifier|Additives|Collection method"
    "|Source site|Site modifier|Collection site|Role|Amount|Grouped count|Description|Handling"
    "|Risk|Collected at|Received at|Expires at|Available|Reject reason|Quality|Appropriateness"
    "|Condition"
)
_FIELDS: Mapping[str, list[str]] = {
    "MSH": _MESSAGE.split("|"),
    "PID": _PATIENT.split("|"),
    "ORC": _COMMON_ORDER.split("|"),
    "OBR": _ORDER.split("|"),
    "OBX": _RESULT.split("|"),
    "SPM": _SPECIMEN.split("|"),
    "NTE": ["Set ID", "Source", "Text", "Kind"],
}


def segment_name(segment: str) -> str:
    """What a segment is called; a segment nobody knows is kept and not read."""
    return SEGMENTS.get(segment, "Kept, not read")


def field_name(segment: str, number: int) -> str:
    """What a field is called; its number alone for one that is not read."""
    known = _FIELDS.get(segment, [])
    return known[number - 1] if 0 < number <= len(known) else f"Field {number}"
