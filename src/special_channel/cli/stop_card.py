"""`special-channel key stop`: for the duty officer who takes a call at night.

Gives a code that is read out to the node, as the page `/stop` does; no key file is needed. The
node's answer does not tell a right code from a wrong one.
"""

from __future__ import annotations

from typing import Any

from special_channel.cli.command import argument, group, option, required
from special_channel.cli.remote import Call, remote

app = group()


@app.command("stop")
@argument("code", "Give the twelve letters of the stop card, with or without blanks.")
@required("--mail", "Give the mail address of the card's owner.")
@option("--since", "Say from when on others may have the keys, as 2026-11-26T17:00:00Z.")
@remote
async def stop(call: Call, code: str, mail: str, since: str | None) -> None:
    """Stop all keys of a person by the code of the person's stop card."""
    body: dict[str, Any] = {"mail": mail, "code": code}
    if since:
        body["since"] = since
    call.out.document(await call.node.open_post("/api/stop", body))
