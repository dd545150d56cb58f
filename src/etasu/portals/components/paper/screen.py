"""A document of a program as HTML for a page, in the classes of the design system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from django.utils import translation
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from etasu.portals.components.paper.callouts import callout_label
from etasu.programs.document_files import Document
from etasu.programs.document_text import (
    Block,
    Blocks,
    Callout,
    CalloutKind,
    Grid,
    Heading,
    Listing,
    Paragraph,
    Run,
    Runs,
    WriteLine,
    plain_text,
)

_ALERTS = {
    CalloutKind.NOTE: "info",
    CalloutKind.IMPORTANT: "warning",
    CalloutKind.WARNING: "error",
}


def document_html(document: Document, *, first_level: int = 2) -> SafeString:
    """The whole text. Its highest headings are of `first_level`; the page has those above.

    Whatever the text says is escaped: its looks come from its blocks alone.
    """
    return _wrapped(document, document.blocks, first_level)


def blocks_html(blocks: Blocks, language: str, *, first_level: int = 2) -> SafeString:
    """A text that is no document of its own, such as a page of a training module."""
    with translation.override(language):
        inner = _joined(_html(block, first_level - 2) for block in blocks)
    return format_html('<div class="usa-prose" lang="{}">{}</div>', language, inner)


def _wrapped(document: Document, blocks: Blocks, first_level: int) -> SafeString:
    return blocks_html(blocks, document.language, first_level=first_level)


def _html(block: Block, deeper: int) -> SafeString:
    if isinstance(block, Heading):
        level = min(block.level + deeper, 6)
        said = (level, block.anchor, _inline(block.runs), level)
        return format_html('<h{} id="{}">{}</h{}>', *said)
    if isinstance(block, Paragraph):
        return format_html("<p>{}</p>", _inline(block.runs))
    if isinstance(block, Listing):
        return _listing(block, deeper)
    if isinstance(block, Grid):
        return _grid(block)
    if isinstance(block, Callout):
        return _callout(block, deeper)
    if isinstance(block, WriteLine):
        return format_html("<p>{} ________</p>", _inline(block.runs))
    return mark_safe("<hr>")


def _listing(listing: Listing, deeper: int) -> SafeString:
    tag = "ol" if listing.is_counted else "ul"
    items = _joined(format_html("<li>{}</li>", _item(item, deeper)) for item in listing.items)
    return format_html('<{} class="usa-list">{}</{}>', tag, items, tag)


def _item(blocks: Blocks, deeper: int) -> SafeString:
    """A single paragraph stands without its tags, so that the list stays close."""
    if blocks and isinstance(blocks[0], Paragraph):
        rest = _joined(_html(block, deeper) for block in blocks[1:])
        return format_html("{}{}", _inline(blocks[0].runs), rest)
    return _joined(_html(block, deeper) for block in blocks)


def _grid(grid: Grid) -> SafeString:
    """On a narrow screen each row is a block under its first cell: nothing is out of sight."""
    columns = [plain_text(each) for each in grid.head]
    head = format_html_join("", '<th scope="col">{}</th>', ((_inline(each),) for each in grid.head))
    rows = _joined(
        format_html(
            '<tr><th scope="row">{}</th>{}</tr>',
            _inline(row[0]),
            format_html_join(
                "",
                '<td data-label="{}">{}</td>',
                zip(columns[1:], map(_inline, row[1:]), strict=True),
            ),
        )
        for row in grid.rows
    )
    return format_html(
        '<table class="usa-table usa-table--borderless usa-table--stacked-header" aria-label="{}">'
        "<thead><tr>{}</tr></thead><tbody>{}</tbody></table>",
        ", ".join(columns),
        head,
        rows,
    )


def _callout(callout: Callout, deeper: int) -> SafeString:
    return format_html(
        '<div class="usa-alert usa-alert--{} usa-alert--no-icon"><div class="usa-alert__body">'
        '<p class="usa-alert__text"><strong>{}</strong></p>{}</div></div>',
        _ALERTS[callout.kind],
        callout_label(callout.kind),
        _joined(_html(block, deeper) for block in callout.blocks),
    )


def _inline(runs: Runs) -> SafeString:
    return _joined(map(_run, runs))


def _run(run: Run) -> SafeString:
    html = _joined(_with_breaks(run.text))
    if run.italic:
        html = format_html("<em>{}</em>", html)
    if run.bold:
        html = format_html("<strong>{}</strong>", html)
    if run.link:
        html = format_html('<a class="usa-link" href="{}">{}</a>', run.link, html)
    return html


def _with_breaks(text: str) -> Iterator[SafeString]:
    for number, line in enumerate(text.split("\n")):
        if number:
            yield mark_safe("<br>")
        yield format_html("{}", line)


def _joined(parts: Iterable[SafeString]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))
