"""Common options of commands on this machine, without a node's API."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from special_channel.cli import options
from special_channel.cli.command import stacked
from special_channel.cli.output import Output
from special_channel.cli.printing import READER
from special_channel.config import load


def local(work: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function on an `Output`; add `--json`."""

    @functools.wraps(work)
    def run(*, as_json: bool, **values: Any) -> None:  # noqa: ANN401 - click's values
        work(Output(as_json, READER.get()), **values)

    return options.JSON(run)


def on_settings(work: Callable[..., None]) -> Callable[..., None]:
    """Make a command of a function on an `Output` and a node's settings; add both options."""

    @functools.wraps(work)
    def run(out: Output, *, config: Path, **values: Any) -> None:  # noqa: ANN401 - click's values
        work(out, load(config), **values)

    return stacked(local(run), [options.CONFIG])
