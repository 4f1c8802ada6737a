from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from vsearch.encoder.head import Head, Waves

FINITE = st.floats(-4, 4, width=32)


@st.composite
def heads(draw: st.DrawFn) -> Head:
    rows, columns = draw(st.integers(1, 6)), draw(st.integers(1, 6))
    waves = draw(st.none() | st.integers(1, 5))
    weight = draw(arrays(np.float32, (rows, columns + (waves or 0)), elements=FINITE))
    bias = draw(arrays(np.float32, rows, elements=FINITE)) if draw(st.booleans()) else None
    if waves is None:
        return Head(weight, bias)
    projections = draw(arrays(np.float32, (waves, columns), elements=FINITE))
    return Head(weight, bias, Waves(projections, draw(arrays(np.float32, waves, elements=FINITE))))


@given(head=heads(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=100, deadline=None)
def test_it_is_the_map_brought_to_unit_length(head: Head, seed: int) -> None:
    embeddings = np.random.default_rng(seed).normal(size=(5, head.in_dim)).astype(np.float32)
    embeddings /= np.linalg.norm(embeddings, axis=1, keepdims=True)

    given_back = head.apply(embeddings)

    assert (given_back.shape, given_back.dtype) == ((5, head.out_dim), np.float32)
    # One embedding at a time, in float64.
    for embedding, result in zip(embeddings.astype(np.float64), given_back, strict=True):
        taken = embedding
        if head.waves is not None:
            phases = head.waves.weight.astype(np.float64) @ embedding + head.waves.bias
            taken = np.concatenate([embedding, np.cos(phases)])
        mapped = head.weight.astype(np.float64) @ taken
        mapped += 0 if head.bias is None else head.bias
        length = np.sqrt(np.sum(mapped**2))
        if length > 1e-2:
            np.testing.assert_allclose(result, mapped / length, atol=1e-4)


@given(head=heads())
@settings(max_examples=50, deadline=None)
def test_its_tensors_make_it_again(head: Head) -> None:
    again = Head.from_tensors({**head.to_tensors(), "norm.weight": np.ones(3, np.float32)})

    assert again is not None
    assert again.digest == head.digest
    np.testing.assert_array_equal(again.weight, head.weight)


def test_the_digest_tells_heads_apart() -> None:
    weight, zeros = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
    wide = np.ones((3, 4), np.float32)
    other = weight.copy()
    other[0, 1] = 1e-6
    heads = [
        Head(weight),
        Head(weight, zeros),
        Head(other),
        Head(weight.reshape(1, 9)),
        Head(weight.reshape(9, 1)),
        Head(wide, zeros, Waves(weight[:, :1].copy(), zeros)),
        Head(wide, zeros, Waves(weight[:, :1].copy(), zeros + 1)),
    ]

    assert len({head.digest for head in heads}) == len(heads)


def test_what_the_map_sends_to_zero_stays_zero() -> None:
    head = Head(np.zeros((2, 3), np.float32))

    assert head.apply(np.eye(3, dtype=np.float32)).tolist() == [[0, 0]] * 3


def test_no_embedding_gives_none() -> None:
    head = Head(np.ones((2, 3), np.float32))

    assert head.apply(np.empty((0, 3), np.float32)).shape == (0, 2)


def test_float16_is_read_as_float32() -> None:
    weight = np.array([[0.5, 1 / 3]], np.float16)

    head = Head.from_tensors({"vsearch_head.weight": weight})

    assert head is not None
    assert head.weight.dtype == np.float32
    np.testing.assert_array_equal(head.weight, weight)


def test_tensors_without_a_head_have_none() -> None:
    assert Head.from_tensors({"head.weight": np.ones((2, 2), np.float32)}) is None


ONES = np.ones((2, 3), np.float32)


@pytest.mark.parametrize(
    ("tensors", "told"),
    [
        ({"weight": np.ones(3, np.float32)}, r"weight is \(3,\), not \(out_dim, in_dim\)"),
        ({"weight": np.ones((0, 3), np.float32)}, r"weight is \(0, 3\)"),
        ({"weight": ONES, "bias": np.ones(3, np.float32)}, r"bias is \(3,\), not \(2,\)"),
        ({"weight": ONES * np.nan}, "weight has values that are not finite"),
        ({"weight": ONES, "bias": np.full(2, np.inf, np.float32)}, "bias has values that are not"),
        ({"bias": np.ones(3, np.float32)}, '"vsearch_head.bias": not the tensors of a head'),
        ({"weight": ONES, "wave_weight": ONES}, "not the tensors of a head"),
        (
            {"weight": ONES, "wave_weight": ONES, "wave_bias": np.ones(2, np.float32)},
            r"waves are \(2, 3\) and \(2,\), not .* with waves \+ in_dim = 3",
        ),
        ({"weight": ONES, "scale": ONES}, '"vsearch_head.scale": not the tensors of a head'),
    ],
)
def test_what_is_no_head_is_refused(tensors: dict[str, np.ndarray], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        Head.from_tensors({f"vsearch_head.{name}": values for name, values in tensors.items()})


def test_embeddings_of_another_length_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(n, 3\) embeddings are needed, not \(2, 4\)"):
        Head(ONES).apply(np.ones((2, 4), np.float32))


def test_it_needs_no_torch() -> None:
    program = "import sys, vsearch.encoder.encoder_file; assert 'torch' not in sys.modules"
    subprocess.run([sys.executable, "-c", program], check=True)
