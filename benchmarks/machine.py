"""What a benchmark ran on; every one prints it above its figures."""

from __future__ import annotations

import os
import platform
import sys
from pathlib import Path

import psutil

import vsearch


def describe() -> str:
    """One line: processor, cores, memory, versions."""
    memory = psutil.virtual_memory().total / 2**30
    versions = f"Python {platform.python_version()}, vsearch {vsearch.__version__}"
    return f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {versions}"


def print_heading(title: str) -> None:
    """The benchmark's name and the machine."""
    print(f"{title}\n{describe()}\n", flush=True)


def _processor() -> str:
    if sys.platform == "linux":
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
