"""Run a server as an unprivileged child that never outlives this process.

Does not know PostgreSQL or Redis.

Known limitation: a parent killed between the fork and `setpriv`'s prctl(2), about a millisecond,
leaves its child running. The next start finds the child by its pid file and ends it
(`end_orphan`). Without setpriv (macOS) the limitation applies for the child's whole life.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import shutil
import signal
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from special_channel.core.bytes.errors import Unavailable

NOBODY: Final = 65534
"""Exists on every Linux; initdb fails under an id without a name."""

_ENVIRONMENT: Final = {"LC_ALL": "C", "PATH": os.defpath}
_POLL_SECONDS: Final = 0.02
_LOG_LIMIT_BYTES: Final = 1 << 20

Grace = tuple[tuple[signal.Signals, float], ...]
"""Signals to send in order, each with a time limit in seconds; SIGKILL follows."""


@dataclass(frozen=True, slots=True)
class Confinement:
    """How to drop root, since PostgreSQL refuses to run as root.

    Attributes:
        prefix: Words to prepend to a command.
        owner: Numeric user that must own the server's folders; `None` for the current owner.
    """

    prefix: tuple[str, ...] = ()
    owner: int | None = None

    def give(self, folder: Path) -> None:
        """Let the confined server use a folder of ours."""
        if self.owner is not None:
            os.chown(folder, self.owner, self.owner)


IN_USER_NAMESPACE: Final = Confinement(
    ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}")
)
"""Needs no operating-system user; files remain root's; privileges end at the namespace."""

AS_NOBODY: Final = Confinement(
    ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"), NOBODY
)
"""For systems without user namespaces. The user `nobody` needs access to programs and folders."""


def confinement() -> Confinement:
    """Return how this user must start a server.

    Raises:
        Unavailable: `root-not-shed` if the user is root and no method works.
    """
    if os.geteuid() != 0:
        return Confinement()
    for way in (IN_USER_NAMESPACE, AS_NOBODY):
        if works(way):
            return way
    raise Unavailable(
        "root-not-shed",
        "PostgreSQL does not run as root, and neither unshare nor setpriv works here. "
        "Start as another user, or name a PostgreSQL server in the settings.",
    )


def works(way: Confinement) -> bool:
    """Tell whether this system supports a method of dropping root."""
    return _works(*way.prefix)


@functools.cache
def _works(*prefix: str) -> bool:
    if shutil.which(prefix[0]) is None:
        return False
    result = subprocess.run([*prefix, "true"], capture_output=True, check=False, timeout=10)
    return result.returncode == 0


def _dies_with_parent(sent: signal.Signals) -> tuple[str, ...]:
    # PR_SET_PDEATHSIG by a program of util-linux rather than by preexec_fn, which may deadlock in
    # a process that has threads. Set after root is shed: a change of user clears it (prctl(2)).
    # The setting is tied to the forking thread, so a server is started from the loop's thread.
    command = ("setpriv", "--pdeathsig", sent.name)
    return command if _works(*command) else ()


class ServerProcess:
    """A running child process."""

    def __init__(self, child: subprocess.Popen[bytes]) -> None:
        self._child = child

    @property
    def pid(self) -> int:
        """The server's process id; every prefix replaces its own process by the server."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the process is running."""
        return self._child.poll() is None

    async def ended(self) -> int:
        """Wait for the end of the process; return its exit status, negative for a signal."""
        while self._child.poll() is None:
            await wait_for_end(self.pid)
        return self._child.wait()

    async def stop(self, grace: Grace) -> None:
        """Send the signals of `grace` in order, then SIGKILL; return after the process ended."""
        try:
            for sent, seconds in grace:
                if not self.running:
                    return
                self._child.send_signal(sent)
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self.ended(), seconds)
        finally:  # also when the caller is cancelled meanwhile
            if self.running:
                self._child.kill()
                self._child.wait()

    async def kill(self) -> None:
        """Send SIGKILL, as in tests of crashes, and wait for the end."""
        self._child.kill()
        await self.ended()


def start(
    command: Sequence[str | Path], *, log: Path, way: Confinement, at_parent_death: signal.Signals
) -> ServerProcess:
    """Start a server in a new session, so that Ctrl-C reaches this process alone.

    Args:
        command: Program by absolute path, and its arguments.
        log: File for both output streams; rotated once at 1 MiB.
        way: How to drop root.
        at_parent_death: Sent by the kernel when this process ends for any reason.
    """
    if log.exists() and log.stat().st_size > _LOG_LIMIT_BYTES:
        log.replace(log.with_suffix(".log.1"))
    with log.open("ab") as output:
        return ServerProcess(_spawn(command, output, way, at_parent_death))


async def run(command: Sequence[str | Path], *, log: Path, way: Confinement) -> int:
    """Run a program to its end and return its exit status."""
    with log.open("ab") as output:
        process = ServerProcess(_spawn(command, output, way, signal.SIGKILL))
    try:
        return await process.ended()
    finally:
        await process.stop(())


def _spawn(
    command: Sequence[str | Path], output: IO[bytes], way: Confinement, death: signal.Signals
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*way.prefix, *_dies_with_parent(death), *command],
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=_ENVIRONMENT,
        start_new_session=True,
    )


async def wait_for_end(pid: int) -> None:
    """Wait until a process, a child or not, has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    except (AttributeError, OSError):  # not Linux, or a sandbox without the call: poll once
        await asyncio.sleep(_POLL_SECONDS)
        return
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    loop.add_reader(descriptor, ended.set)
    try:
        await ended.wait()
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)


async def end_orphan(pid: int, marked: Path, grace: Grace) -> None:
    """End a server that outlived its launcher.

    Call with the lock of the server's folder held, which proves that its launcher is gone.

    Args:
        pid: From the server's pid file.
        marked: A path in the command line of the server and of no other process.
        grace: Signals to try in turn; SIGKILL follows.
    """
    for sent, seconds in (*grace, (signal.SIGKILL, 10.0)):
        if not is_marked(pid, marked):
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, sent)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(wait_for_end(pid), seconds)


def kill_within(folder: Path) -> None:
    """Send SIGKILL to every process whose working folder is `folder`, such as a server's workers.

    Call with the lock of the server's folder held and the server itself stopped. Does nothing
    without /proc.
    """
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if (process / "cwd").readlink() == folder:
                os.kill(int(process.name), signal.SIGKILL)


def exists(pid: int) -> bool:
    """Tell whether a process with this id exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def is_marked(pid: int, marked: Path) -> bool:
    """Tell whether a process's command line contains `marked`. False without /proc."""
    try:
        return os.fsencode(marked) in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def last_line(log: Path) -> str:
    """Return the last line of a server's log, for the error of a failed start."""
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return lines[-1] if lines else "it said nothing"
