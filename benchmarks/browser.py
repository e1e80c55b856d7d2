"""How long after "sign" the other side's browser has verified: two Chromium windows, loopback.

Both nodes run as `special-channel serve` runs them, each a process with its own servers.
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

from benchmarks import stage
from benchmarks.figures import Figure, machine, quantile
from special_channel.core.bytes.ids import PARTIES
from tests.browsers import CHROMIUM
from tests.channel import channel
from tests.story.windows import Window, browsers, sign, window

LIMIT_MS = 150.0
"""The aim: p95 from "sign" to "verified on the other side's screen", on loopback."""

WARM_UP = 3
"""Rounds before those that count: what a browser and a node do once, a day's work does not."""

CLICKED = """() => new Promise((done) => {
  document.querySelector('#confirm [data-act=sign]').addEventListener('click',
    () => done(performance.timeOrigin + performance.now()), { capture: true, once: true });
})"""


VERIFIED = """() => { window.verified = new Promise((done) => {
  document.addEventListener('sc:checked', ({ detail: { id, state } }) =>
    done([id, state, performance.timeOrigin + performance.now()]), { once: true });
}); }"""
"""Waits on the event: looking for it again and again would take the time that is measured."""


async def sign_to_verified(folder: Path, *, quick: bool) -> list[Figure]:
    """Measure the time from the click on "sign" to the tick in the other window.

    Both instants are `performance.timeOrigin + performance.now()`: one machine, one clock.
    """
    if CHROMIUM is None:
        return []
    rounds = 10 if quick else 30
    async with AsyncExitStack() as stack:
        playwright = await stack.enter_async_context(browsers())
        async with channel(folder) as made:
            thread = await made.open_thread("eu")
            windows = {
                party: await stack.enter_async_context(window(playwright, made, party, "en"))
                for party in PARTIES
            }
            for each in windows.values():
                await each.enrol()
            await made.caught_up()
            ready = stage.Stage(folder, made.ports, made.officials["eu", "desk", 1], "", [])
            for party in PARTIES:
                stage.write_config(ready.config(party), made, party)
            for each in windows.values():
                await each.page.goto("about:blank")
        for party in PARTIES:
            stack.enter_context(stage.node(ready, party))
        for each in windows.values():
            await each.go(f"/threads/{thread}")
            await each.until("happened.some((e) => e.name === 'stream' && e.state === 'open')")
        times = [
            await _round(windows["eu"], windows["cn"], number) for number in range(-WARM_UP, rounds)
        ][WARM_UP:]
    p95 = quantile(times, 0.95)
    return [
        Figure(
            "sign_to_verified_p95_ms",
            p95,
            "ms",
            f"{rounds} notes, p50 {quantile(times, 0.5):.0f} ms, two nodes and two Chromium "
            f"windows on loopback, fsync, {machine()}",
            f"{LIMIT_MS:.0f} ms",
            p95 / LIMIT_MS,
        )
    ]


async def _round(here: Window, there: Window, number: int) -> float:
    await here.page.fill("[name=text]", f"Note {number + WARM_UP}: five certificates lack a stamp.")
    await here.page.fill("[name=text_tr]", f"第{number + WARM_UP}份来文：五份证明未加盖印章。")
    await here.page.evaluate(f"window.clicked = ({CLICKED})(); undefined")
    await there.page.evaluate(VERIFIED)
    entry_id = await sign(here.page)
    checked, state, ended = await there.page.evaluate("window.verified")
    if (checked, state) != (entry_id, "ok"):
        raise RuntimeError(f"another entry, or not verified: {checked} {state}")
    started = await here.page.evaluate("window.clicked")
    await here.until("!document.querySelector('[name=text]').value")
    return float(ended - started)
