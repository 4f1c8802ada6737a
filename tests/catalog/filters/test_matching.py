from __future__ import annotations

import numpy as np
import pytest
from sqlalchemy import Connection, select

from vsearch.catalog import schema
from vsearch.catalog.attribute_names import known_attributes
from vsearch.catalog.filters import parse_filter
from vsearch.catalog.filters.matching import image_ids_where, product_ids_where
from vsearch.catalog.product import Product
from vsearch.errors import FilterError


def images(connection: Connection, text: str) -> list[int]:
    found = image_ids_where(connection, parse_filter(text).condition(connection))
    assert found.dtype == np.int64
    return found.tolist()


def products(connection: Connection, text: str) -> set[str]:
    skus = dict(connection.execute(select(schema.products.c.id, schema.products.c.sku)).all())
    found = product_ids_where(connection, parse_filter(text).condition(connection), list(skus))
    return {skus[product_id] for product_id in found}


def test_the_usable_images_of_products(shop, connection: Connection) -> None:
    shop.write(
        shop.run(),
        Product("A", brand="Acme", images=("a1.jpg", "shared.jpg", "broken.jpg")),
        Product("B", brand="Acme", images=("shared.jpg", "b1.jpg", "pending.jpg")),
        Product("C", brand="Other", images=("shared.jpg", "same-as-a1.jpg", "c1.jpg")),
        Product("D", brand="None"),
    )
    contents = {"same-as-a1.jpg": "a1.jpg"}
    shop.find_all(lambda location: contents.get(location, location))
    shop.reject("broken.jpg")
    by_location = dict(
        connection.execute(
            select(schema.image_sources.c.location, schema.image_sources.c.image_id)
        ).all()
    )
    connection.execute(
        schema.image_sources.update()
        .where(schema.image_sources.c.location == "pending.jpg")
        .values(status="pending")
    )

    def ids(*locations: str) -> list[int]:
        return sorted({by_location[location] for location in locations})

    assert images(connection, "brand = acme") == ids("a1.jpg", "shared.jpg", "b1.jpg")
    assert images(connection, "sku = C") == ids("a1.jpg", "shared.jpg", "c1.jpg")
    assert images(connection, "sku:*") == ids("a1.jpg", "shared.jpg", "b1.jpg", "c1.jpg")
    assert images(connection, "sku = D OR brand = xyz") == []


def test_products_among_some(shop, connection: Connection) -> None:
    shop.write(shop.run(), *(Product(str(number)) for number in range(2_500)))
    ids = list(connection.scalars(select(schema.products.c.id).order_by(schema.products.c.id)))
    condition = parse_filter("sku:1*").condition(connection)
    skus = [str(number) for number in range(2_500)]
    expected = {i for i, sku in zip(ids, skus, strict=True) if sku.startswith("1")}
    assert product_ids_where(connection, condition, ids) == expected
    assert product_ids_where(connection, condition, ids[:2]) == {ids[1]}
    assert product_ids_where(connection, condition, []) == set()


def test_an_attribute_must_be_one_of_the_catalogue(shop, connection: Connection) -> None:
    asked = parse_filter("brand = A OR attr.colour = red")
    with pytest.raises(FilterError, match='attribute "colour"; none has any') as refused:
        asked.condition(connection)
    assert refused.value.position == 13
    shop.write(shop.run(), Product("A", attributes={"Colour": "Red", "size": "L"}))
    assert products(connection, "attr.colour = red") == {"A"}
    with pytest.raises(FilterError, match=r"did you mean attr\.Colour\?\n.*\n +\^{10}$"):
        parse_filter("attr.color = red").condition(connection)
    with pytest.raises(FilterError, match='there are "Colour", "size"'):
        parse_filter("attr.xyz = red").condition(connection)


def test_the_names_of_attributes_are_kept(shop, connection: Connection) -> None:
    run = shop.run()
    assert known_attributes(connection) == []
    shop.write(run, Product("A", attributes={"b": "1", "a": "2"}), Product("B"))
    assert known_attributes(connection) == ["a", "b"]
    shop.write(shop.run(), Product("A", attributes={"c": "1", "a": "2"}))
    assert known_attributes(connection) == ["a", "b", "c"]
    assert products(connection, "attr.b IS EMPTY") == {"A", "B"}


def test_more_of_a_filter_than_a_statement_could_nest(shop, connection: Connection) -> None:
    shop.write(shop.run(), Product("A", attributes={"a": ("x", "y"), "ö": "7"}))
    names = ["attr.a", 'attr."ö"', "title", "price", "category", "brand"]
    parts = [f"NOT {names[n % 6]} = {n + 8}" for n in range(200)]
    assert products(connection, " AND ".join(parts)) == {"A"}
    assert products(connection, " OR ".join(part.removeprefix("NOT ") for part in parts)) == set()
    nested = "sku = A"
    for _ in range(49):
        nested = f"(sku = B OR {nested})"
    assert products(connection, nested) == {"A"}
    listed = ", ".join(f"Ä{number}" for number in range(400))
    assert products(connection, f"attr.a IN ({listed}, y) AND NOT brand IN ({listed})") == {"A"}


@pytest.mark.parametrize(
    "value",
    [
        *("'; DROP TABLE products; --", '" OR 1=1', "%", "_", "\\", "%s", ":a", "?", "{}", "[]"),
        *("' || 'x", "$." + '"a"', "🥾", "\u202e", "x" * 4_000, "*" * 9, "\\*", "1" * 400, "null"),
    ],
)
def test_hostile_values_are_values(shop, connection: Connection, value: str) -> None:
    shop.write(
        shop.run(),
        Product("A", title=value, brand="x", attributes={"a": value, value[:99]: "here"}),
        Product("B", title="B", brand=value[:2_000], attributes={"a": ("b", value)}),
    )
    quoted = '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    starless = quoted.replace("*", "\\*")
    name = '"' + value[:99].replace("\\", "\\\\").replace('"', '\\"') + '"'
    assert products(connection, f"title = {quoted}") == {"A"}
    assert products(connection, f"title:{starless}") == {"A"}
    assert products(connection, f"attr.a = {quoted}") == {"A", "B"}
    assert products(connection, f"attr.a:{starless}") == {"A", "B"}
    assert products(connection, f"attr.{name} = here") == {"A"}
    assert products(connection, f"brand = {quoted} AND title = {quoted}") == set()
