"""Content is named by its SHA-256."""

from vsearch.images.content import content_hash


def test_the_published_hash_of_abc():
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert content_hash(b"abc") == expected
