"""Groups are cliques, whole ones, and the same whatever order the pairs come in."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.catalogue_care.grouping import Pair, complete_groups, components

IDS = st.integers(0, 12)
PAIRS = st.dictionaries(
    st.tuples(IDS, IDS).filter(lambda pair: pair[0] < pair[1]),
    st.sampled_from([0.9, 0.95, 0.99]),
    max_size=40,
)


def test_a_chain_makes_no_group_of_three() -> None:
    assert complete_groups({(1, 2): 0.95, (2, 3): 0.9}) == [[1, 2]]


def test_what_is_alike_all_round_is_one_group() -> None:
    assert complete_groups({(1, 2): 0.9, (2, 3): 0.9, (1, 3): 0.9}) == [[1, 2, 3]]


def test_nothing_makes_nothing() -> None:
    assert complete_groups({}) == []
    assert components([]) == []


@settings(deadline=None)
@given(pairs=PAIRS, data=st.data())
def test_the_order_of_the_pairs_does_not_matter(pairs: dict[Pair, float], data) -> None:
    shuffled = dict(data.draw(st.permutations(list(pairs.items()))))
    assert complete_groups(shuffled) == complete_groups(pairs)
    assert components(shuffled) == components(pairs) or {
        tuple(one) for one in components(shuffled)
    } == {tuple(one) for one in components(pairs)}


@settings(deadline=None)
@given(pairs=PAIRS)
def test_groups_are_cliques_that_do_not_overlap_and_can_not_be_joined(
    pairs: dict[Pair, float],
) -> None:
    groups = complete_groups(pairs)
    flat = [one for group in groups for one in group]
    assert len(flat) == len(set(flat))
    for group in groups:
        assert all(pair in pairs for pair in combinations(group, 2))
    alone = [[one] for one in {one for pair in pairs for one in pair} - set(flat)]
    for first, second in combinations([*groups, *alone], 2):
        between = [(min(a, b), max(a, b)) for a in first for b in second]
        assert not all(pair in pairs for pair in between)


@settings(deadline=None)
@given(pairs=PAIRS)
def test_components_are_what_paths_reach(pairs: dict[Pair, float]) -> None:
    reached = {one: {one} for pair in pairs for one in pair}
    for _ in reached:
        for a, b in pairs:
            both = reached[a] | reached[b]
            for one in both:
                reached[one] = both
    expected = {tuple(sorted(group)) for group in reached.values()}
    assert {tuple(group) for group in components(pairs)} == expected
