"""`special-channel demo` as a process of its own, and commands typed at its nodes."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped]

from special_channel.cli.app import run
from tests import servers

ROOT = Path(__file__).resolve().parents[2]


def free_ports() -> tuple[int, int]:
    return servers.free_port(), servers.free_port()


@dataclass
class Demo:
    """A running `special-channel demo`."""

    data: Path
    ports: tuple[int, int]
    process: subprocess.Popen[str] | None = None
    lines: tuple[str, ...] = ()
    starts: list[tuple[str, ...]] = field(default_factory=list)

    def start(self, *more: str, until: str = "ready") -> None:
        eu, cn = self.ports
        self.process = subprocess.Popen(
            [sys.executable, "-m", "special_channel", "demo", "--data", str(self.data),
             "--eu-port", str(eu), "--cn-port", str(cn), *more],
            cwd=ROOT, stdout=subprocess.PIPE, text=True, encoding="utf-8",
            start_new_session=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        found: list[str] = []
        for line in self.process.stdout:
            found.append(line.rstrip("\n"))
            if until in line:
                break
        self.lines = tuple(found)
        self.starts.append(self.lines)
        assert until in found[-1], found

    def family(self) -> list[psutil.Process]:
        assert self.process is not None
        return list(psutil.Process(self.process.pid).children(recursive=True))

    def stop(self, sent: signal.Signals = signal.SIGINT) -> int:
        assert self.process is not None
        self.process.send_signal(sent)
        ended = self.process.wait(60)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None
        return ended

    def call(self, *typed: str) -> list[dict[str, Any]]:
        done = self.typed(*typed, "--json", "--data", str(self.data))
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    def typed(self, *typed: str, lang: str = "en") -> subprocess.CompletedProcess[str]:
        """Run a command in this process, which saves a second for each of thirty commands."""
        streams = [io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2)]
        with redirect_stdout(streams[0]), redirect_stderr(streams[1]):
            code = run(["--lang", lang, *typed])
        out, err = (_told(stream) for stream in streams)
        return subprocess.CompletedProcess(list(typed), code, out, err)

    def thread(self, subject: str) -> str:
        [found] = [
            item["number"]
            for item in self.call("thread", "list", "--show", "all", "--as", "eu-desk-1")
            if subject in item["subject"]
        ]
        return str(found)

    def eventually(self, *typed: str) -> dict[str, Any]:
        """Type a command again while its node does not hold the other side's entry yet.

        Return the last object that it printed.
        """
        until = time.monotonic() + 60
        while True:
            done = self.typed(*typed, "--json", "--data", str(self.data))
            if done.returncode == 0 or time.monotonic() > until:
                assert done.returncode == 0, done.stderr
                found = [json.loads(line) for line in done.stdout.splitlines()]
                return dict(found[-1]) if found else {}


def _told(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
