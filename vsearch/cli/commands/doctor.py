"""``vsearch doctor``: what this machine offers, and what will be used of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from vsearch.cli import FAILED
from vsearch.cli.options import CollectionOption, DeviceOption, JsonOption, settings_from
from vsearch.cli.output import print_json

if TYPE_CHECKING:
    from vsearch.diagnosis import Finding


def doctor(
    collection: CollectionOption = None,
    device: DeviceOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what this machine offers and what vsearch will use. Exits with 1 on a fault.

    Examples:

      vsearch doctor

      vsearch doctor --collection /srv/search --json
    """
    from vsearch.diagnosis import diagnose

    findings = diagnose(settings_from(collection=collection, device=device))
    if as_json:
        for finding in findings:
            print_json(asdict(finding))
    else:
        _print(findings)
    if any(finding.is_fault for finding in findings):
        raise typer.Exit(FAILED)


def _print(findings: list[Finding]) -> None:
    from vsearch.cli.tables import print_table

    print_table(
        [("", "left"), ("what", "left"), ("found", "left")],
        (["FAULT" if f.is_fault else "ok", f.subject, f.detail] for f in findings),
    )
