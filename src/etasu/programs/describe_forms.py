"""A form of a program in words: what it asks, and who signs it."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import plain, source
from etasu.safe_use.program import FieldType, FormDefinition, FormField


def form_lines(form: FormDefinition) -> Iterator[str]:
    """The form's questions and signatures, as lines of Markdown."""
    yield from (
        f"### {form.name} (`{form.code}`)",
        "",
        f"Filled in by: {plain(form.filled_by)}. {source(form)}",
    )
    for section in form.sections:
        yield from ("", f"{section.title}:", "")
        yield from (f"- {_field(field)}" for field in section.fields)
    yield ""
    for signer in form.signers:
        yield f"Signed by {plain(signer.role)}: “{signer.meaning}”"


def _field(field: FormField) -> str:
    kind = "yes or no" if field.type is FieldType.YES_NO else plain(str(field.type))
    said = [kind]
    if field.values:
        said.append(" / ".join(field.values))
    if not field.required:
        said.append("optional")
    if field.repeat:
        said.append(f"{field.repeat} times")
    if field.shown_when:
        said.append(f"shown when {field.shown_when.replace('=', ' is ')}")
    if field.gate:
        said.append("read by the gates")
    return f"{field.label} ({'; '.join(said)})"
