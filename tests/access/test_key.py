"""The shape of a key, and what can't be told from what is kept of it."""

import hashlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.access.key import ApiKey, make_key, parse_key


def test_a_key_has_its_shape_and_256_random_bits():
    key = make_key()
    assert re.fullmatch(r"vs_[0-9a-f]{16}_[A-Za-z0-9_-]{43}", key.text)
    assert parse_key(key.text) == key
    assert make_key() != key


def test_what_is_kept_is_the_hash_of_the_secret():
    key = ApiKey("0" * 16, "s" * 43)
    assert key.digest == hashlib.sha256(b"s" * 43).hexdigest()
    assert key.has_digest(key.digest)
    assert not key.has_digest(ApiKey("0" * 16, "s" * 42 + "t").digest)


def test_a_key_that_is_printed_by_accident_keeps_its_secret():
    key = make_key()
    assert key.secret not in repr(key)
    assert key.id in repr(key)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "vs_",
        "vs_0123456789abcdef",
        f"vs_0123456789abcdef_{'s' * 42}",
        f"vs_0123456789abcdef_{'s' * 44}",
        f"vs_0123456789ABCDEF_{'s' * 43}",
        f"vs_0123456789abcdef_{'s' * 42}é",
        f"vs_0123456789abcdef_{'s' * 43}\n",
        f" vs_0123456789abcdef_{'s' * 43}",
        f"xx_0123456789abcdef_{'s' * 43}",
    ],
)
def test_what_is_no_key(text):
    assert parse_key(text) is None


@given(st.text(max_size=100))
@settings(derandomize=True, deadline=None, max_examples=50)
def test_any_text_is_a_key_or_none(text):
    key = parse_key(text)
    assert key is None or key.text == text
