"""Images that are missing or bad are named with the reason; their products stay."""

from __future__ import annotations

import os
import struct
import zlib

import pytest


def test_a_missing_image_is_named_and_found_when_it_appears(target, feed, no_encoder, hash_of):
    feed.list("D", "later.jpg")
    run = target.index(feed)
    assert run.images() == {"encoded": 4, "rejected": 1}
    assert run.reasons() == {"later.jpg": "no such file"}
    assert target.contents().views["D"] == []
    with target.open() as collection:
        assert [str(one) for one in collection.rejected_images()] == ["later.jpg: no such file"]
    with no_encoder():
        again = target.index(feed)
    assert again.images() == {"unchanged": 4, "rejected": 1}
    assert again.reasons() == {"later.jpg": "no such file"}
    feed.put("later.jpg", 5)
    assert target.index(feed).images() == {"encoded": 1, "unchanged": 4}
    assert target.contents().views["D"] == [hash_of(5)]
    with target.open() as collection:
        assert collection.rejected_images() == []


def test_an_image_that_vanishes_stays_in_use(target, feed, no_encoder, hash_of, picture):
    target.index(feed)
    feed.folder.joinpath("b.jpg").unlink()
    with no_encoder():
        run = target.index(feed)
    assert run.images() == {"outdated": 1, "unchanged": 3}
    assert run.reasons() == {"b.jpg": "no such file; its last known picture stays in use"}
    assert target.contents().views["B"] == [hash_of(2)]
    with target.open() as collection:
        assert collection.query(image=picture(2))[0].sku == "B"
    # Back again, it is as if it had never been away.
    feed.put("b.jpg", 2)
    assert target.index(feed).images() == {"reused": 1, "unchanged": 3}


def bomb(side: int) -> bytes:
    """A well-formed PNG of black pixels: a few hundred kilobytes, gigabytes when decoded."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    packer = zlib.compressobj(9)
    lines = packer.compress(bytes(1 + side // 8) * side) + packer.flush()
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("zero.jpg", "empty"),
        ("text.jpg", "not an image"),
        ("truncated.jpg", "truncated"),
        ("bomb.png", "400"),
        ("link.jpg", "leads outside the feed's folder"),
        ("folder.jpg", "is a folder"),
        ("pipe.jpg", "is a pipe"),
    ],
)
def test_a_bad_image_is_named_and_the_others_go_on(
    target, feed, picture, no_encoder, name, reason, tmp_path
):
    bad = feed.folder / name
    match name:
        case "zero.jpg":
            bad.write_bytes(b"")
        case "text.jpg":
            bad.write_text("This is no picture, whatever its name says.\n" * 20)
        case "truncated.jpg":
            bad.write_bytes(picture(9)[:-300])
        case "bomb.png":
            bad.write_bytes(bomb(20_000))
        case "link.jpg":
            tmp_path.joinpath("secret.jpg").write_bytes(picture(9))
            bad.symlink_to(tmp_path / "secret.jpg")
        case "folder.jpg":
            bad.mkdir()
        case "pipe.jpg":
            os.mkfifo(bad)
    feed.list("BAD", name, "c.jpg")
    run = target.index(feed)
    assert run.products() == {"added": 4}
    assert run.images() == {"encoded": 4, "rejected": 1}
    assert list(run.reasons()) == [name]
    assert reason in run.reasons()[name]
    contents = target.contents()
    assert contents.views["BAD"] == contents.views["C"]
    # Nothing has changed: it is named again, but not even read.
    with no_encoder():
        again = target.index(feed)
    assert again.images() == {"unchanged": 4, "rejected": 1}
    assert again.reasons() == run.reasons()
    # Put right, it is used.
    if bad.is_dir():
        bad.rmdir()
    else:
        bad.unlink()
    feed.put(name, 9)
    assert target.index(feed).images() == {"encoded": 1, "unchanged": 4}
    assert len(target.contents().views["BAD"]) == 2


def test_an_image_that_goes_bad_leaves_the_index(target, feed, hash_of):
    target.index(feed)
    feed.put("b.jpg", b"")
    run = target.index(feed)
    assert run.images() == {"rejected": 1, "unchanged": 3}
    assert target.contents().indexed == {hash_of(0), hash_of(1), hash_of(3)}


def test_a_path_out_of_the_folder_rejects_its_row(target, feed):
    feed.list("EVIL", "../../etc/passwd")
    run = target.index(feed)
    assert run.products() == {"added": 3, "rejected": 1}
    (row,) = run.rows()
    assert str(row) == (
        f'{feed.file}:5: images: "../../etc/passwd" leads out of the feed\'s folder;'
        " keep pictures inside it"
    )
    assert "EVIL" not in target.contents().products


def test_a_repeated_sku_names_the_first_row(target, feed):
    feed.rows.append({"sku": "A", "title": "another A", "images": "c.jpg"})
    run = target.index(feed)
    assert run.products() == {"added": 3, "rejected": 1}
    (row,) = run.rows()
    assert str(row) == f'{feed.file}:5: sku: "A" is listed twice; the first is row 2'
    assert "another A" in row.raw
    assert target.contents().products["A"].title == "a"


def test_reasons_are_counted(target, feed):
    feed.list("D", "gone.jpg", "gone too.jpg")
    feed.list("E", "e.jpg", price="abc")
    run = target.index(feed)
    assert run.summary.reasons == {"no such file": 2, "row: price": 1}
