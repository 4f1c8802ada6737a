"""Progress on stderr: a bar for each stage with its rate and the time that is left."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from vsearch.cli.output import readable_bytes
from vsearch.progress import Advance


class _Rate(ProgressColumn):
    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if not speed:
            return Text("")
        unit = task.fields["unit"]
        if unit == "bytes":
            return Text(f"{readable_bytes(speed)}/s", style="progress.data.speed")
        return Text(f"{speed:,.0f} {unit}/s", style="progress.data.speed")


class _Done(MofNCompleteColumn):
    def render(self, task: Task) -> Text:
        if task.fields["unit"] == "bytes":
            return Text(readable_bytes(task.completed), style="progress.download")
        return super().render(task)


class ProgressBars:
    """Listens to a run and draws; draws nothing where stderr is not a terminal."""

    def __init__(self, *, quiet: bool = False) -> None:
        console = Console(stderr=True)
        self._is_shown = console.is_terminal and not quiet
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓"),
            TextColumn("{task.description:<8}"),
            BarColumn(bar_width=32),
            _Done(),
            _Rate(),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=console,
            disable=not self._is_shown,
        )

    def __enter__(self) -> Self:
        if self._is_shown:
            self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._is_shown:
            self._progress.stop()

    @contextmanager
    def stage(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        """Show a bar until the stage ends."""
        task = self._progress.add_task(name, total=total, unit=unit)
        yield lambda done: self._progress.advance(task, done)
        if total is None:
            # It has come to its end, wherever that was.
            done = self._progress.tasks[task].completed
            self._progress.update(task, total=max(done, 1), completed=max(done, 1))

    def say(self, message: str) -> None:
        """Print a line above the bars, on stderr."""
        self._progress.console.print(message, markup=False, highlight=False, soft_wrap=True)
