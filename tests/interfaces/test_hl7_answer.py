"""What a sender is told: yes, or which field and what to do; never whom we know."""

from __future__ import annotations

from datetime import UTC, datetime

import hl7
import pytest

from etasu.interfaces.hl7v2.answer import CODES, acknowledgments, refusal, verdict_on
from etasu.interfaces.hl7v2.exchange import hear, refuse, reply
from etasu.interfaces.hl7v2.header import Header
from etasu.interfaces.hl7v2.parser import MOST_MESSAGES, Unreadable
from etasu.registry.monitoring.received import Answer, ItemOutcome, Kept, Outcome
from tests.interfaces.hl7_messages import LABORATORIES, OBR, WBC, obx, oru

AT = datetime(2026, 11, 21, 14, 30, 5, tzinfo=UTC)
PLAIN = oru(OBR, obx(1, "NM", WBC, "5"))
AA = Outcome(Answer.ACCEPTED)


def answered(text: str, outcome: Outcome = AA) -> list[str]:
    """The messages that go back, each as it is sent."""
    delivery = hear(text.replace("\n", "\r").encode(), "peer:test")
    replies, _ = reply(delivery, [outcome] * len(delivery.messages), AT)
    return [each.decode() for each in replies]


def one(text: str, outcome: Outcome = AA) -> list[list[str]]:
    """The one answer's segments and fields."""
    (said,) = answered(text, outcome)
    return [line.split("|") for line in said.rstrip("\r").split("\r")]


def test_a_plain_yes() -> None:
    head, msa = one(PLAIN)
    assert head[:4] == ["MSH", "^~\\&", "REMS", "PROGRAM"]
    assert head[4:6] == ["LIS", "NORTHSIDE"]
    assert head[6] == "20261121143005+0000"
    assert (head[8], head[10], head[11]) == ("ACK^R01^ACK", "P", "2.5.1")
    assert len(head[9]) == 16 and head[9] != one(PLAIN)[0][9]
    assert msa == ["MSA", "AA", "M1"]


def test_what_was_read_badly_is_told_with_its_place() -> None:
    text = oru(
        OBR, obx(1, "NM", WBC, "5"), obx(2, "NM", WBC, "**.*"), obx(3, "NM", "", "5", "||||||O")
    )
    _, msa, *errors = one(text)
    assert msa[1] == "AA"
    assert [(e[2], e[3].split("^")[0], e[4]) for e in errors] == [
        ("OBX^2^5", "102", "W"),
        ("OBX^3^3", "101", "W"),
        ("OBX^3^11", "103", "W"),
    ]
    assert errors[0][7:] == [
        "OBX-5 is not a number, though OBX-2 says NM",
        "Send the number, or ST.",
    ]
    assert all(e[3].endswith("^HL70357") and len(e) == 9 for e in errors)
    (order,) = one(oru(OBR.replace("20261120081500-0500", "soon"), obx(1, "NM", WBC, "5")))[2:]
    assert order[2] == "OBR^1^7"


def test_whether_a_patient_is_known_is_never_told() -> None:
    waits = ItemOutcome("OBX^1", Kept.QUARANTINED, "unknown-patient", "nobody by that number", "")
    assert one(PLAIN, Outcome(Answer.ACCEPTED, (waits,)))[1:] == one(PLAIN)[1:]


def test_a_message_that_is_not_taken() -> None:
    twice = Outcome(Answer.ERROR, error="205", said="MSH-10 was used before: use a new number.")
    _, msa, error = one(PLAIN, twice)
    assert msa[1] == "AE"
    assert error[2:5] == ["MSH^1^10", "205^Duplicate key identifier^HL70357", "E"]
    assert error[7:] == ["MSH-10 was used before", "Use a new number."]
    refused = ItemOutcome("OBX^1", Kept.REJECTED, "no", "the unit is missing", "Send OBX-6.")
    *_, error = one(PLAIN, Outcome(Answer.ACCEPTED, (refused,)))
    assert (error[2], error[4], *error[7:]) == ("OBX^1", "W", "the unit is missing", "Send OBX-6.")
    assert one(PLAIN, Outcome(Answer.REJECTED, error="made up"))[2][3].startswith("207^")


@pytest.mark.parametrize(
    ("was", "becomes", "answer", "place", "code"),
    [
        ("ORU^R01", "ADT^A01", "AR", "MSH^1^9", 200),
        ("ORU^R01", "ORU^R30", "AR", "MSH^1^9", 201),
        ("|P|2.5.1", "|Q|2.5.1", "AR", "MSH^1^11", 202),
        ("|P|2.5.1", "|P|9", "AR", "MSH^1^12", 203),
        ("^~\\&", "^", "AE", "MSH^1^2", 102),
    ],
)
def test_what_is_not_ours_is_refused(
    was: str, becomes: str, answer: str, place: str, code: int
) -> None:
    _, msa, error = one(PLAIN.replace(was, becomes, 1), Outcome(Answer.ERROR, error="100"))
    assert (msa[1], error[2], error[3]) == (answer, place, f"{code}^{CODES[code]}^HL70357")
    assert msa[2] == "M1"
    assert error[8].endswith(".")


def test_enhanced_mode_answers_what_was_asked_for() -> None:
    refused = Outcome(Answer.ERROR, error="205", said="no")
    for wanted, outcome, codes in (
        ("|||AL|NE", AA, ["CA"]),
        ("|||AL|AL", AA, ["CA", "AA"]),
        ("|||NE|NE", AA, []),
        ("||||AL", AA, ["AA"]),
        ("|||ER|SU", AA, ["AA"]),
        ("|||what|ever", AA, ["AA"]),
        ("|||ER|SU", refused, ["CE"]),
        ("|||SU|ER", refused, ["AE"]),
        ("|||AL|AL", Outcome(Answer.REJECTED, error="207"), ["CR", "AR"]),
    ):
        replies = answered(oru(OBR, obx(1, "NM", WBC, "5"), msh=wanted), outcome)
        assert [each.split("MSA|")[1][:2] for each in replies] == codes
        numbers = [each.split("|")[9] for each in replies]
        assert len(set(numbers)) == len(codes)


def test_old_versions_are_answered_as_they_expect() -> None:
    text = oru(OBR, obx(1, "NM", WBC, "5"), version="2.3")
    head, msa, error = one(text, Outcome(Answer.ERROR, error="207", said="it broke: call us."))
    assert (head[8], head[11]) == ("ACK^R01", "2.3")
    assert msa == ["MSA", "AE", "M1", "it broke: Call us."]
    assert error == ["ERR", "MSH^1^^207&Application internal error&HL70357"]


def test_a_batch_is_answered_message_by_message() -> None:
    bad = PLAIN.replace("ORU^R01", "ADT^A01").replace("|M1|", "|M2|")
    batch = "FHS|^~\\&|\nBHS|^~\\&|\n" + PLAIN + bad + "BTS|2\nFTS|1\n"
    (said,) = answered(batch)
    lines = said.rstrip("\r").split("\r")
    assert [line.split("|")[0] for line in lines] == [
        "BHS", "MSH", "MSA", "MSH", "MSA", "ERR", "BTS",
    ]  # fmt: skip
    assert [line for line in lines if line.startswith("MSA")] == ["MSA|AA|M1", "MSA|AR|M2"]
    assert lines[-1] == "BTS|2"
    (plain,) = answered(PLAIN + bad)
    assert plain.count("MSA|") == 2 and "BHS" not in plain
    # Two messages are never read as one, under the number of the first.
    (joined,) = answered(PLAIN + "\x1c" + PLAIN)
    assert joined.count("MSA|AE|M1") == 1 and "100^" in joined
    (many,) = answered(PLAIN * (MOST_MESSAGES + 1))
    assert many.count("MSA|") == 1 and "104^" in many and "MSA|AE|" in many
    (empty,) = answered("BHS|^~\\&|\nBTS|0\n")
    assert "MSA|AE|" in empty


def test_what_a_sender_writes_cannot_break_the_answer() -> None:
    text = PLAIN.replace("|M1|", r"|M\F\1\.br\MSA\F\AA\F\2|").replace("LIS", r"L\S\IS^1.2^ISO")
    head, msa = one(text)
    assert msa[2] == r"M\F\1\.br\MSA\F\AA\F\2"
    assert head[4] == r"L^IS^1.2^ISO"
    name = answered(PLAIN.replace("|M1|", "|Mé|"))[0]
    assert "MSA|AA|Mé" in name


def test_many_troubles_are_cut_short() -> None:
    text = oru(OBR, *(obx(n, "NM", WBC, "x") for n in range(1, 100)))
    errors = one(text)[2:]
    assert len(errors) == 40 and errors[-1][7] == "and 60 more"


def test_nothing_unforeseen_gets_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etasu.interfaces.hl7v2.exchange.translate", lambda *given: 1 / 0)
    delivery = hear(PLAIN.encode(), None)
    assert delivery.messages[0].received.message is None
    _, msa, error = one(PLAIN, Outcome(Answer.ERROR, error="100"))
    assert (msa[1], error[3][:3]) == ("AE", "207")
    assert "was kept as it came" in error[8]


def test_what_was_not_kept_is_never_told_to_be_mended() -> None:
    """A message nobody could read and nobody could keep must come again."""
    broken = PLAIN.replace("ORU", "ADT")
    _, msa, error = one(broken, Outcome(Answer.REJECTED, error="207", said="not kept: send again"))
    assert (msa[1], error[3][:3]) == ("AR", "207")


def test_a_refusal_needs_no_message() -> None:
    said = refuse(b"\x00\xff", Unreadable("MSH", "Send less.", code=104), AT)[0].decode()
    assert "MSA|AR|\r" in said and "ERR||MSH^1|104^" in said
    assert refusal(Unreadable("MSH-9", "x", code=200)).answer == "AR"
    verdict = verdict_on(AA, None)
    assert acknowledgments(Header(), verdict, number="1", at=AT)[0].startswith("MSH|^~\\&|||||2026")


def test_another_library_reads_our_answers() -> None:
    for sent in LABORATORIES:
        for said in answered(sent.text, Outcome(Answer.ACCEPTED)):
            parsed = hl7.parse(said)
            assert str(parsed.segment("MSA")[1]) == "AA"
            assert parsed.extract_field("MSA", 1, 2) in ("M1", "NULL")
