"""What is asked."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite

from vsearch.encoder.interface import ImageInput
from vsearch.errors import QueryError
from vsearch.images.box import Box
from vsearch.searching.boost import Boost

#: How many hits a query gives unless it says otherwise.
DEFAULT_K = 10
MAX_K = 10_000

#: The last hit that a page can show; what is behind it nobody has ever looked at.
MAX_DEPTH = 10_000

#: How many of the best hits are looked at again, patch by patch.
RERANKED = 10

MAX_REGIONS = 10
MAX_EXAMPLES = 100


class Grouping(StrEnum):
    """What a query counts as one hit."""

    PRODUCT = "product"
    ITEM_GROUP = "item-group"
    """A product with all its variants; one without variants stands for itself."""


@dataclass(frozen=True, slots=True)
class Example:
    """One thing that the hits are to be like, or unlike.

    Raises:
        QueryError: not exactly one of image, sku and text is given, the weight isn't above 0,
            or there is a box without an image.
    """

    image: ImageInput | None = None
    """A path, an http(s) URL, the bytes of an image file, a PIL image or a uint8 RGB array."""

    sku: str | None = None
    """A product of the collection; nothing is encoded."""

    text: str | None = None
    """Words, through the encoder's text tower; few encoders have one."""

    box: Box | None = None
    """The part of the image that is meant; all of it where None."""

    weight: float = 1.0
    """How much it counts beside the other examples, above 0."""

    def __post_init__(self) -> None:
        given = [one for one in (self.image, self.sku, self.text) if one is not None]
        if len(given) != 1:
            raise QueryError("an example is an image, a sku or a text, exactly one of the three")
        if self.box is not None and self.image is None:
            raise QueryError("a box is a part of an image; this example has none")
        if not (isfinite(self.weight) and self.weight > 0):
            raise QueryError(
                f"weight {self.weight}: give a number above 0; what hits are not to be like goes"
                " among the unlike ones"
            )


@dataclass(frozen=True, slots=True)
class Query:
    """One question to a collection: which products are like this.

    Raises:
        QueryError: there is nothing to look for, or a number is out of range.
    """

    image: ImageInput | None = None
    """Short for one example that is an image."""

    sku: str | None = None
    """Short for one example that is a product: what looks like it, itself left out."""

    text: str | None = None
    """Short for one example that is a text."""

    box: Box | None = None
    """The part of ``image`` that is meant."""

    like: tuple[Example, ...] = ()
    """What hits are to be like: several images of one thing, or a mixture by weight."""

    unlike: tuple[Example, ...] = ()
    """What hits are not to be like. Beside something else only."""

    words: str = ""
    """Looked for in title, brand, category and description; alone or fused with the images."""

    where: str = ""
    """A filter: ``category:shoes/* AND price<50``; docs/filters.md has the language."""

    k: int = DEFAULT_K
    """How many hits, 1 to 10,000."""

    offset: int = 0
    """How many of the best to pass over: the hits of the pages before."""

    group: Grouping = Grouping.PRODUCT

    collapse: bool = False
    """Whether near-identical listings come as one hit, the others' SKUs in ``also``."""

    apart: bool = False
    """Whether variants and near-identical listings of the products that ask are left out, too."""

    diversity: float = 0.0
    """0 for the nearest hits, up to 1 for hits that differ most among themselves."""

    boosts: tuple[Boost, ...] = ()
    """What moves a product up or down beside its looks."""

    rerank: bool = False
    """Whether the first ten hits are looked at again, patch by patch; takes a moment longer."""

    min_confidence: float = 0.0
    """Leave out hits that are the thing asked for with less than this probability, 0 to 1."""

    facets: tuple[str, ...] = ()
    """Fields to count the values of among the nearest products: ``brand``, ``attr.colour``."""

    regions: int = 0
    """Look for up to so many things in the image, each by itself; 0 for the image as a whole."""

    def __post_init__(self) -> None:
        examples = self.examples
        if len(examples) + len(self.unlike) > MAX_EXAMPLES:
            raise QueryError(f"{len(examples) + len(self.unlike)} examples; {MAX_EXAMPLES} at most")
        if not examples and not self.words.strip():
            raise QueryError(
                "nothing to look for: a query takes an image, a sku, a text or words"
                + ("; what hits are not to be like is not enough" if self.unlike else "")
            )
        if self.unlike and not examples:
            raise QueryError(
                "unlike: is taken away from an image, a sku or a text; give one beside the words"
            )
        if not 1 <= self.k <= MAX_K:
            raise QueryError(f"k = {self.k}: ask for 1 to {MAX_K} products")
        if not 0 <= self.offset <= MAX_DEPTH - self.k:
            raise QueryError(
                f"offset = {self.offset}: offset and k together reach {MAX_DEPTH} at most"
            )
        for name, value in (("diversity", self.diversity), ("min_confidence", self.min_confidence)):
            if not 0 <= value <= 1:
                raise QueryError(f"{name} = {value}: give a number from 0 to 1")
        if not 0 <= self.regions <= MAX_REGIONS:
            raise QueryError(f"regions = {self.regions}: ask for 0 to {MAX_REGIONS}")
        if self.rerank and (not self.is_one_picture or self.words.strip() or self.diversity):
            raise QueryError(
                "rerank: looks at the hits of one picture again; leave out words, diversity and"
                " further examples"
            )
        if self.apart and self.words.strip():
            raise QueryError("apart: is a matter of looks; leave out the words")
        if self.regions and not self._is_one_image:
            raise QueryError("regions are looked for in one whole image; give that alone")
        if self.regions and (self.facets or self.offset):
            raise QueryError("facets and offset are of one answer; ask for regions without them")

    @property
    def examples(self) -> tuple[Example, ...]:
        """Everything that hits are to be like."""
        if self.image is None and self.box is not None:
            raise QueryError("a box is a part of an image; give an image with it")
        own = []
        if self.image is not None:
            own.append(Example(image=self.image, box=self.box))
        if self.sku is not None:
            own.append(Example(sku=self.sku))
        if self.text is not None:
            own.append(Example(text=self.text))
        return (*own, *self.like)

    @property
    def depth(self) -> int:
        """How many hits are needed to fill the page, and to order it."""
        end = self.offset + self.k
        return max(end, RERANKED) if self.rerank else end

    @property
    def is_one_picture(self) -> bool:
        """Whether it asks with one photo, one part of a photo or one product."""
        examples = self.examples
        return len(examples) == 1 and not self.unlike and examples[0].text is None

    @property
    def _is_one_image(self) -> bool:
        alone = self.is_one_picture and not self.words.strip()
        return alone and self.examples[0].image is not None and self.examples[0].box is None
