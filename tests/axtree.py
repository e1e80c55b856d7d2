"""A page as assistive technology has it: roles, names and states, and a keyboard to act with.

Finds nothing by selectors or by the document's text: the browser's accessibility tree is the only
way. Waits on the tree, frame by frame, never on time.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import CDPSession, Error, Page

PATIENCE: Final = 60.0
"""Seconds after which something that should have happened counts as not happening."""

MOST_STROKES: Final = 120
"""Key strokes from one control of a page to another."""

_SILENT: Final = frozenset({"InlineTextBox", "LineBreak", "ListMarker"})
_FRAME: Final = "() => new Promise((done) => requestAnimationFrame(() => done()))"


@dataclass(frozen=True, slots=True)
class Node:
    """A node of the tree that is not ignored.

    Attributes:
        name: Accessible name, spaces as one.
        states: Properties by name, such as `focused`, `disabled`, `checked`, `level`, `live`.
        inside: Nodes within, in the order of reading.
    """

    role: str
    name: str
    description: str
    value: str
    states: Mapping[str, Any]
    inside: tuple[Node, ...]

    def within(self) -> Iterator[Node]:
        """Walk through all nodes within, in the order of reading."""
        for each in self.inside:
            yield each
            yield from each.within()

    def all(self, role: str, name: str | re.Pattern[str] | None = None) -> list[Node]:
        """Return nodes within by role and name; a pattern matches anywhere in the name."""
        return [each for each in self.within() if each.role == role and each.is_named(name)]

    def one(self, role: str, name: str | re.Pattern[str] | None = None) -> Node:
        """Return the only node of a role and name."""
        [found] = self.all(role, name)
        return found

    def is_named(self, name: str | re.Pattern[str] | None) -> bool:
        """Tell whether the node has a name; None: any, or none."""
        if isinstance(name, re.Pattern):
            return bool(name.search(self.name))
        return name is None or self.name == name

    @property
    def text(self) -> str:
        """What is read out of the content."""
        parts = (each.name for each in self.within() if each.role == "StaticText")
        return " ".join(" ".join(parts).split())

    def __str__(self) -> str:
        return f"{self.role} {self.name[:60]!r}"


async def read(session: CDPSession) -> Node:
    """Read the tree of a session's page."""
    return tree_of((await session.send("Accessibility.getFullAXTree"))["nodes"])


def tree_of(nodes: Sequence[Mapping[str, Any]]) -> Node:
    """Make a tree of the browser's flat list; what is ignored gives way to what it contains."""
    by_id = {each["nodeId"]: each for each in nodes}

    def made(node: Mapping[str, Any]) -> Node:
        inside = tuple(
            found
            for child in node.get("childIds", ())
            if child in by_id
            for found in taken(by_id[child])
        )
        states = {each["name"]: each["value"].get("value") for each in node.get("properties", ())}
        return Node(
            role=node.get("role", {}).get("value", ""),
            name=_text(node, "name"),
            description=_text(node, "description"),
            value=_text(node, "value"),
            states=states,
            inside=inside,
        )

    def taken(node: Mapping[str, Any]) -> tuple[Node, ...]:
        if node.get("role", {}).get("value") in _SILENT:
            return ()
        whole = made(node)
        return whole.inside if node["ignored"] else (whole,)

    return made(nodes[0])


def _text(node: Mapping[str, Any], field: str) -> str:
    return " ".join(str(node.get(field, {}).get("value", "")).split())


class Reader:
    """A person who hears pages and has a keyboard.

    Attributes:
        strokes: Keys pressed so far, without typed text.
        heard: What live regions said, each once, in its order.
        nameless: Controls without a name on which the focus was.
    """

    def __init__(self, page: Page) -> None:
        self._page = page
        self._session: CDPSession | None = None
        self.strokes = 0
        self.heard: list[str] = []
        self.nameless: list[str] = []

    async def tree(self) -> Node:
        """Read the tree of the page that is open."""
        if self._session is None:
            self._session = await self._page.context.new_cdp_session(self._page)
        root = await read(self._session)
        self._listen(root)
        return root

    def _listen(self, root: Node) -> None:
        for each in root.within():
            if each.role in {"status", "alert"} or each.states.get("live") in {
                "polite",
                "assertive",
            }:
                said = each.text
                if said and said not in self.heard:
                    self.heard.append(said)

    async def finds(
        self,
        role: str,
        name: str | re.Pattern[str] | None = None,
        *,
        within: tuple[str, str | re.Pattern[str] | None] | None = None,
        **states: Any,
    ) -> Node:
        """Wait until the page has a node of this role, name and states.

        `within`: role and name of a node around it. A state given as None must be absent or false.
        """
        last: Node | None = None
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while True:
                    with suppress(Error):  # a page on its way to the next has no tree
                        # Nobody acts on a page that is not drawn yet.
                        await self._page.evaluate(_FRAME)
                        last = await self.tree()
                        for each in _matching(last, role, name, within, states):
                            return each
        near = [f"{each} {dict(each.states)}" for each in last.all(role)] if last else []
        raise AssertionError(f"no {role} {name!r} {states}: {near}; heard {self.heard[-3:]}")

    async def hears(self, words: str | re.Pattern[str]) -> None:
        """Wait until a live region says something."""
        pattern = words if isinstance(words, re.Pattern) else re.compile(re.escape(words))
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while not any(map(pattern.search, self.heard)):
                    with suppress(Error):
                        await self.tree()
                        await self._page.evaluate(_FRAME)
                return
        raise AssertionError(f"never heard {words!r}: {self.heard}")

    async def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.strokes += 1
            await self._page.keyboard.press(key)

    async def types(self, text: str) -> None:
        """Type into what has the focus."""
        await self._page.keyboard.insert_text(text)

    async def focused(self) -> Node | None:
        """Return what has the focus; None on the page as a whole."""
        nodes = [each for each in (await self.tree()).within() if each.states.get("focused")]
        return nodes[-1] if nodes else None

    async def reaches(
        self,
        role: str,
        name: str | re.Pattern[str] | None = None,
        *,
        key: str = "Tab",
        within: tuple[str, str | re.Pattern[str] | None] | None = None,
        **states: Any,
    ) -> Node:
        """Bring the focus to a node by one key, such as Tab, pressed as often as it needs."""
        await self.finds(role, name, within=within, **states)
        passed: list[str] = []
        for _ in range(MOST_STROKES):
            await self.press(key)
            root = await self.tree()
            found = _matching(root, role, name, within, {"focused": True})
            if found:
                return found[0]
            focus = [each for each in root.within() if each.states.get("focused")]
            passed += map(str, focus[-1:])
            self.nameless += [str(each) for each in focus[-1:] if not each.name]
        raise AssertionError(f"{role} {name!r} never had the focus; passed {passed}")

    async def activates(
        self,
        role: str,
        name: str | re.Pattern[str] | None = None,
        *,
        within: tuple[str, str | re.Pattern[str] | None] | None = None,
    ) -> None:
        """Reach a link or button that is not disabled, and press Enter."""
        await self.reaches(role, name, within=within, disabled=None)
        await self.press("Enter")

    async def arrives(self, heading: str | re.Pattern[str]) -> Node:
        """Wait for a page by its first heading."""
        return await self.finds("heading", heading, level=1)


def _matching(
    root: Node,
    role: str,
    name: str | re.Pattern[str] | None,
    within: tuple[str, str | re.Pattern[str] | None] | None,
    states: Mapping[str, Any],
) -> list[Node]:
    around = root.all(*within) if within else [root]
    return [
        each
        for part in around
        for each in part.all(role, name)
        if all((each.states.get(key) or None) == value for key, value in states.items())
    ]
