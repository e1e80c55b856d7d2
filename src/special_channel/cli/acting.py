"""Begin and sign acts on people from the command line, with a person's key file.

The same checks and words as on the pages: the node makes both. Does not decide who may sign.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from special_channel.cli.official import Signing, sent_entry, signed_again
from special_channel.cli.output import draft_number
from special_channel.cli.remote import Call
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.desk import payloads
from special_channel.desk.payloads import Fields

ON_PEOPLE: Final = "/api/acts"


async def begin_act(
    signing: Signing, kind: str, fields: Fields, reason: str = ""
) -> dict[str, Any]:
    """Sign an act first and send it; `fields` has its body and `ref`, `reason` stays at home."""
    entry = payloads.signed(await signing.author(), kind, fields)
    return await send_act(signing, entry, reason)


async def send_act(signing: Signing, entry: Submission, reason: str = "") -> dict[str, Any]:
    """Send a signed act; return its state, and its position once it is stored."""
    sent = await post_act(signing, ON_PEOPLE, sent_entry(entry) | {"reason": reason})
    return sent | signing.acted(entry)


async def post_act(signing: Signing, path: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send an act's first signature; return what became of it.

    Raises:
        RuleBroken: `act-waits` with the number of the act that waits.
    """
    try:
        return dict(await signing.node.post(path, body))
    except RuleBroken as error:
        if error.code != "act-waits":
            raise
        # People sign and refuse by number.
        number = draft_number(str(error.facts["id"]))
        raise RuleBroken(error.code, error.detail, act=number) from None


def act_of(items: Iterable[dict[str, Any]], typed: str) -> EntryId:
    """Look up a waiting act by number or id; return the id.

    Raises:
        NotFound: `act-absent`.
        RuleBroken: `draft-ambiguous` if the number is ambiguous.
    """
    matching = [
        str(item["id"]) for item in items if typed in (item["id"], draft_number(item["id"]))
    ]
    if len(matching) > 1:
        raise RuleBroken("draft-ambiguous", "Two drafts have this number.", number=typed)
    if not matching:
        raise NotFound("act-absent", "No act of this id was begun here.", id=typed)
    return matching[0]


async def sign_act(signing: Signing, act: EntryId, path: str = ON_PEOPLE) -> dict[str, Any]:
    """Put a further signature on an act that waits; return what became of it.

    `path`: where acts of its sort are: acts on people, or grants of access.

    Raises:
        NotFound: `act-absent`.
        Malformed: `act-differs` if the node gives out other bytes than those named.
    """
    held = await signing.node.get(f"{path}/{act}")
    envelope = dsse.decode(str(held["envelope"]).encode())
    if envelope.id != act:
        raise Malformed("act-differs", "These are not the bytes of the act.")
    signed = signed_again(envelope, signing.node.key.signer)
    body = {"envelope": signed.encode().decode()}
    return dict(await signing.node.post(f"{path}/{act}", body))


async def close_act(call: Call, act: EntryId, how: str, path: str = ON_PEOPLE) -> None:
    """Refuse an act that waits, or take it back, and print what became of it.

    `how`: `refuse` or `withdraw`; `path` as in `sign_act`.
    """
    show_act(call, dict(await call.node.post(f"{path}/{act}/{how}", {})))


def show_act(call: Call, result: dict[str, Any]) -> None:
    """Print what became of an act: its state in words, and its position once it is stored."""
    if call.out.as_json:
        call.out.document(result)
        return
    shown = {
        name: result[name]
        for name in ("official", "state", "position", "function")
        if name in result
    }
    number = {"act": draft_number(str(result["id"]))}
    call.out.document(call.out.worded(number | shown, state="act-state"))
