"""No refusal without a way on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from etasu.site.sim.invariants.look import Look, found

_REFUSED = """
SELECT id, gate, outcome, patient_id, answer FROM authorizations_decision
WHERE id > %s AND outcome <> 'authorized' ORDER BY id
"""


def every_no_says_what_to_do(look: Look) -> Iterator[str]:
    """I5: a refusal names each reason, who can mend it and how; no decision says what is amiss."""
    for row in found(_REFUSED, look.marks.get("I5", 0)):
        look.marks["I5"] = row["id"]
        said = json.loads(row["answer"])
        reasons = [each for each in said["findings"] if each["blocks"]]
        if row["outcome"] == "not_authorized" and not reasons:
            yield f"{look.subject(row['patient_id'])} was refused at {row['gate']} without a reason"
        if row["outcome"] == "cannot_decide" and not all(
            each["remedy"] for each in said["faults"] or [{"remedy": ""}]
        ):
            yield f"{look.subject(row['patient_id'])} got no decision and no way on"
        for each in reasons:
            if not (each["who_can_fix"] and each["how"] and each["observed"]):
                yield f"{each['code']} does not say who can mend it and how"
