"""The three forms of a labelled set, and what is said where one can't be used."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from vsearch.errors import EvaluationError, FeedError
from vsearch.evaluation.labelled_set import LabelledImage, LabelledSet, make_labelled_set
from vsearch.evaluation.open_labelled import open_labelled


def summary(images: tuple[LabelledImage, ...]) -> dict[str, set[str]]:
    return {image.path.name: set(image.labels) for image in images}


def pairs(labelled: LabelledSet) -> list[list[int]]:
    """The right gallery rows of each query, itself left out."""
    return [
        sorted(set(right.tolist()) - set(own.tolist()))
        for right, own in zip(labelled.relevant(), labelled.excluded(), strict=True)
    ]


def test_the_sample_catalogue(catalog: Path) -> None:
    labelled = open_labelled(catalog)
    assert (len(labelled.gallery), len(labelled.queries)) == (254, 246)
    assert labelled.notes == ()
    assert len(labelled.paths) == 500
    assert all(path.is_file() for path in labelled.paths)
    with (catalog / "queries" / "labels.csv").open(newline="") as file:
        wanted = {row["query"]: set(row["sku"].split("|")) for row in csv.DictReader(file)}
    assert summary(labelled.queries) == wanted
    skus = set().union(*(image.labels for image in labelled.gallery))
    assert set().union(*wanted.values()) <= skus
    assert all(len(rows) == 0 for rows in labelled.excluded())


def test_a_catalogue_of_pictures_alone(paint, tmp_path: Path) -> None:
    paint("A1.jpg")
    paint("B2.jpg")
    paint("queries/first.png")
    (tmp_path / "queries" / "labels.csv").write_text("query,sku\nfirst.png,A1\n")
    labelled = open_labelled(tmp_path)
    # The query lies in the catalogue's folder and is not one of its products' pictures.
    assert summary(labelled.gallery) == {"A1.jpg": {"A1"}, "B2.jpg": {"B2"}}
    assert pairs(labelled) == [[0]]


def test_what_a_catalogue_has_that_can_not_be_measured(paint, tmp_path: Path) -> None:
    paint("queries/one.png")
    paint("queries/two.png")
    paint("a.jpg")
    paint("b.jpg")
    (tmp_path / "products.csv").write_text(
        "sku,images,price\nA,a.jpg|https://shop.example/a.jpg,1\nB,b.jpg,2\nC,b.jpg,3\nD,a.jpg,x\n"
    )
    (tmp_path / "queries" / "labels.csv").write_text("query,sku\none.png,B\ntwo.png,Z\n")
    labelled = open_labelled(tmp_path)
    assert summary(labelled.gallery) == {"a.jpg": {"A"}, "b.jpg": {"B", "C"}}
    assert [query.path.name for query in labelled.queries] == ["one.png"]
    assert labelled.notes == (
        "1 pictures behind URLs are left out; nothing is downloaded",
        "1 rows of the catalogue can't be used and are left out",
        "1 queries have nothing right in the gallery and are left out; the first is two.png (Z)",
    )


def test_a_table_without_roles(paint, tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "deep/c.png", "d.png"):
        paint(name)
    table = tmp_path / "labels.csv"
    table.write_text("Image;Label\na.png;shoe\nb.png;shoe | red\ndeep/c.png;red\nd.png;hat\n")
    labelled = open_labelled(table)
    assert summary(labelled.gallery) == {
        "a.png": {"shoe"},
        "b.png": {"shoe", "red"},
        "c.png": {"red"},
        "d.png": {"hat"},
    }
    # The hat has no second picture: nobody finds it, and it stays in everybody's way.
    assert pairs(labelled) == [[1], [0, 2], [1]]
    assert "the first is d.png (hat)" in labelled.notes[0]


def test_a_table_with_roles(paint, tmp_path: Path) -> None:
    for name in ("a.png", "b.png", "q.png"):
        paint(name)
    table = tmp_path / "labels.tsv"
    table.write_text(
        "image\tlabel\trole\n"
        "a.png\tshoe\tgallery\nb.png\that\tGallery\nb.png\tcap\tgallery\n"
        "q.png\tcap\tquery\na.png\tshoe\tquery\n"
    )
    labelled = open_labelled(table)
    assert summary(labelled.gallery) == {"a.png": {"shoe"}, "b.png": {"hat", "cap"}}
    # a.png would find only itself.
    assert pairs(labelled) == [[1]]
    assert summary(labelled.queries) == {"q.png": {"cap"}}


def test_a_folder_of_folders(paint, tmp_path: Path) -> None:
    for name in ("hat/1.png", "hat/deep/2.png", "shoe/1.png", "shoe/2.png", "loose.png"):
        paint(name)
    (tmp_path / "hat" / "notes.txt").write_text("no picture")
    labelled = open_labelled(tmp_path)
    assert [set(image.labels) for image in labelled.gallery] == [
        {"hat"}, {"hat"}, {"shoe"}, {"shoe"}
    ]  # fmt: skip
    assert pairs(labelled) == [[1], [0], [3], [2]]
    assert labelled.notes == ("1 pictures lie in no folder and are left out",)


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("image,kind\na.png,x\n", 'no column "label"; it has image, kind, and image, label'),
        ("image,label\na.png,x\nmissing.png,y\n", 'labels.csv:3: "missing.png": no such file in'),
        ("image,label\n,x\n", 'labels.csv:2: "": no such file'),
        ("image,label\na.png, | \n", "labels.csv:2: no label; write one or remove the row"),
        ("image,label,role\na.png,x,train\n", 'labels.csv:2: role "train" is neither'),
        ("image,label\na.png,x,y\n", "labels.csv:2: it has 3 cells and the header 2"),
        ("image,label\na.png,x\nb.png,x\n", 'labels.csv: the gallery has the single label "x"'),
        ("image,label\na.png,x\nb.png,y\n", "no label has two pictures"),
        ("image,label,role\na.png,x,gallery\n", "no query picture; give at least one"),
        ("image,label,role\na.png,x,query\n", "no gallery picture; give at least one"),
        (
            "image,label,role\na.png,x,gallery\nb.png,y,gallery\nc.png,X,query\n",
            "no label in common (queries: X; gallery: x, y); write the labels of both alike",
        ),
    ],
)
def test_a_table_that_can_not_be_used(paint, tmp_path: Path, table: str, said: str) -> None:
    for name in ("a.png", "b.png", "c.png"):
        paint(name)
    path = tmp_path / "labels.csv"
    path.write_text(table)
    with pytest.raises(EvaluationError) as refused:
        open_labelled(path)
    assert said in str(refused.value)
    assert str(path) in str(refused.value)


def test_an_empty_table(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text("")
    with pytest.raises(FeedError, match=r"labels\.csv: the file is empty"):
        open_labelled(path)


def test_folders_that_can_not_be_used(paint, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match=r"nowhere: no such file or folder; give"):
        open_labelled(tmp_path / "nowhere")
    with pytest.raises(EvaluationError, match="no picture in a folder that is called by its label"):
        open_labelled(tmp_path)
    paint("a.jpg")
    (tmp_path / "products.csv").write_text("sku,images\nA,a.jpg\n")
    with pytest.raises(EvaluationError, match=r"a catalogue without queries/labels\.csv"):
        open_labelled(tmp_path)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "labels.csv").write_text("query,sku\nnone.png,A\n")
    with pytest.raises(EvaluationError, match=r'labels\.csv:2: "none\.png": no such file'):
        open_labelled(tmp_path)


def test_what_can_not_be_read_takes_its_queries_along() -> None:
    images = [
        LabelledImage(Path(f"{label}{number}"), frozenset({label}), skip=f"{label}{number}")
        for label in "abc"
        for number in range(2)
    ]
    labelled = make_labelled_set("test", images, images, notes=["before"])
    left = labelled.without({Path("a0"), Path("b1")})
    assert [image.path.name for image in left.gallery] == ["a1", "b0", "c0", "c1"]
    assert [image.path.name for image in left.queries] == ["c0", "c1"]
    assert left.notes[0] == "before"
    assert left.notes[1].startswith("2 queries have nothing right in the gallery")
    with pytest.raises(EvaluationError, match="test: no label has two pictures"):
        labelled.without({Path("a0"), Path("b0"), Path("c0")})
