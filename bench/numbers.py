"""Numbers of ours that pgbench can compute too: digits only, and the check character always 0.

The first seven digits are an index. The last three make up for what the others add to the check
sum; pgbench has no text functions, but it has `/` and `%`, and the database has `to_char`.
"""

from etasu.safe_use.identifiers import with_check_character

LARGEST = 10_000_000
# In SQL, a number is `to_char(n, 'FM00000"-"00000"-0"')` of the ten digits below.
AS_TEXT = """to_char(:{name}::bigint, 'FM00000"-"00000"-0"')"""


def ten_digits(index: int) -> int:
    """The ten digits of the number with this index."""
    digits = [index // 10**place % 10 for place in range(6, -1, -1)]
    added = sum(digits[0::2]) + 2 * sum(digits[1::2])
    missing = -added % 32
    odd, half = missing % 2, missing // 2
    return index * 1000 + min(9, half) * 100 + odd * 10 + max(0, half - 9)


def number(index: int) -> str:
    """The number with this index, as printed."""
    body = f"{ten_digits(index):010d}"
    return f"{body[:5]}-{body[5:]}-0"


def in_pgbench(name: str, index: str) -> str:
    """pgbench lines that set `name` to the ten digits for the index expression."""
    digits = " + ".join(
        f"{2 if place % 2 else 1} * ({index} / {10 ** (6 - place)} % 10)" for place in range(7)
    )
    return "\n".join(
        (
            f"\\set missing (32 - ({digits}) % 32) % 32",
            "\\set half :missing / 2",
            f"\\set {name} {index} * 1000 + least(9, :half) * 100 + :missing % 2 * 10 "
            "+ greatest(0, :half - 9)",
        )
    )


def agrees(index: int) -> bool:
    """Whether the number is one Etasu accepts."""
    body = f"{ten_digits(index):010d}"
    return with_check_character(body) == number(index)
