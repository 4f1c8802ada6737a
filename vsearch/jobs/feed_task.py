"""Reading a feed as a job: what its process does."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from vsearch.errors import FeedError, SettingsError
from vsearch.indexing.into_folder import index_into
from vsearch.indexing.summary import RejectedImage, RejectedRow
from vsearch.jobs.job import MAX_REJECTIONS, FeedRequest, JobRejection
from vsearch.jobs.task import PATIENCE_S, Task, TaskFailed


class FeedTask(Task):
    """Reads one feed."""

    def do(self) -> dict[str, Any]:
        """Read it; return what was done.

        Raises:
            TaskFailed: the feed, or how it was to be read, can't be right.
        """
        request = FeedRequest.from_json(self.job.spec)
        feed = self.folder.path / request.file
        shown = request.name or request.file
        try:
            summary = index_into(
                self.layout,
                feed,
                request.options,
                self.settings,
                self.progress,
                self._on_rejected,
                patience_s=PATIENCE_S,
            )
        except (FeedError, SettingsError) as error:
            # Where the file lies on this machine is no matter of who sent it.
            raise TaskFailed(str(error).replace(str(feed), shown)) from error
        summary.feed = shown
        return asdict(summary) | {"reasons": dict(summary.reasons)}

    def _on_rejected(self, rejected: RejectedRow | RejectedImage) -> None:
        if len(self.rejections) >= MAX_REJECTIONS:
            return
        match rejected:
            case RejectedRow():
                place = f"row {rejected.row}"
                self.rejections.append(JobRejection(place, rejected.field, rejected.problem))
            case RejectedImage():
                self.rejections.append(JobRejection(rejected.location, "images", rejected.reason))
