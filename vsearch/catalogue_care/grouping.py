"""From pairs to groups, without chains: everything in a group is paired with everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Pair = tuple[int, int]
"""Two ids, the lower one first."""


def components(pairs: Iterable[Pair]) -> list[list[int]]:
    """The sets of ids that pairs connect, directly or over others, each ascending."""
    leader: dict[int, int] = {}

    def lead(one: int) -> int:
        while leader.setdefault(one, one) != one:
            leader[one] = one = leader[leader[one]]
        return one

    for first, second in pairs:
        a, b = lead(first), lead(second)
        leader[max(a, b)] = min(a, b)
    members: dict[int, list[int]] = {}
    for one in sorted(leader):
        members.setdefault(lead(one), []).append(one)
    return list(members.values())


def complete_groups(pairs: Mapping[Pair, float]) -> list[list[int]]:
    """Join what is paired, the most similar first, where all of both sides is paired.

    This is complete linkage: A like B and B like C make no group of three unless A is like C,
    so that a row of gradual changes doesn't grow into one giant group. The result depends on
    the pairs and their similarities alone, not on their order.

    Args:
        pairs: the similarity of each pair; what isn't here isn't similar.

    Returns:
        Groups of two or more ids, each ascending, in the order of their lowest ids.
    """
    group_of: dict[int, list[int]] = {}
    for (first, second), _ in sorted(pairs.items(), key=lambda item: (-item[1], item[0])):
        a = group_of.setdefault(first, [first])
        b = group_of.setdefault(second, [second])
        if a is not b and all((min(x, y), max(x, y)) in pairs for x in a for y in b):
            a.extend(b)
            for one in b:
                group_of[one] = a
    groups = {id(group): sorted(group) for group in group_of.values() if len(group) > 1}
    return sorted(groups.values())
