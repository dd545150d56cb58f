"""A form of a program in words: what it asks, and who signs it."""

from __future__ import annotations

from collections.abc import Iterator

from etasu.programs.describe_words import plain, source
from etasu.safe_use.form_words import SPANISH
from etasu.safe_use.forms import is_fixed
from etasu.safe_use.program import ConsentText, FieldType, FormDefinition, FormField, Tense

_LANGUAGES = {SPANISH: "Spanish"}


def form_lines(form: FormDefinition) -> Iterator[str]:
    """The form's questions and signatures, as lines of Markdown."""
    yield from (
        f"### {form.name} (`{form.code}`)",
        "",
        f"Filled in by: {plain(form.filled_by)}.{_also_in(form)} {source(form)}",
    )
    for section in form.sections:
        yield from ("", f"{section.title}:", "")
        yield from (f"- {_field(field)}" for field in section.fields)
    if form.offered:
        yield from ("", "Consents asked for with it, each by itself:", "")
        yield from (f"- {consent.name}{_needed(consent)}" for consent in form.offered)
    yield ""
    for signer in form.signers:
        yield f"Signed by {plain(signer.role)}: “{signer.meaning}”"
        if signer.in_place is not None:
            related = ", ".join(signer.in_place.relationships)
            yield f"or by a {signer.in_place.who} ({related}): “{signer.in_place.meaning}”"


def consent_lines(consent: ConsentText) -> Iterator[str]:
    """What a person may allow, how long, and what taking it back does, as lines of Markdown."""
    yield from (
        f"### {consent.name} (`{consent.code}`)",
        "",
        f"Text of {consent.text_version}{_needed(consent)}.{_also_in(consent)} {source(consent)}",
        "",
        f"> {consent.text}",
        "",
        f"- Ends {consent.ends}.",
        f"- Taken back: {consent.revocation}",
    )
    if consent.only_with_form:
        yield "- Asked for on a form alone."
    if consent.opens_to:
        yield f"- Opens the record to: {', '.join(map(plain, consent.opens_to))}."


def _also_in(said: FormDefinition | ConsentText) -> str:
    languages = ", ".join(_LANGUAGES[each.said_in] for each in said.translations)
    return f" Also in {languages}." if languages else ""


def _needed(consent: ConsentText) -> str:
    return ", needed" if consent.needed else ", optional"


def _field(field: FormField) -> str:
    kind = "yes or no" if field.type is FieldType.YES_NO else plain(str(field.type))
    said = [kind]
    if field.values:
        said.append(" / ".join(field.said(each) for each in field.values))
    if not field.required:
        said.append("optional")
    if field.repeat:
        said.append(f"{field.repeat} times")
    said.extend(_bounds(field))
    if field.known_as:
        said.append("filled in" if is_fixed(field) else "filled in, can be corrected")
    if field.shown_when:
        said.append(f"shown when {field.shown_when.replace('=', ' is ')}")
    if field.gate:
        said.append("read by the gates")
    hint = f". {field.help}" if field.help else ""
    return f"{field.label} ({'; '.join(said)}){hint}"


def _bounds(field: FormField) -> Iterator[str]:
    if field.tense is not None:
        yield "today or before" if field.tense is Tense.PAST else "today or after"
    if field.at_least is not None:
        yield f"at least {field.at_least}"
    if field.at_most is not None:
        yield f"at most {field.at_most}"
