"""The entry point of `python -m special_channel`. Does nothing but run the command line."""

from __future__ import annotations

import sys

from special_channel.cli.app import run


def main() -> None:
    """Run the command that was typed and exit with its code."""
    sys.exit(run())


if __name__ == "__main__":
    main()
