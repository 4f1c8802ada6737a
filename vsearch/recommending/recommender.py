"""What to show beside a product, to a shopper, with a basket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Self

from vsearch.catalog import product_store
from vsearch.events.columns import EventColumns
from vsearch.events.event_store import EventStore
from vsearch.layout import Layout
from vsearch.progress import Progress
from vsearch.recommending.asked import ForShopper, GoesWith, Popular, SimilarTo
from vsearch.recommending.current_blend import CurrentBlend
from vsearch.recommending.history import events_of
from vsearch.recommending.popular import popular_products
from vsearch.recommending.recommended import Recommendations
from vsearch.recommending.similar import all_of, similar_query
from vsearch.recommending.support import shown, why_none
from vsearch.recommending.traits import KeptTraits
from vsearch.searching.result import Result
from vsearch.searching.searcher import Searcher

if TYPE_CHECKING:
    from vsearch.behaviour.behaviour import Behaviour
    from vsearch.recommending.goes_with.completion import Completion, Models
    from vsearch.recommending.goes_with.learn import Learned, LearnOptions
    from vsearch.recommending.goes_with.model import GoesWithModel


class Recommender:
    """Recommends products of one collection. Safe to share between threads."""

    def __init__(
        self,
        searcher: Searcher,
        behaviour: Callable[[], Behaviour],
        layout: Layout,
        events: EventStore | None = None,
    ) -> None:
        """Recommend from a collection.

        Args:
            searcher: of the collection.
            behaviour: gives what its events say by now.
            layout: where the collection keeps what was learned.
            events: what shoppers did; None where a question has to bring that along.
        """
        self._searcher = searcher
        self._behaviour = behaviour
        self._layout = layout
        self._events = events
        self._traits = KeptTraits()
        # What is fitted on a part of the events is nobody else's.
        self._blend = CurrentBlend(layout if events is not None else None)
        self._models: Models | None = None
        self._gate = threading.Lock()
        self._completion: Completion | None = None

    def given(
        self, *, behaviour: Behaviour | None = None, goes_with: GoesWithModel | None = None
    ) -> Self:
        """The same catalogue with other knowledge: for evaluation on a part of the events.

        It knows no shopper but by the history that a question brings along.

        Args:
            behaviour: what the events say; None for what this one knows.
            goes_with: what was learned; None for what this one has learned, but where other
                events are given, which that may know too well already: then for nothing.
        """
        if behaviour is None and goes_with is None:
            return self
        other = type(self)(
            self._searcher,
            self._behaviour if behaviour is None else lambda: behaviour,
            self._layout,
        )
        other._models = lambda _manifest: goes_with
        return other

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
        # SciPy takes a moment to import, which nobody else should pay.
        from vsearch.recommending.fitting import fit_blend
        from vsearch.recommending.shopper import Shop, recommend_to

        met = events_of(asked, self._histories(asked))
        behaviour = self._behaviour()
        with self._searcher.reading() as reading:
            traits = self._traits.of(reading)
            blend = self._blend.get(behaviour, lambda: fit_blend(behaviour, traits))
            return recommend_to(Shop(reading, traits, behaviour, blend), asked, met)

    def complete(self, asked: GoesWith) -> Recommendations:
        """What goes with some products.

        By what was learned and by what was put into baskets with them; where neither says
        anything, by the same style in other categories. The first question reads the catalogue.

        Raises:
            FilterError: the filter can't be read.
        """
        with self._searcher.reading() as reading:
            return self._completing().complete(reading, self._behaviour(), asked)

    def learn(
        self,
        events: Iterable[EventColumns],
        options: LearnOptions | None = None,
        progress: Progress | None = None,
        *,
        keep: bool = True,
    ) -> Learned:
        """Learn what goes with what; what is kept ``complete`` goes by from then on.

        Args:
            events: whose baskets are learned from, in the order of storing.
            options: how.
            progress: told how far it is.
            keep: whether it is written into the collection; otherwise ``given`` takes it.

        Raises:
            TrainingError: there are too few baskets, or the model is worse than what needs none.
            StorageError: it can't be written.
        """
        from vsearch.recommending.goes_with.file import write_model
        from vsearch.recommending.goes_with.learn import learn

        with self._searcher.reading() as reading:
            learned = learn(reading, events, options, progress)
        if keep:
            write_model(self._layout, learned.model)
        return learned

    def why_not_learned(self) -> str | None:
        """Why a model of what goes with what that lies there isn't used; None where it is."""
        from vsearch.recommending.goes_with.current_model import CurrentModel

        with self._searcher.reading() as reading:
            return CurrentModel(self._layout).why_none(reading.manifest)

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

    def _completing(self) -> Completion:
        # It needs SciPy, which takes a moment that no other question should pay.
        from vsearch.recommending.goes_with.completion import Completion
        from vsearch.recommending.goes_with.current_model import CurrentModel

        with self._gate:
            if self._completion is None:
                models = self._models or CurrentModel(self._layout).get
                self._completion = Completion(self._searcher.reading, models)
            return self._completion

    def _histories(self, asked: ForShopper) -> list[EventColumns]:
        """What the collection knows of a shopper."""
        if self._events is None:
            return []
        of_user = [self._events.of_user(asked.user_id)] if asked.user_id else []
        return of_user + ([self._events.of_session(asked.session_id)] if asked.session_id else [])
