"""Make README's pictures: inbox, thread with a verified answer, verdicts of `verify`.

Run from the root of the project: `.venv/bin/python -m scripts.make_pictures`; needs Chromium.
Starts a demonstration of its own in a folder that is removed afterwards, enrols one official of
the EU side in a browser, and looks at the sample. Dates are those of today, so pictures differ
each time.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path
from typing import Final

from playwright.async_api import BrowserContext, Page, ViewportSize, async_playwright

from scripts.post_one_note import start, wait_until_ready
from tests.browsers import ABSENT, CHROMIUM

FOLDER: Final = Path("docs/pictures")
SAMPLE: Final = Path("docs/sample")
INBOX, THREAD, VERIFY = PICTURES = ("inbox.png", "thread.png", "verify.png")

OFFICIAL: Final = "eu-desk-1"
SIZE: Final[ViewportSize] = {"width": 1120, "height": 700}
PATIENCE_MS: Final = 60_000

CHECKED: Final = "() => !document.querySelector('[data-entry-id]:not([data-proof])')"
ALL_GOOD: Final = (
    "() => [...document.querySelectorAll('[data-proof]')].every((e) => e.dataset.proof === 'ok')"
)

TERMINAL: Final = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #16191d; }}
pre {{ margin: 0; padding: 20px 24px; color: #e4e7ea; white-space: pre-wrap;
  font: 14px/1.5 "DejaVu Sans Mono", "Liberation Mono", monospace; }}
b {{ color: #8ec5ff; font-weight: 400; }}
</style><pre>{text}</pre>"""

GOOD: Final = "special-channel verify docs/sample/thread.zip --trust docs/sample/trust.json"
ALTER: Final = "sed 's/is accepted/is rejected/' docs/sample/thread.zip > altered.zip"
BAD: Final = "special-channel verify altered.zip --trust docs/sample/trust.json"


def main() -> None:
    """Make all pictures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--out", type=Path, default=FOLDER)
    out = options.parse_args().out
    if CHROMIUM is None:
        raise SystemExit(ABSENT)
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pictures-") as folder:
        data = Path(folder)
        demo, ports = start(data, "--yes")
        try:
            wait_until_ready(demo)
            asyncio.run(_pictures(data, ports[0], out))
        finally:
            demo.send_signal(signal.SIGINT)
            demo.communicate(timeout=60)
    for name in PICTURES:
        print(f"{out / name}: {(out / name).stat().st_size} bytes")


async def _pictures(data: Path, port: int, out: Path) -> None:
    code = json.loads((data / "codes.json").read_bytes())[OFFICIAL]["code"]
    positions = json.loads((data / "demo.json").read_bytes())["positions"]
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            str(data / "profile"), executable_path=CHROMIUM, headless=True,
            args=["--no-sandbox"], locale="en", viewport=SIZE, device_scale_factor=1.5,
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(PATIENCE_MS)
        page = context.pages[0]
        await _enrol(page, f"http://localhost:{port}", code)
        await page.screenshot(path=out / INBOX)
        await page.goto(f"http://localhost:{port}/threads/{positions['stamp']}")
        await _until(page, CHECKED)
        if not await page.evaluate(ALL_GOOD):
            raise SystemExit("An entry of the thread was not verified.")
        # The answer, whole, with the mark of its signature.
        answer = page.locator(f'[data-timeline] [data-position="{positions["stamp-2"]}"]')
        await answer.evaluate("(entry) => scrollTo(0, entry.getBoundingClientRect().top - 100)")
        await page.screenshot(path=out / THREAD)
        await _verdict(context, data, out / VERIFY)
        await context.close()


async def _enrol(page: Page, node: str, code: str) -> None:
    await page.goto(f"{node}/enrol")
    await page.fill("[name=code]", code)
    await page.click("#enrol-code button")
    await page.click("[data-step=check]:not([hidden]) [data-act=make]")
    await page.wait_for_url("**/inbox", wait_until="networkidle")


async def _until(page: Page, condition: str) -> None:
    # The pages' policy forbids `eval`, which Playwright's own way of waiting needs.
    look = f"const look = () => ({condition})() ? done() : setTimeout(look, 20);"
    async with asyncio.timeout(PATIENCE_MS / 1000):
        await page.evaluate(f"() => new Promise((done) => {{ {look} look(); }})")


async def _verdict(context: BrowserContext, data: Path, out: Path) -> None:
    altered = data / "altered.zip"
    bundle = (SAMPLE / "thread.zip").read_bytes()
    altered.write_bytes(bundle.replace(b"is accepted", b"is rejected"))
    lines = [_typed(GOOD), _verified(SAMPLE / "thread.zip"), "", _typed(ALTER), _typed(BAD),
             _verified(altered)]  # fmt: skip
    page = await context.new_page()
    await page.set_content(TERMINAL.format(text="\n".join(lines)))
    await page.locator("pre").screenshot(path=out)


def _typed(command: str) -> str:
    return f"<b>$ {escape(command)}</b>"


def _verified(bundle: Path) -> str:
    command = [sys.executable, "-m", "special_channel", "--lang", "en", "verify", str(bundle)]
    done = subprocess.run(
        [*command, "--trust", str(SAMPLE / "trust.json")],
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    return escape(done.stdout.rstrip())


if __name__ == "__main__":
    main()
