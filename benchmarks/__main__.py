"""`./bench`: prints a table, or with `--json` one object a figure.

`--only NAME…` measures what these figures need, `kills` the long storm; `--quick` is short.
`--docs` keeps what `messaging`, `growth` and `peers` found, and writes docs/figures.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    accept,
    browser,
    chaos,
    commands,
    document,
    dry_run,
    due_together,
    growth,
    herds,
    kills,
    limits,
    messaging,
    pages,
    proofs,
    race,
    search,
    timers,
    variants,
)
from benchmarks.figures import Figure, table
from benchmarks.switched import VARIANTS
from special_channel import telemetry

GROUPS: dict[str, tuple[str, ...]] = {
    "limits": (
        "limit_ed25519_verify_per_s",
        "limit_ed25519_openssl_per_s",
        "limit_fsync_per_s",
    ),
    "accept": (
        "accept_http_1_p50_ms",
        "accept_http_64_per_s",
        "accept_http_64_p99_ms",
        "accept_batched_per_s",
        "accept_batched_per_s_linked",
    ),
    "browser": ("sign_to_verified_p95_ms",),
    "verify": tuple(
        f"verify_{bundle}_{what}"
        for bundle in ("entries", "groups")
        for what in ("per_s", "us", "checks", "openssl")
    ),
    "lists": (
        *("list_dry_run_500_ms", "list_checks_500_ms", "list_checks_2000_ms"),
        *("answer_checks_2000_ms", "list_hostile_worst_s", "list_hostile_worst_mb"),
    ),
    "commands": ("help_cpu_s",),
    "starts": ("start_cold_s", "start_warm_s", "idle_rss_mb"),
    "pages": (*pages.NAMES, "list_500_to_answered_s"),
    "year": ("year_load_s", "year_rebuild_equal"),
    "search": search.NAMES,
    "kills": ("kills_lost", "kills_doubled"),
    "chaos": ("chaos_lost", "chaos_doubled", "chaos_early"),
    "race": ("race_wrong",),
    "timers": (
        "limit_ed25519_sign_per_s",
        "timers_p50_ms",
        "timers_p99_ms",
        "timers_herd_per_s",
        "timers_unrun_after_kill",
        "timers_idle_cpu_percent",
        "timers_start_s",
    ),
    "peers": due_together.NAMES,
    "messaging": messaging.NAMES,
    "growth": growth.NAMES,
    "variants": variants.NAMES,
    "herds": herds.NAMES,
}

QUIET_LOAD = 1.5
"""Above it, what is measured is what others do; docs/figures.md takes none of that."""


def main() -> int:
    """Measure and print."""
    options = _options()
    wanted = _wanted(options.only)
    # Ended from outside, the bench ends its servers and workers too.
    signal.signal(signal.SIGTERM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    telemetry.configure("error", json_lines=False)  # to stderr: stdout holds figures alone
    printed: list[Figure] = []
    try:
        for group in wanted:
            for figure in _measure(group, options):
                if options.only and figure.name not in options.only and group not in options.only:
                    continue
                printed.append(figure)
                if options.json:
                    print(figure.line(), flush=True)
                else:
                    print(".", end="", file=sys.stderr, flush=True)
    finally:  # a group that fails takes no other's figures with it
        if not options.json:
            print(file=sys.stderr)
            print(table(printed))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./bench", description=__doc__)
    parser.add_argument("--json", action="store_true", help="one object per figure")
    parser.add_argument("--quick", action="store_true", help="short runs, rough figures")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="figures or groups")
    parser.add_argument("--seed", type=int, default=20261124, help="of the kills")
    parser.add_argument("--docs", action="store_true", help="write docs/figures.md as well")
    parser.add_argument("--million", action="store_true", help="growth, search: go on to 10^6")
    parser.add_argument("--variants", nargs="+", default=[], choices=VARIANTS, help="to compare")
    parser.add_argument("--pairs", type=int, default=0, help="of bursts, for each variant")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    if options.docs and load > QUIET_LOAD:
        parser.error(f"--docs needs a quiet machine: its load is {load:.1f}, not {QUIET_LOAD}")
    if not _wanted(options.only):
        parser.error(f"no such figure; groups are {', '.join(GROUPS)}")
    return options


def _wanted(only: list[str]) -> list[str]:
    if not only:
        return list(GROUPS)
    return [
        group
        for group, names in GROUPS.items()
        if group in only or any(name in only for name in names)
    ]


def _measure(group: str, options: argparse.Namespace) -> list[Figure]:
    quick, seed = options.quick, options.seed
    seconds = 0.5 if quick else 3.0
    measures: dict[str, Callable[[Path], list[Figure]]] = {
        "limits": lambda _folder: [
            limits.ed25519_verify_per_s(seconds),
            limits.ed25519_openssl_per_s(seconds),
            limits.fsync_per_s(seconds),
        ],
        "accept": lambda folder: asyncio.run(
            accept.accept(
                folder,
                quick=quick,
                checks=limits.ed25519_verify_per_s(seconds),
                openssl=limits.ed25519_openssl_per_s(seconds),
            )
        ),
        "browser": lambda folder: asyncio.run(browser.sign_to_verified(folder, quick=quick)),
        "verify": lambda folder: asyncio.run(proofs.verify_entries(folder, quick=quick)),
        "lists": dry_run.dry_run,
        "commands": lambda _folder: commands.help_cpu(),
        "starts": lambda _folder: proofs.starts(),
        "pages": lambda folder: asyncio.run(pages.pages(folder, quick=quick)),
        "year": lambda folder: [
            *proofs.year(),
            *asyncio.run(pages.rebuilt(folder, quick=quick)),
        ],
        "search": lambda folder: asyncio.run(
            search.search(folder, quick=quick, million=options.million)
        ),
        "chaos": lambda folder: chaos.faults(folder, seed, quick=quick),
        "race": lambda folder: race.race(folder, quick=quick),
        "timers": lambda folder: asyncio.run(timers.timers(folder, quick=quick)),
        "peers": lambda folder: _peers(folder, options),
        "messaging": lambda folder: _messaging(folder, options),
        "growth": lambda folder: _growth(folder, options),
        "variants": lambda folder: asyncio.run(
            variants.variants(
                folder,
                options.variants or variants.named(options.only),
                pairs=options.pairs or (variants.QUICK_PAIRS if quick else variants.PAIRS),
                seconds=variants.QUICK_SECONDS if quick else variants.SECONDS,
            )
        ),
        "herds": lambda folder: asyncio.run(
            herds.herds(
                folder,
                options.variants or variants.named(options.only),
                pairs=options.pairs or (herds.QUICK_PAIRS if quick else herds.PAIRS),
                count=herds.QUICK_COUNT if quick else herds.COUNT,
            )
        ),
        "kills": lambda folder: kills.storm(folder, 20 if quick else 200, seed),
    }
    with tempfile.TemporaryDirectory(prefix="sc-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL does not run as root and must reach its folder
        return measures[group](folder)


def _messaging(folder: Path, options: argparse.Namespace) -> list[Figure]:
    found = asyncio.run(messaging.messaging(folder, quick=options.quick))
    if options.docs:
        document.keep("messaging", found)
        document.write("messaging")
    return messaging.figures(found)


def _peers(folder: Path, options: argparse.Namespace) -> list[Figure]:
    found = asyncio.run(due_together.due_together(folder, quick=options.quick))
    if options.docs:
        document.keep("peers", found)
        document.write("peers")
    return due_together.figures(found)


def _growth(folder: Path, options: argparse.Namespace) -> list[Figure]:
    sizes = growth.QUICK_SIZES if options.quick else growth.SIZES
    million = (growth.MILLION,) if options.million else ()
    found = asyncio.run(growth.growth(folder, sizes=(*sizes, *million)))
    if options.docs:
        document.keep("growth", found)
        document.write("growth")
    return growth.figures(found)


if __name__ == "__main__":
    sys.exit(main())
