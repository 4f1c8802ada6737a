"""A collection: one catalogue, one index, one encoder, one folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from vsearch.behaviour.current import CurrentBehaviour
from vsearch.catalog.opening import claim, writing_engine
from vsearch.collection_catalogue import CollectionCatalogue
from vsearch.collection_encoder import chosen_encoder
from vsearch.encoder.interface import ImageInput
from vsearch.errors import CollectionError, QueryError
from vsearch.indexing.changes import ProductChange, PutSummary
from vsearch.indexing.into_folder import index_into
from vsearch.indexing.live_writer import LiveWriter
from vsearch.indexing.lock import writing
from vsearch.indexing.options import IndexOptions
from vsearch.indexing.removal import Removal
from vsearch.indexing.run import OnRejected, write_new_manifest
from vsearch.indexing.summary import IndexSummary
from vsearch.layout import Layout
from vsearch.neighbours.neighbours import Neighbours
from vsearch.neighbours.options import NeighbourOptions
from vsearch.progress import Progress, Silence
from vsearch.recommending.recommender import Recommender
from vsearch.searching.explanations import Explanations
from vsearch.searching.query import DEFAULT_K, Query
from vsearch.searching.reports import Reports
from vsearch.searching.result import Hit, Result
from vsearch.searching.serving import ServingOptions
from vsearch.settings import Settings
from vsearch.storage import storage_errors


class Collection(CollectionCatalogue):
    """A catalogue that can be searched by photo.

    ``open`` one that is there, ``create`` a new one, and use it as a context manager or
    ``close`` it. Everything is safe from many threads. Reading (``query``, ``search``,
    ``product``, ``status``) goes on while another process writes: a new generation of the index
    is picked up by the next query. One process writes at a time: ``put`` and ``remove`` wait a
    few seconds for another one, ``index`` doesn't.
    """

    def __init__(
        self, folder: Path, settings: Settings, serving: ServingOptions | None = None
    ) -> None:
        """Open; ``Collection.open`` is the same, and reads better."""
        super().__init__(folder, settings, serving)
        self._explanations = Explanations(self._engine, self._current, self._searcher)
        self._reports = Reports(
            self._layout,
            self._engine,
            self._current,
            self._searcher,
            self._explanations,
            settings,
        )
        self._writer = LiveWriter(self._layout, settings, self._searcher.encoders)
        behaviour = CurrentBehaviour(self._layout, self._events)
        self._recommender = Recommender(self._searcher, behaviour.get, self._layout, self._events)

    @classmethod
    def open(
        cls,
        folder: str | Path,
        *,
        settings: Settings | None = None,
        serving: ServingOptions | None = None,
    ) -> Self:
        """Open a collection for queries and changes.

        Args:
            folder: where it is.
            settings: the configuration; None reads the ``VSEARCH_*`` variables.
            serving: how it is used by many threads at once, which then share the encoder's
                batches; None for one query at a time, or a few.

        Raises:
            CollectionNotFound: there is no collection.
            CollectionFormatError: a newer vsearch has written it.
            CollectionDamaged: its files don't fit together.
        """
        return cls(Path(folder), settings or Settings.from_environment(), serving)

    @classmethod
    def create(cls, folder: str | Path, *, settings: Settings | None = None) -> Self:
        """Make an empty collection for the encoder that the settings name, and open it.

        Raises:
            CollectionError: there is one already.
            EncoderError: the encoder can't be loaded.
            StorageError: the folder can't be written.
        """
        settings = settings or Settings.from_environment()
        layout = Layout(Path(folder))
        with writing(layout):
            if layout.manifest.exists():
                raise CollectionError(f"{folder}: there is a collection already; open it")
            handle = chosen_encoder(None, settings)
            identity = handle.identity
            with writing_engine(layout, settings, None) as engine:
                write_new_manifest(layout, identity, claim(engine, layout.folder))
        return cls.open(folder, settings=settings)

    @classmethod
    def index_into(
        cls,
        folder: str | Path,
        feed: str | Path,
        *,
        options: IndexOptions | None = None,
        settings: Settings | None = None,
        progress: Progress | None = None,
        on_rejected: OnRejected | None = None,
    ) -> IndexSummary:
        """Bring the collection in a folder up to date with a feed, making it if need be.

        Args:
            folder: where the collection is, or is to be.
            feed: a folder of images or a feed's file.
            options: how to go about it.
            settings: the configuration; None reads the ``VSEARCH_*`` variables.
            progress: told how far the run has come.
            on_rejected: told of every row and image that is skipped.

        Raises:
            FeedError: the feed as a whole can't be read.
            EncoderMismatch: the collection was built with another encoder.
            CollectionLocked: another process is writing.
            StorageError: the disk is full or can't be written.
        """
        return index_into(
            Layout(Path(folder)),
            Path(feed),
            options or IndexOptions(),
            settings or Settings.from_environment(),
            progress or Silence(),
            on_rejected or (lambda _rejected: None),
        )

    def index(
        self,
        feed: str | Path,
        *,
        options: IndexOptions | None = None,
        progress: Progress | None = None,
        on_rejected: OnRejected | None = None,
    ) -> IndexSummary:
        """Bring this collection up to date with a feed; as ``index_into``."""
        return self.index_into(
            self.folder,
            feed,
            options=options,
            settings=self._settings,
            progress=progress,
            on_rejected=on_rejected,
        )

    def query(
        self,
        *,
        image: ImageInput | None = None,
        sku: str | None = None,
        k: int = DEFAULT_K,
    ) -> list[Hit]:
        """Find the k products that look most like an image, or like another product.

        Args:
            image: a path, an http(s) URL, the bytes of an image file, a PIL image, or an
                (h, w, 3) uint8 RGB array.
            sku: instead of an image, a product of this collection; it isn't among the hits.
            k: how many products, 1 to 10,000; fewer come back only where there are fewer.

        Returns:
            Distinct products, the best first, each with the image of it that matched best.

        Raises:
            QueryError: not exactly one of ``image`` and ``sku`` is given, or k is out of range.
            ImageRejected: the image can't be read.
            ProductNotFound: no product has this SKU.
            EncoderMismatch: the encoder at hand isn't the one that made the embeddings.
        """
        if (image is None) == (sku is None):
            raise QueryError("a query takes an image or a sku, exactly one of the two")
        return list(self.search(Query(image=image, sku=sku, k=k)).hits)

    def search(self, query: Query) -> Result:
        """Answer a query with all that it can say: filters, mixtures, words, facets, pages.

        Raises:
            QueryError: it asks for what this collection or its encoder hasn't; FilterError
                where its filter can't be read.
            ImageRejected, ProductNotFound, EncoderMismatch: as ``query``.
        """
        return self._searcher.search(query)

    @property
    def recommender(self) -> Recommender:
        """What to show beside a product, to a shopper, with a basket."""
        return self._recommender

    def neighbours(
        self, options: NeighbourOptions | None = None, *, progress: Progress | None = None
    ) -> Neighbours:
        """The nearest products of every product, as ``recommender.similar`` finds them one by one.

        What was found before for the same options is brought up to date; what an interrupted
        call has found is kept.

        Args:
            options: which neighbours; the 50 nearest where None.
            progress: told how far it has come.

        Raises:
            FilterError: the filter can't be read, or doesn't fit the catalogue.
            CollectionLocked: another process is finding the same neighbours.
            StorageError: the disk is full or can't be written.
        """
        # They need torch and Arrow, which nothing else here does.
        from vsearch.neighbours.pictures import read_gallery
        from vsearch.neighbours.run import find_neighbours

        options = options or NeighbourOptions()
        with self._searcher.reading() as reading:
            gallery = read_gallery(reading, options)
        found = find_neighbours(self._layout.neighbours, gallery, options, progress or Silence())
        return Neighbours(found, options)

    def load_encoder(self) -> None:
        """Load the encoder now; otherwise the first query by image does, and takes seconds.

        Raises:
            EncoderMismatch: it isn't the one that made the collection's embeddings.
        """
        self._searcher.load_encoder()

    def put(self, changes: Sequence[ProductChange]) -> PutSummary:
        """Add or change products, found by the queries of every process at once.

        Costs about as much as the pictures that are new, however large the collection is. What
        many threads put at the same time is written and published together. What scores mean
        is not fitted anew: ``index`` does that.

        Args:
            changes: the products as they are to be, each SKU once.

        Raises:
            ProductRejected: a product's field can't be what it is; nothing is changed.
            CollectionLocked: another process has been writing for some seconds.
            EncoderMismatch: the encoder at hand isn't the one that made the embeddings.
            StorageError: the disk is full or can't be written.
        """
        return self._writer.put(changes)

    def remove(self, skus: Sequence[str]) -> Removal:
        """Remove products, and publish an index without them.

        Their embeddings stay: a product that comes back costs nothing.

        Raises:
            CollectionLocked: another process has been writing for some seconds.
        """
        return self._writer.remove(skus)

    def explain(self, query: Query, hit: Hit) -> bytes:
        """Draw what of a query's picture matched what of a hit's, as a PNG of 688 x 394 pixels.

        A part glows where the score would fall most without it; equal numbers mark places that
        look alike. Takes some 0.6 s on a CPU.

        Raises:
            QueryError: the query isn't one picture: a photo, a part of one, or a product.
            ImageRejected: one of the pictures can't be read any more.
        """
        return self._explanations.png(query, hit)

    def write_report(
        self, file: Path, query: Query, *, result: Result, seconds: float, explain: bool = False
    ) -> None:
        """Write a query and its result as one HTML page with pictures.

        Args:
            file: where to; an older one is replaced.
            query: what was asked.
            result: what ``search`` returned.
            seconds: how long that took.
            explain: whether to show what of the first twelve hits matched.

        Raises:
            StorageError: the file can't be written.
            QueryError: hits are to be explained, and the query isn't one picture.
        """
        page = self._reports.render(query, result, seconds, explain=explain)
        with storage_errors(file):
            file.write_text(page, encoding="utf-8")

    def close(self) -> None:
        """Let go of the database and the encoder; the collection can't be used afterwards."""
        self._searcher.close()
        self._writer.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()
