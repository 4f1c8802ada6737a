"""The page in a real browser, before a real service. Needs a Chromium."""

from __future__ import annotations

import io
import os
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

CATALOG = Path(__file__).parents[2] / "catalog"

DESKTOP = {"width": 1440, "height": 900}

_PATIENCE_S = 15

#: Notes what forms with a photo hold, as the page sends them.
_NOTE_PHOTOS = """
window.photosSent = [];
const send = window.fetch;
window.fetch = (path, options = {}) => {
  const image = options.body instanceof FormData && options.body.get("image");
  if (image) {
    window.photosSent.push(
      createImageBitmap(image).then(({ width, height }) => (
        { type: image.type, width, height, query: JSON.parse(options.body.get("query")) }
      )),
    );
  }
  return send(path, options);
};
"""


@pytest.fixture(scope="session")
def served(copy_sample: Callable[[], Path], serve: Any) -> Iterator[str]:
    """Where the sample catalogue is served."""
    pytest.importorskip("fastapi", reason="the service's extra is not installed")
    folder = copy_sample()
    with serve(folder) as live:
        yield live.url


@dataclass
class Visit:
    """A visit to the page: what it shows, and what went wrong behind it."""

    page: Any
    url: str
    complaints: list[str] = field(default_factory=list)
    expected: str = r"(?!)"
    """A pattern of complaints that are part of the test."""
    requests: list[Any] = field(default_factory=list)

    def open(self, address: str = "") -> None:
        self.page.goto(self.url + "/" + address)
        self.page.wait_for_selector("#results")

    def upload(self, content: bytes, name: str = "photo.jpg", kind: str = "image/jpeg") -> None:
        """Pick a file, as in the browser's dialog; the answer is waited for."""
        file = {"name": name, "mimeType": kind, "buffer": content}
        self.page.locator("input[type=file]").first.set_input_files(file)

    def until(self, condition: str, arg: Any = None) -> None:
        """Wait until an expression, or a function of ``arg``, is true.

        Playwright's own ``wait_for_function`` evaluates a text in the page, which the page's
        policy forbids.
        """
        end = time.monotonic() + _PATIENCE_S
        while not self.page.evaluate(condition, arg):
            if time.monotonic() > end:
                raise AssertionError(f"never true: {condition}")
            self.page.wait_for_timeout(20)

    def settled(self) -> None:
        """Wait for the answer to the latest question."""
        self.until("document.querySelector('.results')?.dataset.state === 'ready'")

    def search(self, photo: bytes) -> None:
        with self.page.expect_response(lambda response: response.url.endswith("/v1/query")):
            self.upload(photo)
        self.settled()

    def titles(self) -> list[str]:
        found: list[str] = self.page.locator(".hit h2 a").all_inner_texts()
        return found

    def photos_sent(self) -> list[dict[str, Any]]:
        """The photos that were given to the network: ``type``, ``width``, ``height``, ``query``.

        Chromium doesn't tell what a form with files held, so the page's ``fetch`` is asked.
        """
        found: list[dict[str, Any]] = self.page.evaluate("Promise.all(window.photosSent)")
        return found

    def sent(self, path: str) -> list[Any]:
        return [request for request in self.requests if request.url.split("?")[0].endswith(path)]


@pytest.fixture
def visit(browser: Any, served: str) -> Iterator[Callable[..., Visit]]:
    """Begin a visit. What the browser complains of, scripts and policies, fails the test."""
    begun: list[tuple[Any, Visit]] = []

    def begin(*, expected: str = r"(?!)", **options: Any) -> Visit:
        settings = {"viewport": DESKTOP, "reduced_motion": "reduce", "locale": "en-GB"} | options
        context = browser.new_context(**settings)
        context.set_default_timeout(_PATIENCE_S * 1000)
        context.add_init_script(_NOTE_PHOTOS)
        visit = Visit(context.new_page(), served, expected=expected)
        page, complaints = visit.page, visit.complaints
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text) if message.type in {"error", "warning"} else None
            ),
        )
        page.on("request", lambda request: visit.requests.append(request))
        begun.append((context, visit))
        return visit

    yield begin
    for context, visit in begun:
        context.close()
        assert [one for one in visit.complaints if not re.search(visit.expected, one)] == []
        away = [one.url for one in visit.requests if not one.url.startswith((served, "blob:"))]
        assert away == [], "the page asked somebody else"


@pytest.fixture(scope="session")
def keep_picture(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Visit, str], None]:
    """Keep what a visitor sees, in the folder $PAGE_PICTURES or among pytest's own files."""
    folder = Path(os.environ.get("PAGE_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)

    def keep(visit: Visit, name: str) -> None:
        visit.page.screenshot(path=folder / f"{name}.png")

    return keep


@pytest.fixture(scope="session")
def scene() -> bytes:
    """A photo of two things on a table: a camera on the left, a cup on the right."""
    picture = Image.new("RGB", (1600, 1200), (222, 226, 222))
    picture.paste((206, 186, 160), (0, 520, 1600, 1200))
    for name, width, place in (
        ("camera-1f4f7.png", 760, (160, 300)),
        ("coffee-2615.png", 420, (1080, 420)),
    ):
        with Image.open(CATALOG / "queries" / name) as opened:
            thing = opened.convert("RGBA")
        thing = thing.resize((width, round(width * thing.height / thing.width)))
        picture.paste(thing, place, thing)
    return _jpeg(picture)


@pytest.fixture(scope="session")
def noise() -> bytes:
    """A photo of nothing that anybody sells."""
    return _jpeg(Image.effect_noise((600, 600), 90).convert("RGB"))


def _jpeg(picture: Image.Image) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=90)
    return file.getvalue()
