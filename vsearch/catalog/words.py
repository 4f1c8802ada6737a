"""Products by the words of their titles, brands, categories and descriptions.

SQLite answers through FTS5 and BM25, PostgreSQL through a ``tsvector`` and cover density: the
numbers differ, the weights of the fields and the order of the two steps below don't.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    column,
    func,
    literal_column,
    select,
    table,
)
from sqlalchemy.dialects import postgresql

from vsearch.catalog import schema

_MAX_WORDS = 32
_MAX_LENGTH = 1_000
_SHORTEST_PREFIX = 2

# What a word counts in the title, brand, category and description.
_WEIGHTS = (10.0, 5.0, 4.0, 1.0)

_WORD = re.compile(r"[^\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")

_products = schema.products.c


def search_words(
    connection: Connection, text: str, limit: int, condition: ColumnElement[bool] | None = None
) -> list[tuple[int, float]]:
    """The products whose words fit a text best.

    Upper and lower case and accents don't matter. The last word may be the beginning of one
    ("runn" finds "running"). First come the products that have all words, with scores from 1
    to 2; where they are fewer than ``limit``, those that have any, with scores below 1. Within
    each, a word weighs 10 in the title, 5 in the brand, 4 in the category and 1 in the
    description; SQLite also counts rare words and words of short texts for more.

    Args:
        connection: to the catalogue.
        text: as somebody typed it; nothing in it has a meaning of its own. Of a very long one,
            the first 32 words count.
        limit: how many products at most.
        condition: what rows of ``schema.products`` have to fulfil besides.

    Returns:
        (product id, score), the best first, the older product first where scores are equal.
    """
    words = _words(text)
    if not words or limit < 1:
        return []
    with_all = _found(connection, words, "all", limit, condition)
    found = [(product_id, 1 + score) for product_id, score in with_all]
    if len(found) < limit and len(words) > 1:
        known = {product_id for product_id, _ in found}
        with_any = _found(connection, words, "any", limit, condition)
        found += [(product_id, score) for product_id, score in with_any if product_id not in known]
    return found[:limit]


def _words(text: str) -> list[str]:
    composed = unicodedata.normalize("NFC", text[:_MAX_LENGTH])
    words = _WORD.findall(composed.lower())[:_MAX_WORDS]
    # A word that comes twice stands where it came last: the last one may be unfinished.
    return list(dict.fromkeys(reversed(words)))[::-1]


def _found(
    connection: Connection,
    words: Sequence[str],
    wanted: str,
    limit: int,
    condition: ColumnElement[bool] | None,
) -> list[tuple[int, float]]:
    ask = _in_sqlite if connection.dialect.name == "sqlite" else _in_postgresql
    rows = connection.execute(ask(words, wanted, condition).limit(limit))
    return [(product_id, score / (1 + score)) for product_id, score in rows]


def _in_sqlite(
    words: Sequence[str], wanted: str, condition: ColumnElement[bool] | None
) -> Select[Any]:
    index = table(schema.WORDS_TABLE, column("rowid"))
    whole: ColumnElement[Any] = literal_column(schema.WORDS_TABLE)
    terms = [f'"{word}"' for word in words]
    if len(words[-1]) >= _SHORTEST_PREFIX:
        terms[-1] += "*"
    match = whole.op("MATCH")((" AND " if wanted == "all" else " OR ").join(terms))
    # FTS5's own is the smaller, the better.
    score = -func.bm25(whole, *(literal_column(str(weight)) for weight in _WEIGHTS))
    asked = select(index.c.rowid, score.label("score")).where(match)
    if condition is not None:
        # The sum keeps SQLite from asking for the words anew for each product.
        asked = asked.join_from(index, schema.products, _products.id == index.c.rowid + 0)
        asked = asked.where(condition)
    return asked.order_by(score.desc(), index.c.rowid)


def _in_postgresql(
    words: Sequence[str], wanted: str, condition: ColumnElement[bool] | None
) -> Select[Any]:
    terms = [f"'{_without_accents(word)}'" for word in words]
    if len(words[-1]) >= _SHORTEST_PREFIX:
        terms[-1] += ":*"
    joined = (" & " if wanted == "all" else " | ").join(terms)
    query = func.to_tsquery(literal_column("'simple'::regconfig"), joined)
    vector: ColumnElement[Any] = literal_column(
        f"{schema.products.name}.{schema.WORDS_COLUMN}", postgresql.TSVECTOR
    )
    weights = ", ".join(str(weight / max(_WEIGHTS)) for weight in reversed(_WEIGHTS))
    rank = func.ts_rank_cd(literal_column(f"'{{{weights}}}'::real[]"), vector, query)
    asked = select(_products.id, rank.label("score")).where(vector.op("@@")(query))
    if condition is not None:
        asked = asked.where(condition)
    return asked.order_by(rank.desc(), _products.id)


def _without_accents(word: str) -> str:
    """As the migration writes them into the column."""
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", word))
