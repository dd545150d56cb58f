"""Searching a program's texts: by what words mean, whatever their endings, and past slips.

PostgreSQL knows the stems of English and Spanish words and where in a text they stand. A word that
is in no text at all is taken for the nearest one that is, and the reader is told so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from django.db import connection, transaction

from etasu.programs.findable import Findable, digest_of
from etasu.registry.education.answer_models import SearchCorpus, SearchText

# The words of a search that count, and the letters of each.
MOST_WORDS = 12
LONGEST_WORD = 40
SHORTEST_MENDED = 4
# How alike a slip and the word it was meant to be are: one letter of four may be wrong.
_ALIKE = 0.75
# Signs no text has, around what is marked in an excerpt.
_BEGIN, _END = "\ue000", "\ue001"
_WORD = re.compile(r"\w+")
_PIECE = re.compile(f"({_BEGIN}.*?{_END})", re.DOTALL)

# Words of asking, which stand in many questions and say nothing about any; stop words beside those
# that PostgreSQL knows.
_ASKING = frozenset(
    "many much get does want need know about cuánto cuánta cuántos cuántas cuanto quiero "
    "puedo necesito saber cómo como qué".split()
)


class Piece(NamedTuple):
    """Some words of an excerpt, marked when they are what was searched for."""

    text: str
    is_found: bool


class Hit(NamedTuple):
    """A text that was found, with the passage that says it."""

    place: str
    language: str
    title: str
    excerpt: tuple[Piece, ...]


class Found(NamedTuple):
    """What a search came to. `mended` are words that were taken for others; `words` as typed."""

    words: tuple[str, ...]
    mended: Mapping[str, str]
    hits: Sequence[Hit]


# The question counts most, then other words for it, then the text below.
_VECTORS = """
UPDATE education_search_text
SET searched = setweight(to_tsvector({config}, title), 'A')
    || setweight(to_tsvector({config}, also), 'B') || setweight(to_tsvector({config}, body), 'D')
WHERE corpus_id = %s
"""
_OF_TEXT = "(CASE language WHEN 'es' THEN 'spanish' ELSE 'english' END)::regconfig"
# Each word asked for, in the stems of each language; one that means nothing is left out.
_ASKED = """
WITH asked AS (
    SELECT place, language, plainto_tsquery(config::regconfig, word) AS query
    FROM unnest(%s::text[]) WITH ORDINALITY AS words (word, place)
    CROSS JOIN (VALUES ('en', 'english'), ('es', 'spanish')) AS spoken (language, config)
),
hit AS (
    SELECT text.id, asked.place, ts_rank(text.searched, asked.query) AS rank
    FROM education_search_text text
    JOIN asked ON asked.language = text.language AND text.searched @@ asked.query
    WHERE text.corpus_id = %s AND numnode(asked.query) > 0
)
"""
# Words that mean something in the reader's language and are in no text.
_UNKNOWN = f"""{_ASKED}
SELECT place FROM asked
WHERE language = %s AND numnode(query) > 0 AND place NOT IN (SELECT place FROM hit)
ORDER BY place
"""
# A word that few texts have says more than one that many have; answers come before other texts.
_RANKED = f"""{_ASKED},
worth AS (
    SELECT place, ln(1 + (SELECT count(*) FROM education_search_text WHERE corpus_id = %s)::float
        / count(*)) AS weight
    FROM hit GROUP BY place
),
best AS (
    SELECT text.id, sum(hit.rank * worth.weight)
        * CASE WHEN text.place LIKE 'answer/%%' THEN 1.6 ELSE 1 END AS score
    FROM hit JOIN worth USING (place) JOIN education_search_text text ON text.id = hit.id
    WHERE text.audience = %s
    GROUP BY text.id ORDER BY score DESC, text.id LIMIT %s
)
SELECT text.place, text.language, text.title,
    ts_headline({_OF_TEXT}, text.body,
        (SELECT string_agg('(' || query::text || ')', ' | ')::tsquery FROM asked
         WHERE asked.language = text.language AND numnode(query) > 0),
        'StartSel={_BEGIN}, StopSel={_END}, MaxWords=32, MinWords=16')
FROM best JOIN education_search_text text USING (id)
ORDER BY score DESC, text.id
"""


def search(
    program: str,
    language: str,
    audience: str,
    text: str,
    texts: Sequence[Findable],
    *,
    limit: int = 20,
) -> Found:
    """What the texts for an audience say about what somebody typed, the best answer first."""
    typed = words_of(text)
    if not typed:
        return Found((), {}, [])
    corpus = _corpus(program, language, texts)
    with connection.cursor() as db:
        db.execute(_UNKNOWN, [list(typed), corpus.pk, language])
        unknown = [typed[place - 1] for (place,) in db.fetchall()]
        mended = _mended(unknown, corpus.words)
        asked = [mended.get(word, word) for word in typed]
        db.execute(_RANKED, [asked, corpus.pk, corpus.pk, audience, limit])
        hits = [
            Hit(place, spoken, title, _pieces(marked))
            for place, spoken, title, marked in db.fetchall()
        ]
    return Found(typed, mended, hits)


def words_of(text: str) -> tuple[str, ...]:
    """The words of a search, each once, in small letters."""
    found = dict.fromkeys(_WORD.findall(text.casefold()))
    words = [word for word in found if len(word) <= LONGEST_WORD]
    telling = [word for word in words if word not in _ASKING]
    return tuple((telling or words)[:MOST_WORDS])


def _corpus(program: str, language: str, texts: Sequence[Findable]) -> SearchCorpus:
    """The texts in the database as they are in the program now."""
    digest = digest_of(texts)
    corpora = SearchCorpus.objects.filter(program=program, language=language)
    known = corpora.filter(digest=digest).first()
    if known is not None:
        return known
    fresh = SearchCorpus(program=program, language=language)
    with transaction.atomic():
        SearchCorpus.objects.bulk_create([fresh], ignore_conflicts=True)
        corpus = corpora.select_for_update().get()
        # Somebody else who searched at the same moment may have made it.
        if corpus.digest != digest:
            _fill(corpus, texts)
            corpus.digest = digest
            corpus.words = sorted(_vocabulary(texts))
            corpus.save()
    return corpus


def _fill(corpus: SearchCorpus, texts: Sequence[Findable]) -> None:
    corpus.texts.all().delete()
    SearchText.objects.bulk_create(
        SearchText(
            corpus=corpus,
            place=each.place,
            audience=each.audience,
            language=each.language,
            title=each.title,
            also=each.also,
            body=each.text,
        )
        for each in texts
    )
    with connection.cursor() as db:
        db.execute(_VECTORS.format(config=_OF_TEXT), [corpus.pk])


def _vocabulary(texts: Sequence[Findable]) -> set[str]:
    said = (each for text in texts for each in (text.title, text.also, text.text))
    words = {word for each in said for word in _WORD.findall(each.casefold())}
    return {word for word in words if len(word) >= SHORTEST_MENDED and word.isalpha()}


def _mended(unknown: Iterable[str], vocabulary: Sequence[str]) -> dict[str, str]:
    """The nearest word that some text has, for each that none has; those without are left out."""
    mended: dict[str, str] = {}
    for word in unknown:
        near = get_close_matches(word, vocabulary, 1, _ALIKE)
        if near and len(word) >= SHORTEST_MENDED:
            mended[word] = near[0]
    return mended


def _pieces(marked: str) -> tuple[Piece, ...]:
    parts = (part for part in _PIECE.split(marked) if part)
    return tuple(
        Piece(part.strip(_BEGIN + _END), is_found=part.startswith(_BEGIN)) for part in parts
    )
