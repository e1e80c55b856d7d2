"""The form of a new thread, on chosen applications of a batch or on the standing batch."""

from __future__ import annotations

from collections.abc import Iterable

import orjson

from special_channel.core.bytes.errors import NotAllowed
from special_channel.web.pages.thread import NewThreadPage
from special_channel.web.reading.batch import find_batch
from special_channel.web.shared.references import batch_ref
from special_channel.web.shared.words import Pair, paired
from special_channel.web.shell.composer import thread_composer
from special_channel.web.shell.context import PageContext

MAX_APPLICATIONS = 400
"""As `core.entries.threads.Opening` allows."""


async def keep_chosen(context: PageContext, number: str, applications: Iterable[object]) -> str:
    """Keep what was chosen on a list; return the address of the form.

    A whole list chosen is longer than an address may be, and the form must survive a reload
    and the switch of its language.

    Raises:
        NotFound: `batch-unknown`.
    """
    row = await find_batch(context, number)
    chosen = [each for each in applications if isinstance(each, str)][:MAX_APPLICATIONS]
    text = orjson.dumps(chosen).decode()
    await context.own.drafts.save(context.reader.key, _place(row.batch), text, context.now)
    return f"/batches/EU-{row.index}/new-thread?chosen=1"


async def kept_chosen(context: PageContext, number: str) -> tuple[str, ...]:
    """Return what was chosen last on a list.

    Raises:
        NotFound: `batch-unknown`.
    """
    row = await find_batch(context, number)
    held = await context.own.drafts.load(context.reader.key, _place(row.batch))
    return tuple(orjson.loads(held.text)) if held else ()


def _place(batch: str) -> str:
    return f"chosen-{batch}"


async def new_thread(
    context: PageContext, number: str, applications: tuple[str, ...]
) -> NewThreadPage:
    """Read the form's page; `number` is the batch's, empty for the standing batch.

    Raises:
        NotFound: `batch-unknown`.
        NotAllowed: `role-access`; `charter-absent` before the first charter.
    """
    row = await find_batch(context, number) if number else None
    chosen = tuple(dict.fromkeys(applications))[:MAX_APPLICATIONS]
    composer = await thread_composer(context, row.batch if row else "standing", chosen)
    if composer is None:
        if not context.writes:
            raise NotAllowed("role-access", "This is not open to the role of this key.")
        raise NotAllowed("charter-absent", "No charter is in force yet.")
    if row is None:
        return NewThreadPage(composer, None, _standing(context))
    counts = await context.own.views.counts([row.batch], context.party)
    return NewThreadPage(composer, batch_ref(row, counts.get(row.batch, {})))


def _standing(context: PageContext) -> Pair | None:
    charter = context.document
    return paired(context.party, charter.standing_en, charter.standing_zh) if charter else None
