"""A process that has imported what all tests import, and forks a child for each run of pytest.

Started as a script with a copy of the project and a package. Everything of the project that does
not need this package is imported before the fork; the package itself, in which the mutants are, and
the tests are imported by each run. Reads one JSON object a line: `root`, the copy;
`arguments` of pytest; `output`, a file. Writes two lines: process id and exit status of the child.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from importlib import import_module
from importlib.abc import MetaPathFinder
from pkgutil import walk_packages
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


def main(root: str, package: str) -> None:
    """Fork a child for each line of the standard input."""
    for name in _IMPORTED:
        with contextlib.suppress(ImportError):
            import_module(name)
    sys.path[:0] = [f"{root}/src", root]
    _import_all_but(package)
    for line in sys.stdin:
        order = json.loads(line)
        child = os.fork()
        if not child:
            _run(order)
        print(child, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _import_all_but(package: str) -> None:
    """Import modules of the project, except a package and modules that import it."""
    refused = _Refused(package)
    sys.meta_path.insert(0, refused)
    with contextlib.suppress(ImportError):
        project = import_module("special_channel")
        for found in walk_packages(project.__path__, "special_channel.", onerror=lambda _: None):
            if not found.name.endswith("__main__"):
                with contextlib.suppress(ImportError):
                    import_module(found.name)
    sys.meta_path.remove(refused)


class _Refused(MetaPathFinder):
    """Refuses to import a package."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(self, name: str, path: Any, target: Any = None) -> None:  # noqa: ARG002
        if f"{name}.".startswith(f"{self._package}."):
            raise ImportError(name)


def _run(order: dict[str, Any]) -> NoReturn:
    root = order["root"]
    os.chdir(root)
    os.environ["PYTHONPATH"] = f"{root}/src"
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
    main(*sys.argv[1:])
