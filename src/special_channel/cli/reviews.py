"""`special-channel review …`: list, confirm and disown disputed entries.

Does not judge a review: the node does.
"""

from __future__ import annotations

from typing import Any, Final

from special_channel.cli.command import argument, flag, group
from special_channel.cli.remote import Call, remote
from special_channel.cli.tables import Table, label, text, time
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.rules.doubt import Word
from special_channel.desk import review_payloads
from special_channel.messages.catalogue import catalogue

app = group()
_PATH: Final = "/api/reviews"

Table(
    path=_PATH,
    help="List the disputed entries signed with your keys; acts on people come first.",
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


@app.command("confirm")
@_NUMBERS
@_ALL
@remote
async def confirm(call: Call, numbers: tuple[str, ...], *, every: bool) -> None:
    """Confirm disputed entries as your own, without any change.

    One signed entry names up to 200 entries.
    """
    await _review(call, "confirmed", numbers, every=every)


@app.command("disown")
@_NUMBERS
@_ALL
@remote
async def disown(call: Call, numbers: tuple[str, ...], *, every: bool) -> None:
    """Disown disputed entries: state that you did not sign them.

    Disowned entries stay valid: withdraw or correct their content by the ordinary command.
    """
    await _review(call, "disowned", numbers, every=every)


async def _review(call: Call, word: Word, numbers: tuple[str, ...], *, every: bool) -> None:
    """Sign one review of the entries with the given numbers, or of the whole list.

    Raises:
        RuleBroken: `review-undoubted` for a number outside the list, or without numbers.
    """
    found = await call.node.get(_PATH)
    ids: dict[str, str] = {item["position"]: item["entry_id"] for item in _items(found)}
    chosen = list(ids) if every else [*dict.fromkeys(numbers)]
    unknown = next((number for number in chosen if number not in ids), None)
    if every and not chosen:
        call.out.say(catalogue(call.out.lang).gettext("No entry of yours is disputed"))
        return
    if unknown is not None or not chosen:
        raise RuleBroken(
            "review-undoubted", "The entry is not disputed, or not yours.", id=unknown or "–"
        )
    await call.sign(review_payloads.entry_reviewed, word, [ids[number] for number in chosen])


def _items(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - JSON of the node
    items: list[dict[str, Any]] = found["items"]
    return items
