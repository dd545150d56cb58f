"""What laboratories write, read as it was meant, and every OBX accounted for."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from etasu.interfaces.hl7v2 import items as reading_items
from etasu.interfaces.hl7v2.parser import Unreadable, parse
from etasu.interfaces.hl7v2.translate import translate
from etasu.safe_use.lab_reports import Coding, LabMessage, PatientIdentifier
from tests.interfaces.hl7_messages import LABORATORIES, OBR, WBC, Sent, items_of, obx, oru, short


def read(text: str) -> LabMessage:
    return translate(parse(text.replace("\n", "\r").encode()))


def of(laboratory: str) -> LabMessage:
    return translate(
        parse(next(each.raw for each in LABORATORIES if each.laboratory == laboratory))
    )


@pytest.mark.parametrize("sent", LABORATORIES, ids=lambda sent: sent.laboratory)
def test_every_laboratory_is_understood(sent: Sent) -> None:
    assert tuple(map(short, items_of(translate(parse(sent.raw))))) == sent.items
    # The same over any line end, with and without what surrounds a frame.
    for end in (b"\n", b"\r\n"):
        wrapped = b"\xef\xbb\xbf" + sent.raw.replace(b"\r", end) + b"\x1c\r"
        assert items_of(translate(parse(wrapped))) == items_of(translate(parse(sent.raw)))


def test_a_whole_message() -> None:
    message = of("a reference laboratory with LOINC and UCUM")
    assert (message.control_id, message.sent_as) == ("M1", "LIS|NORTHSIDE|REMS|PROGRAM")
    assert message.sent_at == datetime(2026, 11, 21, 14, 30, tzinfo=UTC)
    assert not message.is_test
    (report,) = message.reports
    assert (report.place, report.number, report.panel) == (
        "OBR^1",
        "F1",
        Coding("LN", "58410-2", "CBC"),
    )
    assert report.patient.identifiers == (PatientIdentifier("44", "NORTHSIDE", "MR"),)
    assert (report.patient.last_name, report.patient.first_name) == ("Doe", "Ana")
    assert (report.patient.birth_date, report.patient.sex) == (date(1986, 4, 12), "F")
    wbc, platelets = report.items
    assert wbc.codes == (Coding("LN", "6690-2", "WBC"), Coding("99N", "WBC1", "White cells"))
    assert (wbc.low, wbc.high, wbc.range_text) == ("4.0", "11.0", "4.0-11.0")
    assert (wbc.place, platelets.place) == ("OBX^1", "OBX^2")
    assert wbc.collected_on == date(2026, 11, 20)
    assert wbc.collected_at == datetime(2026, 11, 20, 13, 15, tzinfo=UTC)
    assert (wbc.specimen, wbc.note, wbc.trouble) == ("Blood", "", "")


def test_a_day_without_a_zone_is_the_day_as_written() -> None:
    message = of("no zone anywhere, days only")
    (item,) = items_of(message)
    assert (item.collected_on, item.collected_at, message.sent_at) == (
        date(2026, 11, 20),
        None,
        None,
    )
    late = read(oru("OBR|1||F|1^A^L|||20261120235900-0800", obx(1, "NM", WBC, "5")))
    assert items_of(late)[0].collected_on == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("filler", "number"),
    [
        ("F1", "F1"),
        ("F1^LABA", "F1^LABA"),
        ("F1^LABA^1.2.3^ISO", "F1^LABA^1.2.3^ISO"),
        ("F1^^1.2.3^ISO^^", "F1^^1.2.3^ISO"),
        (' F1 ^ LABA ^""', "F1^LABA"),
        ("F1^LABA~F2^LABA", "F1^LABA"),
        ("F1^^^^more", "F1"),
        # Whoever gave a number is none: then it is the one of whoever ordered.
        ("^LABA", "P1^WARD"),
        ("", "P1^WARD"),
        ("F" * 200 + "^" + "A" * 100, ""),
    ],
)
def test_an_order_is_told_by_its_number_and_by_who_gave_it(filler: str, number: str) -> None:
    order = OBR.replace("|P1|F1|", f"|P1^WARD|{filler}|")
    (report,) = read(oru(order, obx(1, "NM", WBC, "5"))).reports
    assert report.number == number


def test_an_old_result_does_not_count_as_of_today() -> None:
    days = [item.collected_on for item in items_of(of("an older result along with a new one"))]
    assert days == [date(2026, 11, 20), date(2026, 9, 1), date(2026, 11, 20)]


def test_the_specimen_says_when_it_was_taken_if_the_order_does_not() -> None:
    blood = "SPM|1|||BLD|||||||||||||20261118"
    assert items_of(read(oru("OBR|1||F", obx(1, "NM", WBC, "5"), blood)))[0].collected_on == date(
        2026, 11, 18
    )
    nowhere = items_of(read(oru("OBR|1||F", obx(1, "NM", WBC, "5"))))[0]
    assert (nowhere.collected_on, nowhere.trouble) == (None, "")
    for said in ("2026", "202611", "20261341", "00000000", "20260230"):
        (item,) = items_of(read(oru(f"OBR|1||F|1^A^L|||{said}", obx(1, "NM", WBC, "5"))))
        assert item.collected_on is None and item.trouble.startswith("OBR-7 is not a day")


def test_results_stay_with_their_patient() -> None:
    first, second, third = of("results of two patients").reports
    assert [r.patient.last_name for r in (first, second, third)] == ["Doe", "Roe", ""]
    assert third.patient.identifiers == ()
    late = read(oru(OBR, obx(1, "NM", WBC, "5"), "PID|2||9^^^N^MR", obx(2, "NM", WBC, "6")))
    assert [r.patient.identifiers[0].value for r in late.reports] == ["44", "9"]


def test_identifiers_are_told_as_sent() -> None:
    pid = "PID|1|7^^^OLD|44^^^N&1.2.3&ISO^MR~55^^^&1.2.4&ISO^PI~44^^^N&1.2.3&ISO^MR~^^^N^MR|8||Doe"
    message = read(oru(OBR, obx(1, "NM", WBC, "5")).replace("PID|1||44^^^NORTHSIDE^MR|", pid, 1))
    assert message.reports[0].patient.identifiers == (
        PatientIdentifier("44", "N", "MR"),
        PatientIdentifier("55", "1.2.4", "PI"),
        PatientIdentifier("7", "OLD", ""),
        PatientIdentifier("8", "", ""),
    )


def test_a_key_tells_an_item_again_wherever_it_stands() -> None:
    first = read(
        oru(
            OBR,
            obx(1, "NM", WBC, "5"),
            obx(2, "NM", "777-3^P^LN", "9"),
            "OBX|3|ST|X^Y^L|a|b||||||F",
        )
    )
    later = read(
        oru(OBR, obx(1, "NM", "777-3^Plts^LN", "8", "||||||C"), obx(2, "NM", WBC, "5", "||||||C"))
    )
    assert [item.key for item in items_of(first)] == ["6690-2^LN", "777-3^LN", "X^L|a"]
    assert [item.key for item in items_of(later)] == ["777-3^LN", "6690-2^LN"]
    twice = read(oru(OBR, obx(1, "NM", WBC, "5"), obx(2, "NM", WBC, "6"), "OBX|3|NM|||7||||||F"))
    assert [item.key for item in items_of(twice)] == ["6690-2^LN", "6690-2^LN", "OBX^3"]


def test_a_result_and_what_is_said_of_it_have_one_key() -> None:
    said = "F C F X D C"
    found = read(
        oru(*(f"OBX||NM|{WBC}|{n}|5||||||{status}" for n in "ab" for status in said.split()))
    )
    for n, keys in zip("ab", (items_of(found)[:6], items_of(found)[6:]), strict=True):
        whole = f"6690-2^LN|{n}"
        expected = [whole, whole, whole, whole, f"{whole}#2", f"{whole}#2"]
        assert [item.key for item in keys] == expected
    # Two orders of one number have corrections of their own.
    orders = (OBR, obx(1, "NM", WBC, "5", "||||||C"), OBR, obx(1, "NM", WBC, "6", "||||||C"))
    assert [item.key for item in items_of(read(oru(*orders)))] == ["6690-2^LN", "6690-2^LN#2"]


def test_an_order_taken_back_says_so_anew_in_each_message() -> None:
    keys = []
    for number in ("M1", "M2"):
        order = OBR.removesuffix("|F") + "|Z"
        message = read(oru(order, "NTE|1||Clotted", number=number))
        (item,) = items_of(message)
        assert (item.place, item.codes, item.note) == ("OBR^1", (), "Clotted")
        assert (item.value, item.collected_on) == (None, date(2026, 11, 20))
        assert "OBR-25 is Z" in item.trouble and message.reports[0].number == "F1"
        keys.append(item.key)
    assert keys[0] != keys[1]
    assert items_of(read(oru(OBR))) == []


def test_ranges_notes_and_documents() -> None:
    (item,) = items_of(of("a range in a note"))
    assert (item.low, item.high) == ("0.4", "4.0")
    (item,) = items_of(of("unknown segments, a broken line, and two notes"))
    assert item.note == "one\ntwo\nthree\nfor the order"
    report = of("a report as a document").reports[0]
    assert report.attachments == 1 and "document" in report.items[0].note
    for said, low, high in (
        ("<5", None, "<5"),
        ("<=5", None, "5"),
        (">= 60", "60", None),
        ("> .5", ">0.5", None),
        ("-2 to -1", "-2", "-1"),
        ("M: 4-6", None, None),
        ("65-99^65^99", "65", "99"),
    ):
        (item,) = items_of(read(oru(OBR, obx(1, "NM", WBC, "5", f"||{said}||||F"))))
        assert (item.low, item.high, item.range_text) == (low, high, said)


def test_who_ordered_and_whether_it_is_a_test() -> None:
    order = OBR.split("|")
    order[16] = "12345^Local~1234567893^Amara^Dr"
    message = read(oru("|".join(order), obx(1, "NM", WBC, "5")).replace("|P|2.5.1", "|T|2.5.1"))
    assert (message.reports[0].ordered_by, message.is_test) == ("1234567893", True)
    assert (
        read(oru("ORC|RE|||||||||||1234567894", OBR, obx(1, "NM", WBC, "5"))).reports[0].ordered_by
        == ""
    )


def test_local_codes_and_codes_without_a_list() -> None:
    said = {
        "WBC": (Coding("L", "WBC"),),
        "W^White^L^6690-2^WBC^LN": (Coding("LN", "6690-2", "WBC"), Coding("L", "W", "White")),
        "^White": (Coding("L", "White", "White"),),
        "6690-2^W^LOINC": (Coding("LN", "6690-2", "W"),),
        '""': (),
    }
    for code, expected in said.items():
        (item,) = items_of(read(oru(OBR, obx(1, "NM", code, "5"))))
        assert item.codes == expected
        assert bool(expected) is ("OBX-3 is empty" not in item.trouble)


def test_moments_units_and_values_at_their_edges() -> None:
    said = {
        "20261120081500Z": datetime(2026, 11, 20, 8, 15, tzinfo=UTC),
        "2026-11-20T08:15:30.25+05:30": datetime(2026, 11, 20, 2, 45, 30, 250000, tzinfo=UTC),
        "20261120250000-0500": None,
        "20261120081500-9900": None,
        "202611200815": None,
    }
    for text, at in said.items():
        (item,) = items_of(read(oru(f"OBR|1||F|1^A^L|||{text}", obx(1, "NM", WBC, "5"))))
        assert (item.collected_on, item.collected_at) == (date(2026, 11, 20), at)
    units = {
        "K/uL^^L^10*3/uL^^UCUM": "10*3/uL",
        "^thousand": "thousand",
        r"mm\S\3": "mm^3",
        '""': "",
    }
    for sent, unit in units.items():
        (item,) = items_of(read(oru(OBR, obx(1, "NM", WBC, "5", f"|{sent}|||||F"))))
        assert item.unit == unit
    values = {
        ("SN", "^5~^6"): "^5\n^6 final !OBX-5",
        ("SN", "=^5"): "5 final",
        ("TS", "20261120081500-0500"): "2026-11-20T08:15:00-05:00 final",
        ("CWE", "1^Negative~2^Trace"): "Negative; Trace final",
        ("CWE", "<5"): "<5 final",
        ("CWE", "260415000^Not detected (qualifier value)^SCT"): "negative final",
        ("CWE", "N^No growth^L^10828004^Positive^SCT"): "positive final",
        ("CWE", "10828004^Negative^SCT"): "Negative final",
        ("CWE", "ND^Not done^L"): "Not done final",
        ("CE", "260415000^See note^L^^^SCT"): "See note final",
        ("CWE", "10828004^High^SCT^260385009^Low^SCT"): "High final",
        ("CWE", "260385009^Clear^SCT~10828004^Odd^SCT"): "negative; positive final",
        ("ST", " "): "None final !OBX-5",
        ("TX", "a" * 32_001): "None final !OBX-5",
        ("nm", "5"): "5 final",
    }
    for (kind, sent), expected in values.items():
        (item,) = items_of(read(oru(OBR, obx(1, kind, WBC, sent))))
        assert short(item) == expected


def test_what_is_remembered_stays_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_items, "_MOST_REMEMBERED", 2)
    monkeypatch.setattr(reading_items, "_remembered", {})
    for number in range(40):
        text = oru(OBR, obx(1, "NM", f"{number}^A^L", "5"), obx(2, "NM", "x" * 2_000, "6"))
        marks = f"|{chr(0x2190 + number)}~\\&"
        items = items_of(read(text.replace("^", marks[1]).replace("|", marks[0])))
        assert [item.value for item in items] == ["5", "6"]
        assert items[0].codes[0].code == str(number)
    assert len(reading_items._remembered) <= 16
    for number in range(10):
        read(oru(OBR, obx(1, "NM", f"{number}^A^L", "5")))
    assert max(map(len, reading_items._remembered.values())) <= 2


@pytest.mark.parametrize(
    ("was", "becomes", "field", "code"),
    [
        ("ORU^R01", "ADT^A01", "MSH-9", 200),
        ("ORU^R01", "", "MSH-9", 200),
        ("ORU^R01", "ORU^R30", "MSH-9", 201),
        ("|P|2.5.1", "|X|2.5.1", "MSH-11", 202),
        ("|P|2.5.1", "||2.5.1", "MSH-11", 202),
        ("|P|2.5.1", "|P|3.0", "MSH-12", 203),
        ("|M1|", f"|{'x' * 200}|", "MSH-10", 104),
    ],
)
def test_what_is_not_ours_to_read(was: str, becomes: str, field: str, code: int) -> None:
    with pytest.raises(Unreadable) as refused:
        read(oru(OBR, obx(1, "NM", WBC, "5")).replace(was, becomes, 1))
    assert (refused.value.field, refused.value.code) == (field, code)
    assert refused.value.remedy.endswith(".")
