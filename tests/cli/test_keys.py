"""``vsearch keys``: the key is shown once, what is kept of it as often as one likes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vsearch import Collection, Settings
from vsearch.access.key import parse_key


def test_a_key_is_printed_once(vsearch, small: Path) -> None:
    made = vsearch("keys", "create", "shop", "--scope", "write", "-c", small)
    key = parse_key(made.out.strip())
    assert key is not None
    assert made.err == f"{key.id}: scope write. Keep the key now: it can't be shown again.\n"
    listed = vsearch("keys", "list", "-c", small)
    assert key.id in listed.out
    assert re.search(r"shop +write", listed.out)
    assert key.secret not in listed.out + listed.err
    with Collection.open(small, settings=Settings(device="cpu")) as opened:
        record = opened.keys.find(key.id)
    assert record is not None
    assert key.has_digest(record.digest)


def test_says_it_in_json(vsearch, small: Path) -> None:
    options = ("--scope", "read", "--per-minute", "60", "-c", small, "--json")
    (made,) = vsearch("keys", "create", "kiosk", *options).objects
    assert made.pop("key").startswith(f"vs_{made['id']}_")
    assert (made["name"], made["scope"], made["per_minute"]) == ("kiosk", "read", 60)
    assert made["revoked_at"] is None
    assert made in vsearch("keys", "list", "-c", small, "--json").objects


def test_a_revoked_key_says_when(vsearch, small: Path) -> None:
    (made,) = vsearch("keys", "create", "old", "-c", small, "--json").objects
    revoked = vsearch("keys", "revoke", made["id"], "-c", small)
    assert (revoked.code, revoked.err) == (0, f"{made['id']}: revoked\n")
    shown = {key["id"]: key for key in vsearch("keys", "list", "-c", small, "--json").objects}
    assert shown[made["id"]]["revoked_at"] is not None


def test_none_yet(vsearch, small: Path) -> None:
    listed = vsearch("keys", "list", "-c", small)
    assert (listed.code, listed.out) == (0, "")
    assert listed.err == f"{small}: no keys; make one with `vsearch keys create NAME`\n"


def test_an_unknown_key_can_t_be_revoked(vsearch, small: Path) -> None:
    outcome = vsearch("keys", "revoke", "0" * 16, "-c", small)
    assert outcome.error == f'{small}: no key has the id "{"0" * 16}"; see `vsearch keys list`'


@pytest.mark.parametrize("options", [("--scope", "all"), ("--per-minute", "0"), ()])
def test_wrong_usage(vsearch, small: Path, options: tuple[str, ...]) -> None:
    name = ("shop",) if options else ()
    assert vsearch("keys", "create", *name, *options, "-c", small).code == 2
