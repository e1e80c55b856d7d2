"""The system's Chromium, for every test that needs a real browser: program, switches, launch."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import pytest
from playwright.async_api import Browser, async_playwright

from tests.sweeps import ALL

# The shell has the same engine and starts in a third of the time; the long gate takes the browser
# that officials have.
NAMES: Final = ("chromium-headless-shell", "chromium", "chromium-browser")
CHROMIUM: Final = next(filter(None, map(shutil.which, NAMES[1:] if ALL else NAMES)), None)
WHOLE: Final = next(filter(None, map(shutil.which, NAMES[1:])), None)
"""Chromium itself: the shell shows no notices of a page."""
ABSENT: Final = "no Chromium on this system (Debian: apt-get install chromium)"
ARGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

NO_ED25519: Final = """
for (const name of ['generateKey', 'importKey']) {
  const real = crypto.subtle[name].bind(crypto.subtle);
  crypto.subtle[name] = (...args) => {
    if (args.some((a) => a && (a === 'Ed25519' || a.name === 'Ed25519'))) {
      return Promise.reject(new DOMException('Unrecognized name.', 'NotSupportedError'));
    }
    return real(...args);
  };
}
"""
"""A script that makes a browser one of before Chromium 137."""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Chromium without a window while the block lasts; skip the test where there is none."""
    if CHROMIUM is None:
        pytest.skip(ABSENT)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGS))
        try:
            yield browser
        finally:
            await browser.close()
