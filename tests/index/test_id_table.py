"""The table against a dict, with ids of any size."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vsearch.index.id_table import IdTable

IDS = st.lists(st.integers(0, 2**63 - 1) | st.integers(0, 40), max_size=40, unique=True)


@given(batches=st.lists(IDS, max_size=5), removed=IDS, asked=IDS)
def test_rows_are_those_of_a_dict(batches, removed, asked):
    table = IdTable()
    rows = {}
    total = 0
    for batch in batches:
        new = [id_ for id_ in batch if id_ not in rows]
        table.append(np.array(new, np.int64))
        rows.update({id_: total + place for place, id_ in enumerate(new)})
        total += len(new)
        gone = sorted(rows.pop(id_) for id_ in removed if id_ in rows)
        found = table.rows_of(np.array(removed, np.int64))
        assert found.tolist() == gone
        table.kill(found)
    assert len(table) == len(rows)
    assert sorted(table.alive_ids.tolist()) == sorted(rows)
    # One at a time and all at once take different ways to the same answer.
    expected = sorted(rows[id_] for id_ in asked if id_ in rows)
    together = table.rows_of(np.array(asked + asked[:3], np.int64))
    singly = [table.rows_of(np.array([id_], np.int64)) for id_ in asked]
    assert together.tolist() == expected
    assert sorted(row for found in singly for row in found.tolist()) == expected


def test_few_ids_are_looked_up_among_many():
    table = IdTable()
    ids = np.random.default_rng(0).permutation(5000) * 3
    for start in range(0, 5000, 500):
        table.append(ids[start : start + 500])
        assert table.rows_of(ids[start : start + 1]).tolist() == [start]
    wanted = np.array([ids[7], ids[4000], ids[7], 1, -5, 2**62])
    assert table.rows_of(wanted).tolist() == [7, 4000]
    table.kill(np.array([7]))
    assert table.rows_of(wanted).tolist() == [4000]
    assert table.ids_of(np.array([[4000, -1]])).tolist() == [[ids[4000], -1]]


def test_an_id_far_beyond_those_that_are_there_costs_nothing():
    table = IdTable()
    table.append(np.arange(10))
    # A table over the range of what is wanted would take 32 GiB.
    assert table.rows_of(np.array([3, 2**35, 7])).tolist() == [3, 7]
    assert table.rows_of(np.array([2**35])).tolist() == []
