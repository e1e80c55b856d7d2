"""The form of a new thread, on chosen applications of a batch or on the standing batch."""

from __future__ import annotations

from special_channel.core.errors import NotAllowed
from special_channel.web.pages.frame import Pair
from special_channel.web.pages.thread import NewThreadPage
from special_channel.web.reading.batch import find_batch
from special_channel.web.reading.composer import thread_composer
from special_channel.web.reading.people import paired
from special_channel.web.reading.rows import batch_ref
from special_channel.web.reading.scene import Scene

MAX_APPLICATIONS = 400
"""As `core.entries.threads.Opening` allows."""


async def new_thread(scene: Scene, number: str, applications: tuple[str, ...]) -> NewThreadPage:
    """Read the form's page; `number` is the batch's, empty for the standing batch.

    Raises:
        NotFound: `batch-unknown`.
        NotAllowed: `role`; `charter-absent` before the first charter.
    """
    row = await find_batch(scene, number) if number else None
    chosen = tuple(dict.fromkeys(applications))[:MAX_APPLICATIONS]
    composer = await thread_composer(scene, row.batch if row else "standing", chosen)
    if composer is None:
        if not scene.writes:
            raise NotAllowed("role", "The role of this key does not allow that.", kind="thread")
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    if row is None:
        charter = scene.document
        standing = (
            paired(scene.party, charter.standing_en, charter.standing_zh) if charter else None
        )
        return NewThreadPage(composer, None, standing)
    counts = await scene.own.views.counts([row.batch], scene.party)
    return NewThreadPage(composer, batch_ref(row, counts.get(row.batch, {})))


def _standing(scene: Scene) -> Pair | None:
    charter = scene.document
    return paired(scene.party, charter.standing_en, charter.standing_zh) if charter else None
