"""A running demonstration, shared by tests of this folder that leave it usable."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator

import psutil  # type: ignore[import-untyped]
import pytest

from tests.cli.demonstration import Demo, free_ports


@pytest.fixture(scope="package")
def one_demo(tmp_path_factory) -> Iterator[Demo]:
    made = Demo(tmp_path_factory.mktemp("demo") / "var", free_ports())
    for lang, moment in (("zh-CN", "正在等待链路"), ("en", "CN: ")):
        made.start("--yes", "--lang", lang, until=moment)
        if lang == "zh-CN":
            assert not [line for line in made.lines if re.search(r"[A-Za-z]+ [a-z]+", line)]
        family = made.family()
        made.stop(signal.SIGKILL)
        psutil.wait_procs(family, timeout=40)
    yield made
    if made.process is not None:
        family = made.family()
        assert made.stop(signal.SIGINT) == 0
        assert psutil.wait_procs(family, timeout=10)[1] == []


@pytest.fixture
def demo(one_demo: Demo) -> Demo:
    """The running demonstration; restarted if an earlier test has ended it."""
    if one_demo.process is None:
        one_demo.start()
    return one_demo
