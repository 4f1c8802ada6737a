import numpy as np
import pytest

from vsearch.index.choose import build_index, choose_kind

GIB = 2**30


@pytest.mark.parametrize(
    ("size", "dim", "memory", "kind"),
    [
        (0, 192, GIB, "exact"),
        (200_000, 192, 8 * GIB, "exact"),
        (200_000, 768, 8 * GIB, "hnsw"),
        (400_000, 192, 8 * GIB, "hnsw"),
        (1_000_000, 192, GIB, "ivf"),
        (10_000_000, 192, 64 * GIB, "ivf"),
    ],
)
def test_the_kind_follows_size_and_memory(size, dim, memory, kind):
    assert choose_kind(size, dim, memory) == kind


@pytest.mark.parametrize("kind", ["exact", "hnsw", "ivf"])
def test_building_reads_each_embedding_once_and_tells_how_far_it_is(kind, clustered):
    size = 16_500
    embeddings, _ = clustered(size, 8)
    asked = []
    added = []

    def read(rows):
        asked.append(rows)
        return embeddings[rows]

    index = build_index(kind, np.arange(size), read, 8, progress=added.append)
    if kind == "ivf":  # First a sample to train on.
        sample = asked.pop(0)
        assert (np.diff(sample) > 0).all()
    np.testing.assert_array_equal(np.concatenate(asked), np.arange(size))
    assert added == [len(rows) for rows in asked]
    assert len(added) > 1
    assert len(index) == size


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match='kind: "tree" is none of exact, hnsw, ivf'):
        build_index("tree", np.arange(0), lambda _: np.empty((0, 4)), 4)
