"""``python -m vsearch`` is the command ``vsearch``."""

from vsearch.cli import main

if __name__ == "__main__":
    main()
