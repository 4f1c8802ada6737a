"""One writer at a time; a second one learns who the first is."""

from __future__ import annotations

import json
import os
import socket
import threading

import pytest

from vsearch.errors import CollectionLocked, StorageError
from vsearch.indexing.lock import writing
from vsearch.layout import Layout


@pytest.fixture
def layout(tmp_path):
    return Layout(tmp_path / "deep" / "collection")


def test_the_second_writer_is_told_who_writes(layout):
    with writing(layout):
        with pytest.raises(CollectionLocked) as refused, writing(layout):
            pass
        message = str(refused.value)
        assert message.startswith(f"{layout.folder}: process {os.getpid()} on ")
        assert socket.gethostname() in message
        assert "wait for it to end" in message
        # Being refused takes nothing from the first.
        assert json.loads(layout.writer.read_text())["pid"] == os.getpid()
    with writing(layout):
        pass


def test_threads_exclude_each_other_too(layout):
    refused = []

    def write():
        try:
            with writing(layout):
                pass
        except CollectionLocked as error:
            refused.append(error)

    with writing(layout):
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert len(refused) == 1


def test_a_writer_that_failed_holds_nothing(layout):
    with pytest.raises(ZeroDivisionError), writing(layout):
        raise ZeroDivisionError
    assert not layout.writer.exists()
    with writing(layout):
        pass


@pytest.mark.parametrize("left", ["", "{", "[]", '{"pid": 1}', "null"])
def test_a_signature_that_cant_be_read(layout, left):
    with writing(layout):
        layout.writer.write_text(left)
        with pytest.raises(CollectionLocked, match="another process is writing"), writing(layout):
            pass


def test_a_signature_that_was_left_behind_locks_nothing(layout):
    layout.folder.mkdir(parents=True)
    layout.writer.write_text('{"pid": 1, "host": "gone", "since": "2020"}')
    with writing(layout):
        assert json.loads(layout.writer.read_text())["pid"] == os.getpid()


def test_a_file_where_the_folder_should_be(layout):
    layout.folder.parent.write_text("in the way")
    with pytest.raises(StorageError, match="in the way where a folder is needed"), writing(layout):
        pass
