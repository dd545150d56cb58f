r"""Messages as different laboratories write them, about invented people, and what each item says.

An item is `value unit status`, with `!` and the field where something is in the way. Messages are
written with line feeds; the sender's own line ends are the subject of tests.
"""

from __future__ import annotations

import random
from typing import NamedTuple

from etasu.safe_use.lab_reports import LabItem, LabMessage


class Sent(NamedTuple):
    """A message of one laboratory, and its items in short."""

    laboratory: str
    text: str
    items: tuple[str, ...]

    @property
    def raw(self) -> bytes:
        """The message as it comes over the line, with carriage returns."""
        return self.text.replace("\n", "\r").encode()


def short(item: LabItem) -> str:
    """An item in short, as in the list below."""
    unit = f" {item.unit}" if item.unit else ""
    flags = f" [{','.join(item.abnormal)}]" if item.abnormal else ""
    trouble = f" !{item.trouble.split()[0]}" if item.trouble else ""
    return f"{item.comparator}{item.value}{unit}{flags} {item.status}{trouble}"


def items_of(message: LabMessage) -> list[LabItem]:
    """Every item of a message."""
    return [item for report in message.reports for item in report.items]


def obx(number: int, kind: str, code: str, value: str, rest: str = "||||||F") -> str:
    """An OBX in the usual shape; `rest` begins after OBX-5."""
    return f"OBX|{number}|{kind}|{code}||{value}{rest}"


def oru(*segments: str, version: str = "2.5.1", number: str = "M1", msh: str = "") -> str:
    """A message about an invented person."""
    head = rf"MSH|^~\&|LIS|NORTHSIDE|REMS|PROGRAM|20261121093000-0500||ORU^R01|{number}|P|{version}"
    pid = "PID|1||44^^^NORTHSIDE^MR||Doe^Ana||19860412|F"
    return "\n".join((head + msh, pid, *segments)) + "\n"


OBR = "OBR|1|P1|F1|58410-2^CBC^LN|||20261120081500-0500||||||||||||||||||F"
WBC = "6690-2^WBC^LN"
PLT = "777-3^Platelets^LN"
LABORATORIES = (
    Sent(
        "a reference laboratory with LOINC and UCUM",
        oru(
            "ORC|RE|P1|F1",
            OBR,
            obx(1, "NM", WBC + "^WBC1^White cells^99N", "6.2", "|10*3/uL^^UCUM|4.0-11.0|N|||F"),
            obx(2, "NM", PLT, "48", "|10*3/uL^^UCUM|150-400|LL|||F"),
            "SPM|1|||BLD^Blood^HL70487|||||||||||||20261120081500-0500",
        ),
        ("6.2 10*3/uL [N] final", "48 10*3/uL [LL] final"),
    ),
    Sent(
        "a hospital with local codes and old units",
        oru(OBR, obx(1, "NM", "PLTC^PLATELETS^L", "212", "|K/uL|150-400||||F"), version="2.3"),
        ("212 K/uL final",),
    ),
    Sent(
        "one that types numbers as text",
        oru(OBR, obx(1, "ST", WBC, "7.10", "|K/uL|||||F"), obx(2, "ST", PLT, " >=600 ")),
        ("7.10 K/uL final", ">=600 final"),
    ),
    Sent(
        "an analyzer out of range",
        oru(OBR, obx(1, "NM", WBC, "**.*"), obx(2, "NM", PLT, ""), obx(3, "NM", PLT, '""')),
        ("**.* final !OBX-5", "None final !OBX-5", "None final !OBX-5"),
    ),
    Sent(
        "structured numerics, right and wrong",
        oru(
            OBR,
            obx(1, "SN", "3016-3^TSH^LN", "<^0.005", "|m[IU]/L|0.4-4.0|L|||F"),
            obx(2, "SN", "2160-0^Creatinine^LN", "^182"),
            obx(3, "SN", "5811-5^Gravity^LN", "<=1.005"),
            obx(4, "SN", "13945-1^RBC^LN", "^0^-^5", "|/[HPF]||||| F".replace(" ", "")),
            obx(5, "SN", "5048-4^ANA^LN", "^1^:^40"),
            obx(6, "SN", "5048-4^ANA^LN", "many^x"),
        ),
        (
            "<0.005 m[IU]/L [L] final",
            "182 final",
            "<=1.005 final",
            "0-5 /[HPF] final",
            "1:40 final",
            "manyx final !OBX-5",
        ),
    ),
    Sent(
        "a urinalysis in words",
        oru(
            OBR,
            obx(1, "ST", "20454-5^Protein^LN", "1+"),
            obx(2, "ST", "13945-1^RBC^LN", "0-5"),
            obx(3, "CWE", "5802-4^Nitrite^LN", "260385009^Negative^SCT"),
            obx(4, "CE", "5799-2^Esterase^LN", "^Trace"),
            obx(5, "TX", "5767-9^Appearance^LN", "Clear~to slightly cloudy"),
        ),
        (
            "1+ final",
            "0-5 final",
            "Negative final",
            "Trace final",
            "Clear\nto slightly cloudy final",
        ),
    ),
    Sent(
        "flags that repeat and a status for each",
        oru(
            OBR,
            obx(1, "NM", WBC, "1.1", "|||L~A|||P"),
            obx(2, "NM", WBC, "1.2", "|||L|||C"),
            obx(3, "NM", WBC, "", "||||||X"),
            obx(4, "NM", WBC, "", "||||||I"),
            obx(5, "NM", WBC, "1.2", "||||||W"),
            obx(6, "NM", WBC, "1.2", "||||||D"),
            obx(7, "NM", WBC, "1.2", "||||||O"),
            obx(8, "NM", WBC, "1.2", "||||||A"),
            obx(9, "NM", WBC, "1.2", "||||||U"),
        ),
        (
            "1.1 [L,A] preliminary",
            "1.2 [L] corrected",
            "None canceled",
            "None registered",
            "1.2 withdrawn",
            "1.2 withdrawn",
            "1.2 unknown !OBX-11",
            "1.2 corrected",
            "1.2 final",
        ),
    ),
    Sent(
        "set ids that run on over the orders",
        oru(
            OBR,
            obx(1, "NM", WBC, "5"),
            "OBR|2|P1|F2|24323-8^CMP^LN|||20261120",
            obx(2, "NM", "2160-0^Creatinine^LN", "0.8", "|mg/dL|||||F"),
        ),
        ("5 final", "0.8 mg/dL final"),
    ),
    Sent(
        "a range in a note",
        oru(
            OBR,
            obx(1, "NM", "3016-3^TSH^LN", "2.5", "|uIU/mL|||||F"),
            "NTE|1||Reference range: 0.4-4.0",
        ),
        ("2.5 uIU/mL final",),
    ),
    Sent(
        "no zone anywhere, days only",
        oru("OBR|1||F1|57021-8^CBC^LN|||20261120", obx(1, "NM", WBC, "5")).replace("-0500", ""),
        ("5 final",),
    ),
    Sent(
        "a control ID that is the word NULL",
        oru(OBR, obx(1, "NM", WBC, "5"), number="NULL"),
        ("5 final",),
    ),
    Sent(
        "a report as a document",
        oru(
            OBR,
            obx(1, "ED", "11502-2^Report^LN", "^application^pdf^Base64^JVBERi0xLjQK"),
            obx(2, "NM", WBC, "5"),
        ),
        ("None final", "5 final"),
    ),
    Sent(
        "formatted text with escapes",
        oru(
            OBR,
            obx(
                1, "FT", "11502-2^Report^LN", r"Line one\.br\5 \T\ 6 \S\ 7\X41\ \H\bold\N\ C:\Users"
            ),
        ),
        ("Line one\n5 & 6 ^ 7A bold C:\\Users final",),
    ),
    Sent(
        "other separators",
        oru(OBR, obx(1, "NM", WBC, "5", "|K/uL|||||F"))
        .replace("&", "$")
        .replace("^", "*")
        .replace("|", "#")
        .replace("~", "!"),
        ("5 K/uL final",),
    ),
    Sent(
        "a unit that was not escaped",
        oru(
            OBR,
            obx(1, "NM", WBC, "5", "|10^9/L|||||F"),
            obx(2, "NM", PLT, "200", "|x10^3/uL|||||F"),
        ),
        ("5 10^9/L final", "200 x10^3/uL final"),
    ),
    Sent(
        "no status on results, one on the order",
        oru(OBR.removesuffix("|F") + "|P", obx(1, "NM", WBC, "5", "")),
        ("5 preliminary",),
    ),
    Sent(
        "an order taken back whose results say final",
        oru(OBR.removesuffix("|F") + "|X", obx(1, "NM", WBC, "5")),
        ("5 unknown !OBX-11",),
    ),
    Sent(
        "an order taken back without its results",
        oru(OBR.removesuffix("|F") + "|X", "NTE|1||Clotted", OBR, obx(1, "NM", WBC, "5")),
        ("None canceled !OBR-25", "5 final"),
    ),
    Sent(
        "results without an order",
        oru(obx(1, "NM", WBC, "5"), "OBX", "OBX|3"),
        ("5 final !OBR", "None unknown !OBR", "None unknown !OBR"),
    ),
    Sent(
        "a rejected specimen",
        oru(OBR, obx(1, "NM", WBC, "5"), "SPM|1|||BLD|||||||||||||||||RB^Broken container^HL70490"),
        ("5 final !SPM-21",),
    ),
    Sent(
        "a day that is none, and types nobody knows",
        oru(OBR.replace("20261120081500-0500", "11/20/2026"), obx(1, "XX", WBC, "5")),
        ("5 final !OBR-7",),
    ),
    Sent(
        "dates and times as values",
        oru(
            OBR,
            obx(1, "DT", "8665-2^LMP^LN", "20261101"),
            obx(2, "TS", "8665-2^LMP^LN", "soon"),
            obx(3, "TM", "1^T^L", "0930"),
        ),
        ("2026-11-01 final", "soon final !OBX-5", "0930 final"),
    ),
    Sent(
        "version 2.7 with a truncation mark",
        oru(
            OBR, obx(1, "ST", WBC, "5"), obx(2, "TX", "1^Note^L", "cut he#"), version="2.7"
        ).replace(r"^~\&", r"^~\&#", 1),
        ("5 final", "cut he# final !OBX-5"),
    ),
    Sent(
        "unknown segments, a broken line, and two notes",
        oru(
            "ZPI|own|things",
            OBR,
            "NTE|1||for the order",
            obx(1, "TX", "1^Note^L", "first line\nsecond line"),
            "NTE|1||one~two",
            "NTE|2||three",
        ),
        ("first line\nsecond line final",),
    ),
    Sent(
        "results of two patients",
        oru(
            OBR,
            obx(1, "NM", WBC, "5"),
            "PID|2||45^^^NORTHSIDE^MR||Roe^Ben||19790101|M",
            OBR,
            obx(1, "NM", WBC, "6"),
            "PID|3",
            OBR,
            obx(1, "NM", WBC, "7"),
        ),
        ("5 final", "6 final", "7 final"),
    ),
    Sent(
        "an older result along with a new one",
        oru(
            OBR,
            obx(1, "NM", WBC, "5"),
            obx(2, "NM", WBC, "6", "||||||F|||20260901"),
            obx(3, "NM", WBC, "7", "||||||F|||20261122"),
        ),
        ("5 final", "6 final", "7 final"),
    ),
    Sent(
        "numbers in odd clothes",
        oru(
            OBR,
            *(
                obx(n, "NM", WBC, said)
                for n, said in enumerate(
                    ("+5.0", ".5", "-.5", "5.", "<5", "1,250", "1.2E3", "5~6"), 1
                )
            ),
        ),
        (
            "5.0 final",
            "0.5 final",
            "-0.5 final",
            "5 final",
            "<5 final",
            "1,250 final !OBX-5",
            "1.2E3 final !OBX-5",
            "5\n6 final !OBX-5",
        ),
    ),
)


def mutated(chance: random.Random) -> bytes:
    """One of them, with a few things done to it that senders and lines do."""
    raw = chance.choice(LABORATORIES).raw
    for _ in range(chance.randint(0, 4)):
        raw = chance.choice(MUTATIONS)(raw, chance)
    return raw


def _with_a_byte_changed(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + bytes([chance.randrange(256)]) + raw[at + chance.randint(0, 1) :]


def _with_a_part_lost(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw) + 1)
    return raw[:at] + raw[at + chance.randrange(40) :]


def _with_lines_shuffled(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\r")
    rest = lines[1:]
    chance.shuffle(rest)
    return b"\r".join(lines[:1] + rest)


def _with_a_line_doubled(raw: bytes, chance: random.Random) -> bytes:
    lines = raw.split(b"\r")
    lines.insert(chance.randrange(len(lines) + 1), chance.choice(lines))
    return b"\r".join(lines)


def _with_other_line_ends(raw: bytes, chance: random.Random) -> bytes:
    return raw.replace(b"\r", chance.choice((b"\n", b"\r\n", b"\r\r", b"\r\n\n")))


def _with_marks_put_in(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw) + 1)
    mark = chance.choice(
        (b"|", b"^", b"~", b"&", b"\\", b'""', b"\\X00\\", b"\r", b"\x0b", b"\xe9", "≤".encode())
    )
    return raw[:at] + mark * chance.choice((1, 1, 2, 50)) + raw[at:]


def _wrapped(raw: bytes, chance: random.Random) -> bytes:
    return b"BHS|^~\\&|LIS\r" + raw * chance.randint(0, 3) + chance.choice((b"BTS|2\r", b""))


def _with_a_field_changed(raw: bytes, chance: random.Random) -> bytes:
    """A field is lost, doubled, exchanged with another, or of another kind."""
    lines = raw.split(b"\r")
    at = chance.randrange(len(lines))
    fields = lines[at].split(b"|")
    one, other = chance.randrange(len(fields)), chance.randrange(len(fields))
    doing = chance.randrange(4)
    if doing == 0:
        del fields[one]
    elif doing == 1:
        fields.insert(one, fields[other])
    elif doing == 2:
        fields[one], fields[other] = fields[other], fields[one]
    else:
        fields[one] = chance.choice(ODD_FIELDS)
    lines[at] = b"|".join(fields)
    return b"\r".join(lines)


ODD_FIELDS = (
    *(b"", b'""', b"NM", b"ED", b"XX", b"F", b"C", b"W", b"20250230", b"99999999", b"-0.0"),
    *(b"1e400", b"^^^^^^", b"&&&&", b"~~~~", b"a^b&c~d^e&f", b"\\", b"\\X0D\\", b"\\.br\\" * 40),
)


MUTATIONS = (
    _with_a_field_changed,
    _with_a_field_changed,
    _with_a_field_changed,
    _with_a_byte_changed,
    _with_a_part_lost,
    _with_lines_shuffled,
    _with_a_line_doubled,
    _with_other_line_ends,
    _with_marks_put_in,
    _wrapped,
)
