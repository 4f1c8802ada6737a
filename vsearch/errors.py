"""Every error that vsearch raises on purpose.

A message reads ``where: what is wrong`` and ends with the remedy where there is one.
Libraries raise these; only ``vsearch.cli`` turns one into an exit code.

::

    VsearchError
    ├── SettingsError               a VSEARCH_* variable or an option has no usable value
    ├── FeedError                   a feed as a whole can't be read (one bad row is a Rejection)
    ├── ImageRejected               one picture can't be used; .reason says why
    ├── EncoderError                an encoder can't be built
    │   ├── WeightsError            weights are missing, damaged or of another architecture
    │   └── EncoderMismatch         the collection was built with another encoder
    ├── CollectionError             a collection as a whole can't be used
    │   ├── CollectionNotFound      nothing there
    │   ├── CollectionLocked        another process is writing
    │   ├── CollectionFormatError   written by a newer version of vsearch
    │   └── CollectionDamaged       a file is missing or its checksum is wrong
    ├── StorageError                the disk is full, or the folder is read-only
    ├── ProductNotFound             no product has this SKU
    ├── ProductRejected             a product has a field that can't be; .field and .problem
    ├── PictureNotFound             no product shows an image of this content
    ├── JobNotFound                 no job has this id
    ├── EventRejected               an event has a field that can't be; .field and .problem
    ├── TrainingError               nothing can be learned from what was given
    ├── EvaluationError             nothing can be measured with what was given
    ├── MissingExtra                an optional library is needed and not installed
    ├── Overloaded                  more is asked for at once than can wait; .retry_after_s
    ├── ServiceError                a service doesn't answer as it should
    │   ├── ServiceUnreachable      nobody answers there, or not in time
    │   ├── AccessDenied            the key is missing, unknown, or may not do this
    │   └── RateLimited             too many requests with this key; .retry_after_s
    └── QueryError                  a query that can't be answered as it stands
        └── FilterError             a filter can't be understood; .position says where
"""


class VsearchError(Exception):
    """The root: catch it to catch everything below."""


class SettingsError(VsearchError):
    """A ``VSEARCH_*`` variable or an option has no usable value."""


class FeedError(VsearchError):
    """A feed as a whole can't be read; a single bad row is a ``Rejection`` instead."""


class ImageRejected(VsearchError):
    """One picture can't be used.

    The reason is a short phrase that fits behind ``path: ``; the source, where it is known,
    is what stands before it in the message.
    """

    def __init__(self, reason: str, source: str | None = None) -> None:
        super().__init__(reason, source)
        self.reason = reason
        self.source = source

    def __str__(self) -> str:
        return self.reason if self.source is None else f"{self.source}: {self.reason}"


class EncoderError(VsearchError):
    """An encoder can't be built."""


class WeightsError(EncoderError):
    """Weights are missing, damaged or belong to another architecture."""


class EncoderMismatch(EncoderError):
    """The collection was built with another encoder than the one at hand."""


class CollectionError(VsearchError):
    """A collection as a whole can't be used."""


class CollectionNotFound(CollectionError):
    """There is no collection at this place."""


class CollectionLocked(CollectionError):
    """Another process is writing to the collection."""


class CollectionFormatError(CollectionError):
    """The collection was written by a newer version of vsearch."""


class CollectionDamaged(CollectionError):
    """A file of the collection is missing or doesn't have its recorded checksum."""


class StorageError(VsearchError):
    """The disk is full, or the folder can't be written."""


class ProductNotFound(VsearchError):
    """No product of the collection has this SKU."""


class ProductRejected(VsearchError):
    """A product can't be taken: one of its fields can't be what it is."""

    def __init__(self, sku: str, field: str, problem: str) -> None:
        super().__init__(sku, field, problem)
        self.sku = sku
        """As it was given; empty where that is what is wrong."""
        self.field = field
        self.problem = problem
        """What is wrong with it, naming the value."""

    def __str__(self) -> str:
        return f"{self.sku or 'product'}: {self.field}: {self.problem}"


class PictureNotFound(VsearchError):
    """No product of the collection shows an image of this content."""


class JobNotFound(VsearchError):
    """No job of the collection has this id."""


class EventRejected(VsearchError):
    """An event can't be taken: one of its fields can't be what it is."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(field, problem)
        self.field = field
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.field}: {self.problem}"


class TrainingError(VsearchError):
    """Nothing can be learned from what was given: no positives, one product, no pictures."""


class EvaluationError(VsearchError):
    """Nothing can be measured with what was given: no labels in common, a single label."""


class MissingExtra(VsearchError):
    """An optional library is needed and not installed; the message says how to get it."""


class ServiceError(VsearchError):
    """A service doesn't answer as it should: a fault of its own, or something else is there."""


class ServiceUnreachable(ServiceError):
    """Nobody answers at a service's address, or not in time."""


class AccessDenied(ServiceError):
    """The service wants a key, doesn't know this one, or its scopes don't reach so far."""


class RateLimited(ServiceError):
    """The key, or the address, has asked too often."""

    def __init__(self, message: str, *, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """How long the service asks to wait, in seconds; None where it doesn't say."""


class Overloaded(VsearchError):
    """More is asked for at once than can wait in line; the same works again a little later."""

    def __init__(self, message: str, *, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s
        """When it is worth another try, in seconds, above 0."""


class QueryError(VsearchError):
    """A query that can't be answered as it stands."""


class FilterError(QueryError):
    """A filter can't be understood; the message shows it with a caret under the fault."""

    def __init__(self, message: str, *, text: str, position: int) -> None:
        super().__init__(message)
        self.text = text
        """The filter as it was given."""
        self.position = position
        """Where the fault is, in characters from 0."""
