"""Commands that speak to a node: the options they all take, and the connection.

Does not know what a command does: it adds `--node`, `--as` and `--json` and hands the command
an official at a node.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec

import aiohttp
import typer

from special_channel.cli.client import Node
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing
from special_channel.cli.places import place
from special_channel.cli.printing import READER, Output
from special_channel.core.bytes.errors import NotAllowed
from special_channel.core.rows.submission import Submission

DataOption = Annotated[
    Path,
    typer.Option(
        "--data", envvar="SPECIAL_CHANNEL_VAR", help="Data folder of the demonstration (./run)."
    ),
]
NodeOption = Annotated[
    str,
    typer.Option(
        "--node",
        envvar="SC_NODE",
        help="eu, cn, or a node's web address; without it, the node of the key's side.",
    ),
]
KeyOption = Annotated[
    Path | None,
    typer.Option(
        "--as",
        envvar="SC_AS",
        help="Key file that signs; a bare name such as eu-desk-1 is looked up in var/keys.",
    ),
]
TrustOption = Annotated[
    Path | None,
    typer.Option(
        "--trust",
        envvar="SC_TRUST",
        help="Trust file against which the node's checkpoints are checked before they are named.",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", help="Print JSON: one document, or one object per line.")
]

_P = ParamSpec("_P")


@dataclass(frozen=True, slots=True)
class Call:
    """What a command works with."""

    out: Output
    node: Node
    official: Signing

    async def send(self, *entries: Submission, **more: Any) -> None:  # noqa: ANN401 - JSON
        """Send signed entries as one request and print where each stands, with `more` beside it.

        Where the charter asks for a second official they are sent for release, as the pages do:
        their drafts are named, and that they wait.
        """
        try:
            receipts = await self.official.receipts(entries)
        except NotAllowed as error:
            if error.code != "clearance-missing":
                raise
            for entry in entries:
                told = {"draft": await self.official.lay_before(entry), "state": "waiting"}
                self.out.document(self.out.worded(told, state="draft-state") | more)
        else:
            for receipt in receipts:
                self.out.receipt(receipt, **more)


def remote(
    work: Callable[Concatenate[Call, _P], Awaitable[None]],
) -> Callable[..., None]:
    """Make a command of a coroutine: connect, run, disconnect."""
    options = inspect.Signature(
        [
            _option("node", NodeOption, ""),
            _option("as_", KeyOption, None),
            _option("trust", TrustOption, None),
            _option("data", DataOption, Path("var")),
            _option("as_json", JsonOption, default=False),
        ]
    )

    @functools.wraps(work)
    def command(*args: _P.args, **kwargs: _P.kwargs) -> None:
        given = {name: kwargs.pop(name) for name in options.parameters}
        asyncio.run(_connected(work, given, args, kwargs))

    own = list(inspect.signature(work, eval_str=True).parameters.values())[1:]
    keyword = [each.replace(kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    command.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [*keyword, *options.parameters.values()]
    )
    return command


async def _connected(
    work: Callable[..., Awaitable[None]],
    given: dict[str, object],
    args: tuple[object, ...],
    kwargs: dict[str, object],
) -> None:
    lang = READER.get()
    node, key, trust, data = given["node"], given["as_"], given["trust"], given["data"]
    found = place(
        str(node),
        key if isinstance(key, Path) else None,
        trust if isinstance(trust, Path) else None,
        data if isinstance(data, Path) else Path("var"),
    )
    async with aiohttp.ClientSession() as http:
        spoken_to = Node(http, found.url, found.key, lang)
        call = Call(
            Output(bool(given["as_json"]), lang),
            spoken_to,
            Signing(spoken_to, MACHINE, found.trust),
        )
        await work(call, *args, **kwargs)


def _option(name: str, annotation: object, default: object) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )
