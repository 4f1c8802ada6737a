"""RecBole's atomic files, read as RecBole reads them: pandas, typed headers, sequences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from vsearch.interchange.interactions import InteractionOptions
from vsearch.interchange.items import read_items
from vsearch.interchange.recbole import write_recbole
from vsearch.interchange.shopper_kind import ShopperKind

TYPES = {"token", "token_seq", "float", "float_seq"}


def read(file: Path) -> pd.DataFrame:
    with file.open(encoding="utf-8") as opened:
        header = opened.readline()[:-1].split("\t")
    names, types = zip(*(field.split(":") for field in header), strict=True)
    assert set(types) <= TYPES
    frame = pd.read_csv(file, delimiter="\t", usecols=header)
    frame.columns = list(names)
    for name, kind in zip(names, types, strict=True):
        if kind.endswith("seq"):
            parts = [text.split(" ") for text in frame[name].fillna("")]
            frame[name] = [list(map(float, p)) for p in parts] if kind == "float_seq" else parts
    return frame


def test_the_files_hold_the_events_and_the_products(small_shop, tmp_path) -> None:
    items = read_items(small_shop)
    folder = tmp_path / "shop"
    assert write_recbole(folder, small_shop, items) == 4
    assert {path.name for path in folder.iterdir()} == {
        f"shop.{ending}" for ending in ("inter", "user", "item", "itememb", "yaml")
    }
    inter = read(folder / "shop.inter")
    assert inter[["user_id", "item_id", "rating", "kind"]].to_numpy().tolist() == [
        ["zoe", "GRO-APL-001", 1, "view"],
        ["zoe", "GRO-APL-001", 4, "purchase"],
        ["adam", "FAS-CSH-002", 1, "view"],
        ['o"neil', "MUS-STR-001", 3, "basket"],
    ]
    assert inter["timestamp"][0] == pytest.approx(1793534400)
    users = read(folder / "shop.user")
    assert users.to_numpy().tolist() == [["zoe", 2], ["adam", 1], ['o"neil', 1]]
    products = read(folder / "shop.item").set_index("item_id")
    assert len(products) == 229
    assert products.loc["MUS-STR-001"].to_dict() == {
        "category": ["Music", "String_Instruments"],
        "brand": items.products[items.number_of["MUS-STR-001"]].brand,
        "price": 249.0,
    }
    embedded = read(folder / "shop.itememb")
    assert embedded["iid"].tolist() == list(items.skus)
    np.testing.assert_allclose(np.array(embedded["item_emb"].tolist()), items.embeddings, atol=1e-6)


def test_the_configuration_names_what_the_files_have(small_shop, tmp_path) -> None:
    folder = tmp_path / "shop"
    write_recbole(folder, small_shop, read_items(small_shop))
    told = yaml.safe_load((folder / "shop.yaml").read_text())
    for ending, columns in told["load_col"].items():
        assert set(columns) <= set(read(folder / f"shop.{ending}").columns)
    assert told["field_separator"] == "\t"
    assert told["additional_feat_suffix"] == ["itememb"]


def test_sessions_may_stand_for_users(small_shop, tmp_path) -> None:
    options = InteractionOptions(shopper=ShopperKind.SESSION, kind_weights={"view": 1})
    folder = tmp_path / "visits"
    assert write_recbole(folder, small_shop, read_items(small_shop), options) == 3
    assert read(folder / "visits.inter")["user_id"].tolist() == ["s1", "s1", "s2"]
