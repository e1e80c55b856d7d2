"""Syntax that the oldest supported Python refuses, found on any Python."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import subprocess
import tomllib
from collections.abc import Iterator
from types import MappingProxyType

import special_channel
from tests.architecture.project import ROOT

PROMISED = ("3.11", "3.12", "3.13")


def our_dataclasses() -> Iterator[type]:
    for module in pkgutil.walk_packages(special_channel.__path__, "special_channel."):
        if not module.name.endswith("__main__"):
            for each in vars(importlib.import_module(module.name)).values():
                if isinstance(each, type) and dataclasses.is_dataclass(each):
                    yield each


def test_dataclass_defaults_are_hashable_on_python_3_11():
    # `dataclass` refuses a default without a hash. A mapping proxy has one only since 3.12.
    refused = {
        f"{each.__module__}.{each.__qualname__}.{field.name}"
        for each in our_dataclasses()
        for field in dataclasses.fields(each)
        if isinstance(field.default, MappingProxyType) or type(field.default).__hash__ is None
    }
    assert not refused


def test_check_tries_each_python_that_is_promised():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    script = (ROOT / "scripts/pythons.sh").read_text(encoding="utf-8")
    [oldest] = re.findall(r"^oldest=(\S+)$", script, re.MULTILINE)
    [others] = re.findall(r'^promised="\$oldest (.+)"$', script, re.MULTILINE)
    assert (oldest, *others.split()) == PROMISED
    assert "step pythons scripts/pythons.sh" in (ROOT / "check").read_text(encoding="utf-8")


def test_pythons_step_fails_without_the_oldest(tmp_path):
    # Nothing that is found here is a Python of the promise.
    empty = tmp_path / "scripts"
    empty.mkdir()
    for name in ("pythons.sh", "environment.sh"):
        text = (ROOT / "scripts" / name).read_text(encoding="utf-8")
        (empty / name).write_text(text.replace("/usr", "/nowhere"), encoding="utf-8")
    tools = tmp_path / "bin"
    tools.mkdir()
    (tools / "python3.11").write_text("#!/bin/sh\nexit 127\n", encoding="ascii")
    (tools / "python3.11").chmod(0o755)
    (tools / "dirname").symlink_to("/usr/bin/dirname")
    done = subprocess.run(
        ["/bin/sh", empty / "pythons.sh"],
        env={"PATH": str(tools)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Python 3.11: not found" in done.stdout
    assert "Python without a note: 3.11" in done.stderr
