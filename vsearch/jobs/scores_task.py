"""Fitting what scores mean as a job: what its process does."""

from __future__ import annotations

from typing import Any

from vsearch.indexing.upkeep import fit_scores
from vsearch.jobs.task import PATIENCE_S, Task, TaskFailed


class ScoresTask(Task):
    """Fits what scores mean."""

    def do(self) -> dict[str, Any]:
        """Fit it; return from how many photos.

        Raises:
            TaskFailed: it can't be done now.
        """
        summary = fit_scores(self.layout, self.settings, self.progress, patience_s=PATIENCE_S)
        if summary.notes:
            raise TaskFailed("; ".join(summary.notes))
        return {"photos": sum(stage.done for stage in summary.stages)}
