"""The command line: thin, it only reads options and prints."""

from __future__ import annotations

import os
import sys

INTERRUPTED = 130
FAILED = 1


def main() -> None:
    """Run ``vsearch`` and exit: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    # Before torch is imported. Threads of OpenMP that spin while they wait take the processor
    # from those that decode: 54 images/s against 70 on two free cores, 17 against 42 beside
    # another busy process.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Before Pillow is: it keeps a picture in pieces of 16 MB, which glibc doesn't give back when
    # they are freed. After some pictures of 80 megapixels a service kept 5 GB; with this 0.7 GB.
    os.environ.setdefault("PILLOW_BLOCK_SIZE", "64m")

    from vsearch.cli.app import app
    from vsearch.cli.output import Interrupted, complain
    from vsearch.errors import VsearchError

    try:
        try:
            app()
        finally:
            # What is still buffered may meet a closed pipe, too.
            sys.stdout.flush()
    except VsearchError as error:
        complain(str(error))
        sys.exit(FAILED)
    except Interrupted as end:
        complain(str(end))
        sys.exit(INTERRUPTED)
    except SystemExit as end:
        # Typer makes this of Ctrl-C, without a word.
        if end.code == INTERRUPTED:
            complain("interrupted; what was done is kept, and the same command goes on from there")
        raise
    except BrokenPipeError:
        # The reader (head, less) has gone; Python would complain once more when it flushes.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
