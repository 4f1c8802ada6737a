"""The public surface: its names are pinned, documented and typed, and five lines embed it."""

from __future__ import annotations

import inspect
import subprocess
import sys
import typing
from pathlib import Path

import pytest

import vsearch

NAMES = {
    "AccessDenied",
    "Availability",
    "Basis",
    "Boost",
    "Box",
    "CategoryScope",
    "Client",
    "Collection",
    "CollectionDamaged",
    "CollectionError",
    "CollectionFormatError",
    "CollectionLocked",
    "CollectionNotFound",
    "Encoder",
    "EncoderError",
    "EncoderMismatch",
    "Event",
    "EventKind",
    "EventRejected",
    "EventSelection",
    "Example",
    "FeedError",
    "FilterError",
    "ForShopper",
    "GoesWith",
    "Grouping",
    "Hit",
    "ImageRejected",
    "IndexOptions",
    "IndexSummary",
    "IntakeOptions",
    "Interest",
    "JobNotFound",
    "NeighbourOptions",
    "Neighbours",
    "Overloaded",
    "PictureNotFound",
    "Popular",
    "Product",
    "ProductChange",
    "ProductNotFound",
    "ProductRejected",
    "Query",
    "QueryError",
    "RateLimited",
    "Recommendations",
    "Recommended",
    "Recommender",
    "Region",
    "Result",
    "ServiceError",
    "ServiceUnreachable",
    "ServingOptions",
    "Settings",
    "SettingsError",
    "SimilarTo",
    "StorageError",
    "VsearchError",
    "WeightsError",
    "__version__",
    "load_encoder",
}

COLLECTION = {
    "close",
    "create",
    "events",
    "explain",
    "export",
    "folder",
    "image",
    "index",
    "index_into",
    "keys",
    "load_encoder",
    "manifest",
    "neighbours",
    "open",
    "overview",
    "product",
    "products",
    "put",
    "query",
    "recommender",
    "rejected_images",
    "remove",
    "search",
    "status",
    "stored_product",
    "thumbnail",
    "verify",
    "write_report",
}

#: What ``Client`` has of them.
SERVED = {
    "close",
    "explain",
    "image",
    "index",
    "product",
    "products",
    "put",
    "query",
    "remove",
    "search",
    "status",
    "thumbnail",
}

HIT = {
    "also",
    "boost",
    "confidence",
    "content_hash",
    "currency",
    "image",
    "image_id",
    "price",
    "product",
    "product_id",
    "rank",
    "score",
    "sku",
    "title",
    "url",
}


def public_names(thing: object) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_the_names_are_these() -> None:
    assert set(vsearch.__all__) == NAMES
    assert len(vsearch.__all__) == len(NAMES)
    assert set(dir(vsearch)) == NAMES
    assert public_names(vsearch.Collection) == COLLECTION
    assert public_names(vsearch.Hit) == HIT


@pytest.mark.parametrize("name", sorted(NAMES - {"__version__"}))
def test_each_name_can_be_imported_and_is_documented(name: str) -> None:
    thing = getattr(vsearch, name)
    assert inspect.getdoc(thing)
    assert thing.__name__ == name


def test_a_star_import_brings_them_all() -> None:
    namespace: dict[str, object] = {}
    exec("from vsearch import *", namespace)
    assert set(namespace) - {"__builtins__"} == NAMES


def test_a_name_that_is_none_is_refused_in_pythons_words() -> None:
    with pytest.raises(AttributeError, match="module 'vsearch' has no attribute 'nothing'"):
        _ = vsearch.nothing  # type: ignore[attr-defined]


def test_every_error_is_a_vsearch_error() -> None:
    errors = [
        thing
        for name in NAMES
        if inspect.isclass(thing := getattr(vsearch, name)) and issubclass(thing, Exception)
    ]
    assert len(errors) == 25
    assert all(issubclass(error, vsearch.VsearchError) for error in errors)


@pytest.mark.parametrize("name", sorted(SERVED))
def test_a_client_takes_what_a_collection_takes(name: str) -> None:
    ours = inspect.signature(getattr(vsearch.Collection, name)).parameters
    served = inspect.signature(getattr(vsearch.Client, name)).parameters
    assert [(one.name, one.kind, one.default) for one in ours.values()] == [
        (one.name, one.kind, one.default) for one in served.values()
    ]


@pytest.mark.parametrize("name", sorted(COLLECTION))
def test_collections_methods_are_documented_and_typed(name: str) -> None:
    member = inspect.getattr_static(vsearch.Collection, name)
    function = member.fget if isinstance(member, property) else getattr(member, "__func__", member)
    assert inspect.getdoc(function)
    hints = typing.get_type_hints(function)
    assert "return" in hints
    for parameter in inspect.signature(function).parameters.values():
        assert parameter.name in {"self", "cls"} or parameter.name in hints, parameter
    # Past the first, arguments are named: they can be added to without breaking a caller.
    positional = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
    ]
    assert len(positional) <= 3


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(vsearch.__file__).parent / "py.typed").exists()


_SERVICE = """\
from vsearch import Collection, IndexOptions, Settings

Collection.index_into({folder!r}, {feed!r}, settings=Settings(**{settings!r}))
collection = Collection.open({folder!r})
hits = collection.query(image={photo!r}, k=3)
print([(hit.rank, hit.sku) for hit in hits])
"""


def test_five_lines_embed_it(tmp_path: Path) -> None:
    """In a process of its own, as someone's service would."""
    catalog = Path(__file__).parents[1] / "catalog"
    pictures = sorted((catalog / "images").iterdir())[:4]
    feed = tmp_path / "feed"
    feed.mkdir()
    for picture in pictures:
        (feed / picture.name).write_bytes(picture.read_bytes())
    program = _SERVICE.format(
        folder=str(tmp_path / "collection"),
        feed=str(feed),
        photo=str(pictures[2]),
        settings={"encoder": "test_vit.r160_in1k", "weights": "random:0", "device": "cpu"},
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    found = eval(done.stdout)
    assert [rank for rank, _ in found] == [1, 2, 3]
    assert found[0][1] == pictures[2].stem
    assert done.stderr == ""
