"""A full disk and a read-only folder: said plainly, and nothing is lost."""

from __future__ import annotations

import errno
import os
import pwd
import shutil
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, event

from vsearch.catalog import database
from vsearch.errors import StorageError

PICTURES = 60
KIBIBYTE = 1024


@pytest.fixture
def long_feed(feed):
    for number in range(PICTURES):
        feed.put(f"{number}.jpg", 1_000 + number)
        feed.list(f"S{number}", f"{number}.jpg", description="long " * 50)
    return feed


@pytest.fixture
def mounted(target):
    """``mounted(options)``: mount a small file system where the collection is to be."""
    target.folder.mkdir()

    def mount(*options: str) -> None:
        run = subprocess.run(
            ["mount", *options, target.folder], capture_output=True, text=True, check=False
        )
        if run.returncode:
            pytest.skip(f"mounting is not allowed here: {run.stderr.strip()}")

    try:
        yield mount
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    finally:
        subprocess.run(["umount", target.folder], capture_output=True, check=False)


@pytest.fixture
def needs_root():
    if os.geteuid() != 0:
        pytest.skip("mounting needs root")


def test_a_disk_that_fills_up(target, long_feed, needs_root, mounted, tmp_path, settings):
    """Wherever the room ends, it is said so, and with more room the run comes through."""
    mounted("-t", "tmpfs", "-o", "size=16k", "tmpfs")
    whole = type(target)(tmp_path / "whole", settings)
    whole.index(long_feed)
    refused: list[str] = []
    for room in range(16 * KIBIBYTE, 4096 * KIBIBYTE, 96 * KIBIBYTE):
        mounted("-o", f"remount,size={room}")
        try:
            target.index(long_feed)
        except StorageError as error:
            refused.append(str(error))
        else:
            break
    assert len(refused) >= 3
    for message in refused:
        assert str(target.folder) in message
        assert "full" in message
        assert "free some space" in message
    assert target.contents() == whole.contents()


def read_only_checks(target, longer_feed, picture):
    """Reading works, writing is refused."""
    with target.open() as collection:
        assert collection.query(image=picture(2))[0].sku == "B"
        assert collection.query(sku="A") != []
        assert collection.status().products == 3
        collection.verify()
        with pytest.raises(StorageError, match=str(target.folder)):
            collection.remove(["A"])
    with pytest.raises(StorageError, match=rf"{target.folder}.*--collection"):
        target.index(longer_feed)


def lengthened(feed):
    feed.put("new.jpg", 9)
    feed.list("NEW", "new.jpg")
    return feed.write()


def test_a_read_only_file_system(target, feed, picture, needs_root, mounted):
    mounted("-t", "tmpfs", "-o", "size=4m", "tmpfs")
    target.index(feed)
    longer = lengthened(feed)
    mounted("-o", "remount,ro")
    read_only_checks(target, longer, picture)


@contextmanager
def as_anyone() -> Iterator[None]:
    """Permissions don't stop root: be somebody else for a while, where it is root who tests."""
    if os.geteuid() != 0:
        yield
        return
    nobody = pwd.getpwnam("nobody").pw_uid
    os.setresuid(nobody, nobody, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_without_permission_to_write(target, feed, picture):
    target.index(feed)
    longer = lengthened(feed)
    # pytest's own folders are for their owner only.
    with tempfile.TemporaryDirectory(prefix="vsearch-") as name:
        everyones = Path(name)
        target.folder = shutil.copytree(target.folder, everyones / "collection")
        shop = shutil.copytree(feed.folder, everyones / "shop")
        paths = [everyones, *everyones.rglob("*")]
        for path in paths:
            path.chmod(0o555 if path.is_dir() else 0o444)
        try:
            with as_anyone():
                read_only_checks(target, shop / longer.name, picture)
        finally:
            for path in paths:
                path.chmod(0o755 if path.is_dir() else 0o644)


@contextmanager
def no_space_at(nth: int) -> Iterator[None]:
    """Let the disk be full from the nth time on that a file is made durable."""
    left, really = nth, os.fsync

    def fsync(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        really(descriptor)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", fsync)
        yield


@pytest.mark.parametrize("nth", range(0, 12, 2))
def test_no_space_for_a_file(target, feed, nth):
    with (
        no_space_at(nth),
        pytest.raises(StorageError, match=rf"{target.folder}.*disk is full.*free some space"),
    ):
        target.index(feed)
    run = target.index(feed)
    assert run.summary.images.total == 4
    assert len(target.contents().indexed) == 4
    assert [path for path in target.folder.rglob("*") if "partial" in path.name] == []


@contextmanager
def no_space_for(statement: str) -> Iterator[None]:
    """Let SQLite answer a statement as it does when the disk is full."""
    really = database.open_engine

    def refuse(_connection: object, _cursor: object, asked: str, *_rest: object) -> None:
        if asked.startswith(statement):
            raise sqlite3.OperationalError("database or disk is full")

    def opened(url: str) -> Engine:
        engine = really(url)
        event.listen(engine, "before_cursor_execute", refuse)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "open_engine", opened)
        yield


@pytest.mark.parametrize(
    "statement", ["INSERT INTO products", "INSERT INTO image_sources", "INSERT INTO encodings"]
)
def test_no_space_for_the_database(target, feed, statement):
    with (
        no_space_for(statement),
        pytest.raises(StorageError, match=r"products\.db.*disk is full.*free some space"),
    ):
        target.index(feed)
    target.index(feed)
    assert len(target.contents().indexed) == 4
