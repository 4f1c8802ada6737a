"""Local files are read inside their folder only, and nothing that could block is opened."""

import os
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vsearch.errors import ImageRejected
from vsearch.images import read
from vsearch.images.read import FileStamp, read_file, read_local, stamp_local


@pytest.fixture
def feed(tmp_path):
    """A feed's folder with ``a.jpg`` and ``sub/b.jpg``, and a file beside it."""
    root = tmp_path / "feed"
    (root / "sub").mkdir(parents=True)
    (root / "a.jpg").write_bytes(b"aaa")
    (root / "sub" / "b.jpg").write_bytes(b"bb")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (tmp_path / "feed-two").mkdir()
    (tmp_path / "feed-two" / "c.jpg").write_bytes(b"c")
    return root


def both_reject(root, location: str) -> str:
    """The reason, which stamping and reading must agree on."""
    reasons = set()
    for function in (stamp_local, read_local):
        with pytest.raises(ImageRejected) as caught:
            function(root, location)
        reasons.add(caught.value.reason)
    assert len(reasons) == 1
    return reasons.pop()


def test_reading(feed):
    assert read_local(feed, "a.jpg") == b"aaa"
    assert read_local(feed, "sub/b.jpg") == b"bb"
    assert read_local(feed, "sub/../a.jpg") == b"aaa"


def test_a_stamp_changes_with_the_file(feed):
    status = (feed / "a.jpg").stat()
    before = stamp_local(feed, "a.jpg")
    assert before == FileStamp(size=3, mtime_ns=status.st_mtime_ns)
    os.utime(feed / "a.jpg", ns=(0, status.st_mtime_ns + 1))
    assert stamp_local(feed, "a.jpg") == FileStamp(size=3, mtime_ns=status.st_mtime_ns + 1)


@pytest.mark.parametrize(
    "location",
    [
        "../secret.jpg",
        "sub/../../secret.jpg",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "../feed-two/c.jpg",
        "..",
        "/",
    ],
)
def test_a_way_outside(feed, location):
    assert both_reject(feed, location) == "leads outside the feed's folder"


def test_links(feed, tmp_path):
    (feed / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (feed / "outside").symlink_to(tmp_path)
    (feed / "in.jpg").symlink_to(feed / "sub" / "b.jpg")
    (feed / "circle.jpg").symlink_to(feed / "circle.jpg")
    (feed / "nowhere.jpg").symlink_to(feed / "gone.jpg")
    assert both_reject(feed, "out.jpg") == "leads outside the feed's folder"
    assert both_reject(feed, "outside/secret.jpg") == "leads outside the feed's folder"
    assert read_local(feed, "in.jpg") == b"bb"
    assert "link" in both_reject(feed, "circle.jpg")
    assert both_reject(feed, "nowhere.jpg") == "no such file"


def test_a_root_that_is_a_link_itself(feed, tmp_path):
    (tmp_path / "alias").symlink_to(feed)
    assert read_local(tmp_path / "alias", "a.jpg") == b"aaa"


def test_a_relative_root(feed, monkeypatch):
    monkeypatch.chdir(feed.parent)
    assert read_local(feed.relative_to(feed.parent), "a.jpg") == b"aaa"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("gone.jpg", "no such file"),
        ("a.jpg/b.jpg", "no such file"),
        ("sub", "is a folder, not a file"),
        ("", "is a folder, not a file"),
        ("a\0.jpg", "not a usable file name"),
        ("\ud800.jpg", "not a usable file name"),
        ("x" * 5000, "can't be read: File name too long"),
    ],
)
def test_reasons(feed, location, reason):
    assert both_reject(feed, location) == reason


@pytest.mark.timeout(20)
def test_pipes_sockets_and_devices_are_never_opened(feed, monkeypatch):
    os.mkfifo(feed / "pipe.jpg")
    monkeypatch.chdir(feed)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket.jpg")
        for name in ("pipe.jpg", "socket.jpg"):
            assert both_reject(feed, name) == "is a pipe, socket or device, not a file"
    with pytest.raises(ImageRejected, match="is a pipe, socket or device"):
        read_file(feed.joinpath("/dev/zero"))


@pytest.mark.timeout(20)
def test_a_pipe_that_takes_a_file_s_place_does_not_block(feed, monkeypatch):
    real_open = os.open

    def swap_and_open(path, flags):
        path.unlink()
        os.mkfifo(path)
        return real_open(path, flags)

    monkeypatch.setattr(read.os, "open", swap_and_open)
    with pytest.raises(ImageRejected, match="is a pipe"):
        read_local(feed, "a.jpg")


def test_no_permission(feed, monkeypatch):
    # Root may read everything, so the system's answer is given for it.
    def refuse(path, flags):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(read.os, "open", refuse)
    with pytest.raises(ImageRejected, match="no permission to read it"):
        read_local(feed, "a.jpg")


def test_a_file_that_is_too_large(feed):
    with (feed / "a.jpg").open("wb") as file:
        file.truncate(256 * 2**20 + 1)  # sparse: takes no room
    assert both_reject(feed, "a.jpg") == "larger than 256 MiB"


def test_a_file_that_grows_while_it_is_read(feed, monkeypatch):
    monkeypatch.setattr(read, "MAX_FILE_BYTES", 2**20)
    monkeypatch.setattr(read, "_require_usable", lambda status: None)
    (feed / "a.jpg").write_bytes(bytes(2**20 + 1))
    with pytest.raises(ImageRejected, match="larger than 1 MiB"):
        read_local(feed, "a.jpg")


@given(
    st.lists(
        st.sampled_from(["..", ".", "sub", "a.jpg", "feed", "secret.jpg", "", "~"]), max_size=6
    ),
    st.sampled_from(["", "/", "//"]),
)
@settings(derandomize=True, max_examples=300)
def test_no_path_reads_the_file_outside(tmp_path_factory, parts, start):
    base = tmp_path_factory.getbasetemp() / "outside"
    root = base / "feed"
    (root / "sub").mkdir(parents=True, exist_ok=True)
    (root / "a.jpg").write_bytes(b"aaa")
    (base / "secret.jpg").write_bytes(b"secret")
    try:
        data = read_local(root, start + "/".join(parts))
    except ImageRejected:
        return
    assert data == b"aaa"
