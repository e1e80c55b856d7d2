"""The process that reads files: its limits hold, and the worst input at full size stays inside."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import psutil  # type: ignore[import-untyped]
import pytest

from special_channel.core.bytes.errors import ChannelError, Malformed, Unavailable
from special_channel.desk import reader as reader_module
from special_channel.desk import reader_process, tables
from special_channel.desk import workbook as bounds
from special_channel.desk.layout import table_of
from special_channel.desk.lists import list_of
from special_channel.desk.reader import Reader, ReaderLimits
from special_channel.desk.tables import MAX_BYTES
from tests.architecture.project import ROOT
from tests.spreadsheets import SHEET, hostile, repacked, rows, text, workbook

pytestmark = pytest.mark.timeout(300)

OPTED: frozenset[str] = frozenset()


def sheet_of(unit: bytes) -> bytes:
    """A workbook with a sheet of one text, repeated up to the limit."""
    room = bounds.MAX_UNFOLDED - 4096
    return repacked(
        workbook(rows(2)),
        {
            SHEET: lambda xml: xml.replace(
                b"<sheetData>", b"<sheetData>" + unit * (room // len(unit))
            )
        },
    )


def many_columns() -> bytes:
    """A row of as many cells as a file has room for, by line ends in quotes, and many rows."""
    header = b"".join(b'"%x\n",' % number for number in range(400_000))
    return (header + b"x\r\n" + b"a,b\r\n" * 2000)[:MAX_BYTES]


WORST = {
    "cells without an end": lambda: sheet_of(b'<c r="A1"><v>1</v>'),
    "tags without an end": lambda: sheet_of(b"<c "),
    "signs without a tag": lambda: sheet_of(b"<"),
    "as many signs as are looked at": lambda: sheet_of(b"<     "),
    "comments": lambda: sheet_of(b"<!---->"),
    "comments without an end": lambda: sheet_of(b"<!--"),
    "values in one long cell": lambda: sheet_of(b"<v>"),
    "blank cells": lambda: sheet_of(b'<c r="A1" s="1"/>'),
    "quotes without an end": lambda: sheet_of(b'<c r="'),
    "a row of line ends": many_columns,
    "numbers of one long line": lambda: text(
        [[*line[:2], "9" * 20_000, *line[3:]] for line in rows(200)]
    ),
    "digits without end": lambda: text(
        [[*line[:4], "9" * 100_000, *line[5:]] for line in rows(40)]
    ),
}
"""Input at its full size that costs most, one for each scan that was or could be quadratic."""


COSTLY = WORST["comments"]
"""Takes some seconds of computing time, and a sheet's 64 MiB of memory."""


async def code_of(reader: Reader, data: bytes) -> str:
    """Read a list; return the code of what was wrong, if anything was."""
    try:
        sheet = list_of(table_of(await reader.book(data), "list"), OPTED)
    except ChannelError as error:
        return error.code
    return sheet.faults[0].code if sheet.faults else ""


@pytest.mark.parametrize("name", WORST)
async def test_worst_input_stays_inside_the_readers_limit(name):
    # The process is killed beyond ten seconds of computing time: no clock is read here.
    assert await code_of(Reader(ReaderLimits(wall_seconds=240)), WORST[name]()) in {
        "list-far-cells", "list-unfolds", "list-unreadable", "list-malformed", "list-whole-number",
        "list-too-long", "list-columns", "list-heavy",
    }  # fmt: skip


async def test_reader_finds_what_reading_here_finds():
    for data in (text(rows(30)), workbook(rows(30)), hostile()["formulas"]):
        assert await Reader().book(data) == tables.read(data)


async def test_refusals_come_with_code_and_facts():
    far = hostile()["the last cell of all"]
    with pytest.raises(Malformed) as refused:
        await Reader().book(far)
    assert (refused.value.code, refused.value.facts) == ("list-far-cells", {"cell": "XFD1048576"})


def readers() -> list[psutil.Process]:
    return [each for each in psutil.Process().children() if "reader_process" in command_of(each)]


def command_of(process: psutil.Process) -> str:
    try:
        return str(process.cmdline())
    except psutil.Error:  # it has ended
        return ""


@asynccontextmanager
async def stopped(limits: ReaderLimits) -> AsyncIterator[tuple[psutil.Process, asyncio.Task[str]]]:
    """A reader at work, its process stopped midway."""
    costly = COSTLY()
    async with asyncio.timeout(120):
        while True:
            task = asyncio.ensure_future(code_of(Reader(limits), costly))
            process = await _confined(task)
            if process and _is_stopped(process):
                break
            # On a busy machine it may be over, or killed by the wall clock, before it is stopped.
            await task
    try:
        yield process, task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _confined(task: asyncio.Task[str]) -> psutil.Process | None:
    """Wait until a reader has set its limits; return its process, or None if it ended before."""
    while not task.done():
        for process in readers():
            if _has_all_limits(process):
                return process
        await asyncio.sleep(0.01)
    return None


def _has_all_limits(process: psutil.Process) -> bool:
    """Tell whether a reader has set its last limit, and so all earlier limits."""
    return limits_of(process).get("Max open files") == str(reader_process.OPEN_FILES)


def _is_stopped(process: psutil.Process) -> bool:
    """Stop a process and wait until it is stopped; return False if it has ended."""
    try:
        process.send_signal(signal.SIGSTOP)
        while (status := process.status()) != psutil.STATUS_STOPPED:
            if status in {psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD}:
                return False
    except psutil.NoSuchProcess:
        return False
    return True


def limits_of(process: psutil.Process) -> dict[str, str]:
    """Soft limits of a process, from the kernel."""
    try:
        lines = Path(f"/proc/{process.pid}/limits").read_text(encoding="ascii").splitlines()
    except OSError:
        return {}
    return {line[:25].strip(): line[26:46].strip() for line in lines}


async def test_reader_runs_under_the_limits_that_were_asked_for():
    limits = ReaderLimits(cpu_seconds=7, memory_bytes=300_000_000, wall_seconds=5)
    async with stopped(limits) as (process, task):
        held = limits_of(process)
        assert await task == "file-too-costly"
    assert held["Max cpu time"] == "7"
    assert held["Max address space"] == "300000000"
    assert held["Max file size"] == held["Max core file size"] == "0"


async def test_reader_is_killed_by_the_wall_clock():
    async with stopped(ReaderLimits(wall_seconds=2)) as (process, task):
        assert await task == "file-too-costly"
        assert not process.is_running()


async def test_reader_is_killed_when_the_node_stops():
    async with stopped(ReaderLimits()) as (process, task):
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert not process.is_running()


async def test_reader_is_killed_beyond_its_computing_time():
    limits = ReaderLimits(cpu_seconds=1, wall_seconds=240)
    assert await code_of(Reader(limits), COSTLY()) == "file-too-costly"


async def test_reader_ends_beyond_its_memory():
    limits = ReaderLimits(memory_bytes=64 * 1024 * 1024, wall_seconds=240)
    assert await code_of(Reader(limits), COSTLY()) == "file-too-costly"


async def test_nothing_is_read_where_a_limit_cannot_be_set():
    limits = ReaderLimits(memory_bytes=2**70)
    assert await code_of(Reader(limits), text(rows(3))) == "reader-failed"


async def test_files_beyond_those_that_may_wait_are_refused(monkeypatch):
    monkeypatch.setattr(reader_module, "MAX_WAITING", 1)
    reader = Reader(ReaderLimits(at_once=1))
    codes = await asyncio.gather(*(code_of(reader, text(rows(3))) for _ in range(3)))
    assert sorted(codes) == ["", "", "reader-busy"]
    assert await code_of(reader, text(rows(3))) == ""


async def test_an_unknown_job_is_a_fault_of_ours():
    with pytest.raises(Unavailable) as failed:
        await Reader().run("none", b"")
    assert failed.value.code == "reader-failed"


# ---------------------------------------------------------------- under the shipped units

HEADER = Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
ANALYZE = shutil.which("systemd-analyze")
UNITS = ("special-channel", "special-channel-web")

CONFINED = """
import asyncio, ctypes, json, struct, sys
numbers = json.loads(sys.argv[1])
libc = ctypes.CDLL(None, use_errno=True)
op = lambda code, yes, no, k: struct.pack("HBBI", code, yes, no, k)
allow, deny = op(6, 0, 0, 0x7FFF0000), op(6, 0, 0, 0x00050001)  # RET ALLOW, RET ERRNO EPERM
program = op(0x20, 0, 0, 0) + b"".join(op(0x15, 0, 1, n) + allow for n in numbers) + deny
class Prog(ctypes.Structure):
    _fields_ = [("len", ctypes.c_ushort), ("filter", ctypes.c_char_p)]
prog = Prog(len(program) // 8, program)
assert libc.prctl(38, 1, 0, 0, 0) == 0  # PR_SET_NO_NEW_PRIVS
mdwe = libc.prctl(65, 1, 0, 0, 0)  # PR_SET_MDWE, as MemoryDenyWriteExecute asks; Linux 6.3
assert libc.prctl(22, 2, ctypes.byref(prog), 0, 0) == 0, ctypes.get_errno()  # PR_SET_SECCOMP
from special_channel.desk.reader import Reader, ReaderLimits
from tests.spreadsheets import rows, text, workbook
from tests.desk.test_reader import COSTLY, code_of
async def main():
    codes = [await code_of(Reader(), data) for data in (text(rows(3)), workbook(rows(3)))]
    limits = ReaderLimits(cpu_seconds=1, wall_seconds=240)
    codes.append(await code_of(Reader(limits), COSTLY()))
    print(json.dumps(codes))
asyncio.run(main())
"""


def allowed_calls(unit: str) -> set[int]:
    """Numbers of system calls permitted by a unit's filter."""
    numbers = {
        name: int(number)
        for name, number in re.findall(r"#define __NR_(\w+) (\d+)", HEADER.read_text("ascii"))
    }
    found: set[str] = set()
    text_ = (ROOT / f"deploy/systemd/{unit}.service").read_text(encoding="utf-8")
    for line in re.findall(r"^SystemCallFilter=(.*)$", text_, re.MULTILINE):
        names = {call for word in line.lstrip("~").split() for call in calls_of(word)}
        found = found - names if line.startswith("~") else found | names
    # systemd itself always lets execve and the like through.
    return {numbers[name] for name in found | calls_of("@default") if name in numbers}


def calls_of(word: str) -> set[str]:
    if not word.startswith("@"):
        return {word}
    done = subprocess.run(
        [str(ANALYZE), "syscall-filter", word], capture_output=True, text=True, check=True
    )
    words = [line.strip() for line in done.stdout.splitlines()[1:]]
    names = [each for each in words if each and not each.startswith("#")]
    return {call for each in names for call in calls_of(each)}


@pytest.mark.skipif(
    not ANALYZE or not HEADER.exists(), reason="no systemd-analyze, or no kernel headers"
)
@pytest.mark.parametrize("unit", UNITS)
def test_reader_and_its_limits_work_under_the_shipped_unit(unit):
    done = subprocess.run(
        [sys.executable, "-c", CONFINED, json.dumps(sorted(allowed_calls(unit)))],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == ["", "", "file-too-costly"]
