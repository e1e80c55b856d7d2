"""`special-channel review …`: list, confirm and disown disputed entries.

Does not judge a review: the node does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from special_channel.cli.acting import begin_act, show_act
from special_channel.cli.command import Choice, argument, flag, group, option
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, label, text, time
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rules.doubt import Word
from special_channel.desk import review_payloads
from special_channel.desk.payloads import Fields
from special_channel.messages.catalogue import catalogue

app = group()
_PATH: Final = "/api/reviews"

Table(
    path=_PATH,
    help="List the disputed entries signed with your keys.",
    filters=(
        option(
            "--scope",
            "List your own, or all of our side.",
            Choice("mine", "all"),
            default="mine",
        ),
        option("--text", "List only entries with this in their number, or in the words of a kind."),
        option(
            "--what", "List only acts on people and keys, or the rest.", Choice("people", "rest")
        ),
        option(
            "--sort",
            "List acts on people first, or the oldest or the newest entry first.",
            Choice("people", "oldest", "newest"),
        ),
    ),
    columns=(
        text("position"),
        time("accepted"),
        label("kind", "kind"),
        text("thread"),
        text("since", "doubt.since"),
        label("outcome", "came"),
    ),
).add_to(app, "list")

_NUMBERS: Final = argument(
    "numbers", "Give the entries' numbers, such as EU-812.", "number", nargs=-1
)
_ALL: Final = flag("--all every", "Review all entries that special-channel review list shows.")
_FOR_OTHERS: Final = flag(
    "--for-others",
    "Sign as the first of two leaders, for machines and people out of reach; act sign follows.",
)


@app.command("confirm")
@_NUMBERS
@_ALL
@_FOR_OTHERS
@remote
async def confirm(call: Call, numbers: tuple[str, ...], *, every: bool, for_others: bool) -> None:
    """Confirm disputed entries as your own, without any change.

    One signed entry names up to 200 entries.
    """
    entries = await _chosen(call, numbers, every=every, for_others=for_others)
    await _review(call, "confirmed", entries, first=for_others)


@app.command("disown")
@_NUMBERS
@_ALL
@_FOR_OTHERS
@remote
async def disown(call: Call, numbers: tuple[str, ...], *, every: bool, for_others: bool) -> None:
    """Disown disputed entries: state that you did not sign them.

    Disowned entries stay valid: withdraw or correct their content by the ordinary command.
    """
    entries = await _chosen(call, numbers, every=every, for_others=for_others)
    await _review(call, "disowned", entries, first=for_others)


async def _review(
    call: Call, word: Word, entries: Sequence[EntryId] | None, *, first: bool
) -> None:
    """Sign one review of entries; `first`: as the first of two leaders. None: nothing to do."""
    if entries is None:
        return
    if not first:
        await call.sign(review_payloads.entry_reviewed, word, entries)
        return
    body: Fields = {"word": word, "entries": [*entries]}
    show_act(call, await begin_act(call.official, "entry.reviewed", {"body": body}))


async def _chosen(
    call: Call, numbers: tuple[str, ...], *, every: bool, for_others: bool
) -> Sequence[EntryId] | None:
    """Return the entries with the given numbers, or of the whole list; None if that is empty.

    Raises:
        RuleBroken: `review-undoubted` for a number outside the list, or without numbers.
    """
    found = await call.node.get(f"{_PATH}?scope=all" if for_others else _PATH)
    ids: dict[str, EntryId] = {
        item["position"]: item["entry_id"] for item in _items(found) if item["may"]
    }
    chosen = list(ids) if every else [*dict.fromkeys(numbers)]
    unknown = next((number for number in chosen if number not in ids), None)
    if every and not chosen:
        said = "No entry of our side is disputed" if for_others else "No entry of yours is disputed"
        call.out.say(catalogue(call.out.lang).gettext(said))
        return None
    if unknown is not None or not chosen:
        raise RuleBroken(
            "review-undoubted", "The entry is not disputed, or not yours.", id=unknown or "–"
        )
    return [ids[number] for number in chosen]


def _items(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON of the node
    items: list[dict[str, Any]] = found["items"]
    return items
