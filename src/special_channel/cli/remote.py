"""Common options and connection of commands on a node's API."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import aiohttp

from special_channel.cli import options
from special_channel.cli.client import Node
from special_channel.cli.command import Count, option, stacked
from special_channel.cli.official import Signing, is_looked_at
from special_channel.cli.output import Output
from special_channel.cli.places import Place, place
from special_channel.cli.printing import READER
from special_channel.cli.reasons import Confirm, agreed, fitting
from special_channel.core.bytes.errors import NotAllowed, RuleBroken
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.reasons import GivenReason

_OPTIONS: Final = (
    option(
        "--node",
        "Use this node: eu, cn or a web address; without it, the node of the key's side.",
        "address",
        envvar="SC_NODE",
    ),
    option(
        "--as key_file",
        "Sign with this key file; a bare name such as eu-desk-1 is looked up in var/keys.",
        "file",
        envvar="SC_AS",
    ),
    option(
        "--function",
        "Act in this function, by its number; without it, in the first that allows the act.",
        Count(1),
        envvar="SC_FUNCTION",
    ),
    option(
        "--trust",
        "Check the node's checkpoints by this trust file before they are quoted.",
        "file",
        envvar="SC_TRUST",
    ),
    options.DATA,
    options.JSON,
)


@dataclass(frozen=True, slots=True)
class Call:
    """The output, the node and the official of a command."""

    out: Output
    node: Node
    official: Signing

    def languages(self, typed: str) -> tuple[str, str]:
        """Return the languages of a text and of its translation; by default our side's first."""
        own = typed or ("en" if self.official.party == "eu" else "zh-CN")
        return own, ("zh-CN" if own == "en" else "en")

    async def sign(
        self,
        make: Callable[..., Submission],
        *fields: Any,  # noqa: ANN401 - payloads
        reasons: Sequence[GivenReason] = (),
        **more: Any,  # noqa: ANN401 - JSON
    ) -> None:
        """Make, sign and send an entry; print `more` with the position.

        `reasons`: for findings to confirm, signed for our private log together with the entry.
        """
        entry = make(await self.official.author(), *fields)
        if is_looked_at(entry):
            await self.send(entry, reasons=reasons, **more)
            return
        await self._send_statement(entry, reasons, more)

    async def _send_statement(
        self, entry: Submission, reasons: Sequence[GivenReason], more: Mapping[str, Any]
    ) -> None:
        """Send a statement; if the node asks why, again with the author's reasons.

        Raises:
            RuleBroken: `sense-unconfirmed` for a finding without a reason.
            click.Abort: As `agreed`.
        """
        try:
            await self.send(entry, **more)
        except RuleBroken as error:
            if error.code != "sense-unconfirmed" or not reasons:
                raise
        else:
            return
        # The refusal names the first few: the author sees each one before signing for it.
        given = agreed(await self.official.asked([entry]), reasons)
        await self.send(entry, confirmed=await self.official.signed_reasons(entry, given), **more)

    async def send(
        self,
        *entries: Submission,
        confirmed: Sequence[Submission] = (),
        reasons: Sequence[GivenReason] = (),
        **more: Any,  # noqa: ANN401 - JSON
    ) -> None:
        """Send signed entries in a single request; print positions with the fields of `more`.

        What should be looked at in them is printed first; a refusal prints itself alone.

        If the charter requires a second official, send the entries for release, as the pages do,
        and print the numbers of the drafts. `confirmed`: reasons for findings on a single entry.
        `reasons`: for what is found in texts, files and acts, signed for each entry concerned.
        """
        more |= self.official.acted(entries[0])
        found, asked = await self.official.look(entries)
        signed = [confirmed] if confirmed else await self._reasons(entries, asked, reasons)
        try:
            receipts = await self.official.receipts([*entries, *chain.from_iterable(signed)])
        except NotAllowed as error:
            if error.code != "clearance-missing":
                raise
            for entry, why in zip(entries, signed, strict=True):
                draft = await self.official.lay_before(entry, why)
                self._tell(found)
                self.out.draft(draft, "waiting", **more)
        else:
            self._tell(found)
            for receipt in receipts[: len(entries)]:
                self.out.receipt(receipt, **more)

    async def _reasons(
        self, entries: Sequence[Submission], asked: Confirm, reasons: Sequence[GivenReason]
    ) -> list[Sequence[Submission]]:
        """Sign the reasons for what was found, entry by entry; the author agrees once for all."""
        agreed(asked, reasons)
        of = [[item for item in asked if item["entry"] == n] for n in range(len(entries))]
        return [
            await self.official.signed_reasons(entry, fitting(confirm, reasons))
            for entry, confirm in zip(entries, of, strict=True)
        ]

    def _tell(self, found: list[str]) -> None:
        while found:  # once, however many drafts are laid to release
            self.out.say(found.pop(0))


def remote(work: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a command of a coroutine on a `Call`; add the common options."""

    @functools.wraps(work)
    def run(**values: Any) -> None:  # noqa: ANN401 - click's values
        named = (values.pop(name) for name in ("node", "key_file", "trust", "data"))
        as_json, function = values.pop("as_json"), values.pop("function")
        where = place(*named)
        asyncio.run(_connected(work, where, values, as_json=as_json, function=function))

    return stacked(run, _OPTIONS)


async def _connected(
    work: Callable[..., Awaitable[None]],
    where: Place,
    own: dict[str, Any],
    *,
    as_json: bool,
    function: int | None,
) -> None:
    async with aiohttp.ClientSession() as http:
        node = Node(http, where.url, where.key, READER.get())
        official = Signing(node, where.trust, function)
        await work(Call(Output(as_json, READER.get()), node, official), **own)
