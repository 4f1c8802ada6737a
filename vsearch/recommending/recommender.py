"""What to show beside a product, to a shopper, with a basket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from vsearch.catalog import product_store
from vsearch.recommending.asked import ForShopper, GoesWith, Popular, SimilarTo
from vsearch.recommending.popular import popular_products
from vsearch.recommending.recommended import Recommendations
from vsearch.recommending.shopper import recommend_to
from vsearch.recommending.similar import all_of, similar_query
from vsearch.recommending.support import shown, why_none
from vsearch.searching.result import Result
from vsearch.searching.searcher import Searcher

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour


class Recommender:
    """Recommends products of one collection. Safe to share between threads."""

    def __init__(self, searcher: Searcher, behaviour: Callable[[], Behaviour]) -> None:
        """Recommend from a collection.

        Args:
            searcher: of the collection.
            behaviour: gives what its events say by now.
        """
        self._searcher = searcher
        self._behaviour = behaviour

    def given(self, *, behaviour: Behaviour | None = None) -> Self:
        """The same catalogue with other knowledge: for evaluation on a part of the events.

        It knows no shopper but by the history that a question brings along.

        Args:
            behaviour: what the events say; None for what this one knows.
        """
        if behaviour is None:
            return self
        return type(self)(self._searcher, lambda: behaviour)

    def similar(self, asked: SimilarTo) -> Result:
        """What looks like a product: itself, its variants and copies left out.

        Raises:
            ProductNotFound: no product has this SKU.
            QueryError: a number is out of range; FilterError where the filter can't be read.
        """
        with self._searcher.reading() as reading:
            product = product_store.find(reading.connection, asked.sku)
        if product is None:
            raise self._searcher.examples.not_found(asked.sku)
        return self._searcher.search(similar_query(asked, product))

    def recommend(self, asked: ForShopper) -> Recommendations:
        """What a shopper may want next; without any history what is popular.

        Raises:
            FilterError: the filter can't be read.
        """
        with self._searcher.reading() as reading:
            return recommend_to(reading, self._behaviour(), asked)

    def complete(self, asked: GoesWith) -> Recommendations:
        """What goes with some products.

        Raises:
            FilterError: the filter can't be read.
        """
        where = all_of(asked.where, "available" if asked.in_stock else "")
        with self._searcher.reading() as reading:
            known = reading.ids_of(asked.skus)
            found = popular_products(
                reading,
                self._behaviour(),
                asked.k,
                condition=reading.condition(where),
                without=product_store.with_variants(reading.connection, [*known.values()]),
            )
            return Recommendations(
                shown(reading, found),
                unknown=tuple(sku for sku in dict.fromkeys(asked.skus) if sku not in known),
                why_nothing=None if found else why_none(where),
            )

    def popular(self, asked: Popular) -> Recommendations:
        """What shoppers want most at the moment; without any events what came last.

        Raises:
            FilterError: the filter can't be read.
        """
        where = all_of(asked.where, "available" if asked.in_stock else "")
        with self._searcher.reading() as reading:
            condition = reading.condition(where)
            found = popular_products(reading, self._behaviour(), asked.k, condition=condition)
            return Recommendations(
                shown(reading, found), why_nothing=None if found else why_none(where)
            )
