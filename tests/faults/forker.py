"""A process that has imported what all tests import, and forks a child for each run of pytest.

Started as a script, so that neither the project's source nor its tests are imported before the
fork: each run takes them from its own copy. Reads one JSON object a line: `root`, the copy;
`arguments` of pytest; `output`, a file. Writes two lines: process id and exit status of the child.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from importlib import import_module
from typing import Any, Final, NoReturn

import pytest

_IMPORTED: Final = (
    "aiohttp.test_utils", "aiohttp.web", "asyncpg", "babel.messages.pofile", "click", "coverage",
    "cryptography.hazmat.primitives.asymmetric.ec", "hypothesis.strategies", "jinja2", "orjson",
    "prometheus_client", "psutil", "pydantic_settings", "pytest_asyncio.plugin", "python_calamine",
    "redis.asyncio", "rich.console", "schemathesis.pytest.plugin", "structlog", "typst", "uvloop",
    "xdist.plugin", "xlsxwriter",
)  # fmt: skip
"""Two seconds of processor time; packages that a run does not need cost memory alone."""


def main() -> None:
    """Fork a child for each line of the standard input."""
    for name in _IMPORTED:
        with contextlib.suppress(ImportError):
            import_module(name)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _run(order)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _run(order: dict[str, Any]) -> NoReturn:
    root = order["root"]
    os.chdir(root)
    os.environ["PYTHONPATH"] = f"{root}/src"
    sys.path[:0] = [f"{root}/src", root]
    output = os.open(order["output"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    status = 3  # pytest's internal error
    try:
        # Modules that are imported already can't be rewritten, and pytest would warn of them.
        status = int(pytest.main(["--assert=plain", *order["arguments"]]))
    finally:
        sys.stdout.flush()
        os._exit(status)


if __name__ == "__main__":
    main()
