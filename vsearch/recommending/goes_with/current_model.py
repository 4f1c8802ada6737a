"""The model that a collection has learned, read again when it has been learned anew."""

from __future__ import annotations

import threading

from vsearch.errors import CollectionError
from vsearch.index.manifest import Manifest
from vsearch.layout import Layout
from vsearch.recommending.goes_with.file import model_file, read_model
from vsearch.recommending.goes_with.model import GoesWithModel


class CurrentModel:
    """Gives the model that can be used now. Thread-safe."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._gate = threading.Lock()
        self._stamp: tuple[int, int] | None = None
        self._model: GoesWithModel | None = None
        self._problem: str | None = None

    def get(self, manifest: Manifest) -> GoesWithModel | None:
        """The model; None where there is none that fits the collection's encoder."""
        model, _ = self._look()
        return (
            model if model is not None and model.encoder == manifest.encoder.fingerprint else None
        )

    def why_none(self, manifest: Manifest) -> str | None:
        """Why a model that was learned isn't used, for people; None where that isn't so."""
        model, problem = self._look()
        if model is None or model.encoder == manifest.encoder.fingerprint:
            return problem
        return (
            f"{model_file(self._layout)}: learned with another encoder [{model.encoder[:12]}] than"
            f" the collection's {manifest.encoder.name} [{manifest.encoder.fingerprint[:12]}], so"
            " it isn't used; `vsearch recommend learn` learns again"
        )

    def _look(self) -> tuple[GoesWithModel | None, str | None]:
        try:
            status = model_file(self._layout).stat()
        except OSError:
            return None, None
        stamp = (status.st_mtime_ns, status.st_ino)
        with self._gate:
            if stamp != self._stamp:
                try:
                    self._model, self._problem = read_model(self._layout), None
                except CollectionError as error:
                    self._model, self._problem = None, str(error)
                self._stamp = stamp
            return self._model, self._problem
