"""`special-channel start-alone`: let a restored node sign without its peer.

Does not compare anything: the node does, and takes the request if it waits.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Final

import typer

from special_channel.cli.party import ConfigOption
from special_channel.cli.printing import READER, Output
from special_channel.cli.remote import JsonOption
from special_channel.config import load
from special_channel.messages.catalogue import commands
from special_channel.wiring.guards import ask_to_start_alone

STATES: Final = {
    "signs": "The node signs from now on.",
    "not-needed": "Not needed: no node waits for the other side.",
    "left": "No node runs here: it takes this when it starts, if it waits then.",
}
"""What became of a request to start alone."""


def start_alone(
    *,
    config: ConfigOption,
    by: Annotated[str, typer.Option(help="Your name.")],
    reason: Annotated[str, typer.Option(help="Why the other side's node is not waited for.")],
    as_json: JsonOption = False,
) -> None:
    """Let this node sign though the other side's copy of our log was not seen since a restore.

    On the node's own machine alone. If the other side holds more of our log, it can never be
    delivered what is signed from now on. Name and reason stand in the private log.
    """
    state = asyncio.run(ask_to_start_alone(load(config), by, reason))
    shown = state if as_json else commands(READER.get()).gettext(STATES[state])
    Output(as_json, READER.get()).document({"start_alone": shown})
