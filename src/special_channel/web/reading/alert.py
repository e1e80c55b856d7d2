"""One alert: on which ways it went, what became of it, and whether somebody has the step.

Where a mail's link leads. Opening it says nothing: mail scanners open links, too.
"""

from __future__ import annotations

from special_channel.core.bytes.errors import NotFound
from special_channel.web.pages.alert import AlertPage
from special_channel.web.reading.alerts import lines
from special_channel.web.shell.context import Scene


async def alert(scene: Scene, id_: str) -> AlertPage:
    """Read an alert.

    Raises:
        NotFound: `page-unknown`.
    """
    items = await scene.own.history.get(id_)
    if not items:
        raise NotFound("page-unknown", "There is no such page here.")
    raised = items[0].raised
    told = await scene.own.history.told(raised) if raised else frozenset()
    official = scene.reader.official
    mine = not told or 0 in told or (official is not None and official.id in told)
    waits = bool(raised) and not items[0].acknowledged and mine and scene.writes
    return AlertPage(await lines(scene, items), raised if waits else "")
