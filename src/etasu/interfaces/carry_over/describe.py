"""What the files mean, in words: the columns of deliveries, and the tables of an export."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from django.db import connection
from django.db.models import Field, ForeignKey, Model

from etasu.interfaces.carry_over.columns import MORE, NEVER_SHOWN, SHEETS
from etasu.interfaces.carry_over.reasons import WORDS, Reason, Remark
from etasu.interfaces.carry_over.tables import LEFT_OUT, SECRET_TABLES, SECRETS, kept_models

# Columns the database keeps by itself, which no model knows.
OWN_COLUMNS = {
    "audit_entry": {"xid": "xid8, the number of the transaction that wrote it; sorted by it first"}
}
_HOW_TO_READ = """\
Each table is one CSV file in UTF-8 with a header line, sorted by its key. An empty cell without
quotes is no value (NULL); `""` is an empty text. Moments are in UTC, bytes are hexadecimal behind
`\\x`, and JSON is as the database writes it. A cell can be longer than 100 KB. Values are exactly
as kept: open the files with a program that reads them as text, for a spreadsheet may run what
begins with `=`.
"""


def delivery_page() -> str:
    """The columns of every file another administrator may deliver, and every reason."""
    parts = [
        "# Columns for carrying over",
        "What [a delivery of another administrator](../how-to/carry-over.md) and an export hold.",
        "## What another administrator delivers",
        "CSV files in UTF-8, separated by commas, semicolons, tabs or bars. Any of them may be "
        "missing, but a row can only refer to rows delivered with it or before. A value is one "
        "line. Columns that begin with `x_` are left aside; any other unknown column is refused, "
        "so that nothing is lost unseen.",
        *(line for sheet in SHEETS for line in _sheet(sheet)),
        "## Reasons",
        "A row that is not brought in has one or more of these codes in the report.",
        _table(("Code", "Meaning", "What to do"), _reasons(Reason)),
        "## Remarks",
        "A row with a remark was brought in.",
        _table(("Code", "Meaning", "What to do"), _reasons(Remark)),
        "## What an export holds",
        _HOW_TO_READ.strip(),
        *_tables(),
        "### Left out",
        _table(("Table", "Why"), LEFT_OUT.items()),
        "### Only with secrets",
        _table(("Table", "Why"), SECRET_TABLES.items()),
    ]
    return "\n\n".join(parts) + "\n"


def export_page() -> str:
    """What an export holds, to lie beside it for whoever opens it years later."""
    parts = ["# An export of Etasu", _HOW_TO_READ.strip(), *_tables()]
    return "\n\n".join(parts) + "\n"


def _sheet(sheet: str) -> Iterator[str]:
    rows = [
        (f"`{name}`", "yes" if column.needed else "", column.meaning)
        for name, column in SHEETS[sheet].items()
    ]
    if sheet in MORE:
        meaning = MORE[sheet].meaning.format(code="…")
        rows.append((f"`{MORE[sheet].prefix}…`", "", meaning))
    yield f"### {sheet}.csv"
    yield _table(("Column", "Needed", "Meaning"), rows)
    if sheet in NEVER_SHOWN:
        yield "Reports never show a value of this file."


def _reasons(codes: Iterable[Reason | Remark]) -> Iterator[tuple[str, str, str]]:
    for code in codes:
        yield f"`{code.value}`", WORDS[code].meaning, WORDS[code].remedy


def _tables() -> Iterator[str]:
    for model in kept_models():
        name = model._meta.db_table
        yield f"### {name}.csv"
        yield (inspect.getdoc(model) or "").split("\n\n")[0].replace("\n", " ")
        rows = [(f"`{field.column}`", _said(field)) for field in model._meta.concrete_fields]
        rows += [(f"`{column}`", said) for column, said in OWN_COLUMNS.get(name, {}).items()]
        yield _table(("Column", "Holds"), rows)


def _said(field: Field[object, object]) -> str:
    parts = [field.db_type(connection) or ""]
    if isinstance(field, ForeignKey):
        target: type[Model] = field.related_model
        parts.append(f"a row of `{target._meta.db_table}`")
    if field.choices:
        parts.append("one of " + ", ".join(str(value) for value, _ in field.flatchoices))
    if field.null:
        parts.append("may be NULL")
    if f"{field.model._meta.db_table}.{field.column}" in SECRETS:
        parts.append("a secret, withheld unless asked for")
    return "; ".join(parts)


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    heads = list(head)
    lines = [f"| {' | '.join(heads)} |", "|" + "---|" * len(heads)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join(lines)
