"""Start the demonstration with this Python, post one note and read it on the other side.

Run from the root of the project: `.venv-3.11/bin/python -m scripts.post_one_note`, as
`scripts/pythons.sh` does. Prints one line with the version of Python. Every module of the package
is imported first: a node does not load all of them before they are needed.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import platform
import queue
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Final

import special_channel

START_SECONDS: Final = 180.0
LINK_SECONDS: Final = 60.0
TEXT: Final = "A note from this Python."


def main() -> int:
    """Return 0 if the note arrived."""
    began = time.monotonic()
    modules = _import_all()
    with tempfile.TemporaryDirectory(prefix="note-") as folder:
        demo, _ = start(Path(folder), "--no-sample")
        try:
            wait_until_ready(demo)
            position = _post(Path(folder))
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=60)
    took = time.monotonic() - began
    print(
        f"Python {platform.python_version()}: {modules} modules imported, demonstration started, "
        f"note {position} read on the other side, {took:.0f} s"
    )
    return 0


def _import_all() -> int:
    names = [
        module.name
        for module in pkgutil.walk_packages(special_channel.__path__, "special_channel.")
        if not module.name.endswith("__main__")  # would run the command
    ]
    for name in names:
        importlib.import_module(name)
    return len(names)


def start(folder: Path, *more: str) -> tuple[subprocess.Popen[str], tuple[int, int]]:
    """Start a demonstration in a folder; return its process and the ports of both sides."""
    with socket.socket() as eu, socket.socket() as cn:
        for each in (eu, cn):
            each.bind(("127.0.0.1", 0))
        ports = (int(eu.getsockname()[1]), int(cn.getsockname()[1]))
    process = subprocess.Popen(
        _command("demo", *more, "--data", str(folder), "--eu-port", str(ports[0]),
                 "--cn-port", str(ports[1])),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, encoding="utf-8",
    )  # fmt: skip
    return process, ports


def wait_until_ready(demo: subprocess.Popen[str]) -> None:
    """Return once the demonstration serves.

    Raises:
        SystemExit: It ended; with what it said.
    """
    lines: queue.SimpleQueue[str] = queue.SimpleQueue()

    def read() -> None:
        for line in demo.stdout or ():
            lines.put(line)
        lines.put("")

    threading.Thread(target=read, daemon=True).start()
    said: list[str] = []
    until = time.monotonic() + START_SECONDS
    while not said or not said[-1].startswith("ready"):
        said.append(lines.get(timeout=max(0.0, until - time.monotonic())))
        if not said[-1]:
            raise SystemExit("".join(said))


def _post(folder: Path) -> str:
    opened = _call(
        folder, "thread", "open", "Fictional matter", "--marking", "none", "--as", "eu-desk-1"
    )
    position = str(opened["position"])
    _call(folder, "note", "post", position, TEXT, "--marking", "none", "--as", "eu-desk-1")
    until = time.monotonic() + LINK_SECONDS
    while True:
        shown = _run(folder, "thread", "show", position, "--as", "cn-desk-1")
        if TEXT in shown.stdout:
            return position
        if time.monotonic() > until:
            raise SystemExit(shown.stderr or f"The note did not arrive: {shown.stdout}")
        time.sleep(0.2)


def _call(folder: Path, *typed: str) -> dict[str, object]:
    done = _run(folder, *typed)
    if done.returncode:
        raise SystemExit(done.stderr)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _run(folder: Path, *typed: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        _command(*typed, "--json", "--data", str(folder)),
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip


def _command(*typed: str) -> list[str]:
    return [sys.executable, "-m", "special_channel", "--lang", "en", *typed]


if __name__ == "__main__":
    sys.exit(main())
