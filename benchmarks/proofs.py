"""How fast the offline verifier is, and how fast and large a running channel."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, machine
from special_channel.export.verify import verify
from special_channel.wiring.exporting import exporter
from special_channel.wiring.founding import guard_folder
from tests.channel import channel

ROOT = Path(__file__).resolve().parents[1]


async def verify_entries(folder: Path, *, quick: bool) -> list[Figure]:
    """Verify a whole export offline."""
    count = 300 if quick else 5_000
    async with channel(folder, ("web", "link")) as made:
        thread = await made.open_thread("eu")
        for _ in range(count):
            await made.note("eu", thread)
        await made.caught_up()
        core = made.nodes["eu"].core
        guard = guard_folder(core.settings)
        export = exporter(core.engines.node, guard, core.identity, core.clock, core.appender.act)
        async with export("all", core.identity.node.key) as export_file:
            bundle = export_file.file.read()
        trust = made.trust
    start = time.perf_counter()
    report = verify(bundle, trust)
    seconds = time.perf_counter() - start
    conditions = (
        f"{count} notes and the directory, {len(bundle)} bytes, {report.verdict}, {machine()}"
    )
    return [Figure("verify_entries_per_s", count / seconds, "/s", conditions)]


def starts() -> list[Figure]:
    """Start the demonstration afresh, then again; measure what it holds when idle."""
    with tempfile.TemporaryDirectory(prefix="sc-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        cold, _ = _start(folder, idle=False)
        warm, kib = _start(folder, idle=True)
    conditions = f"both nodes, environment installed, {machine()}"
    return [
        Figure(
            "start_cold_s",
            cold,
            "s",
            f"empty data folder to `ready`, sample loaded, {conditions}",
            "60 s",
            cold / 60,
        ),
        Figure(
            "start_warm_s", warm, "s", f"second start to `ready`, {conditions}", "5 s", warm / 5
        ),
        Figure(
            "idle_rss_mb",
            kib / 1024,
            "MB",
            "resident memory of one node's process, its servers apart",
        ),
    ]


def _start(folder: Path, *, idle: bool) -> tuple[float, float]:
    environment = os.environ | {"SPECIAL_CHANNEL_VAR": str(folder / "var")}
    start = time.perf_counter()
    process = subprocess.Popen(
        [ROOT / ".venv/bin/special-channel", "demo", "--eu-port", "8791", "--cn-port", "8792"],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=ROOT,
    )
    if process.stdout is None:
        raise RuntimeError
    seconds = 0.0
    for line in process.stdout:
        if line.startswith(b"ready"):
            seconds = time.perf_counter() - start
            break
    size = _node_rss(process.pid) if idle else 0.0
    process.send_signal(signal.SIGTERM)
    process.wait(60)
    return seconds, size


def _node_rss(parent: int) -> float:
    """Return the resident KiB of the first node below the demonstration."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            status = (folder / "status").read_text()
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
        if int(fields["PPid"]) == parent and b"serve" in command:
            return float(fields["VmRSS"].split()[0])
    return 0.0
