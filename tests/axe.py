"""Run axe on a page in a real Chromium; contrast takes most of the time and may be left out."""

from __future__ import annotations

from typing import Any, Final

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page

# Off by default in axe: `target-size` (WCAG 2.2 AA, 2.5.8) and, as experimental, the rule of 2.5.3.
_ALSO: Final = {name: {"enabled": True} for name in ("target-size", "label-content-name-mismatch")}
EVERYTHING: Final[dict[str, Any]] = {"rules": _ALSO}
"""All rules of WCAG 2.0 to 2.2, A and AA, and best practice."""

STRUCTURE: Final[dict[str, Any]] = {
    "rules": _ALSO | {name: {"enabled": False} for name in ("color-contrast", "link-in-text-block")}
}
"""All but the two rules whose verdict a colour scheme may change."""

_FOUND = """async (options) => {
  const { violations } = await axe.run(document, { resultTypes: ['violations'], ...options });
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 160)}`);
}"""


async def faults(page: Page, rules: dict[str, Any] = EVERYTHING) -> list[str]:
    """Return each broken rule with the first element that breaks it."""
    if not await page.evaluate("'axe' in window"):
        await page.evaluate(Axe().axe_script)
    found: list[str] = await page.evaluate(_FOUND, rules)
    return found
