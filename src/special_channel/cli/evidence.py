"""`special-channel export` and `verify`: get a bundle, check one offline.

`verify` opens no connection and reads two files; its exit codes are its own.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from special_channel.cli.cores import checks_on, usable_cores
from special_channel.cli.printing import READER, print_error, print_error_line, print_line
from special_channel.cli.remote import Call, JsonOption, remote
from special_channel.cli.typed import read_file, writing_whole
from special_channel.core.bytes.errors import ChannelError, Malformed
from special_channel.export import report as reports
from special_channel.export.verify import is_proven
from special_channel.export.verify import verify as verify_bundle
from special_channel.messages.catalogue import Lang, catalogue

UNREADABLE = 3
"""Exit code for a bundle or trust file that can't be read (docs/formats/bundle.md, "Findings")."""


@remote
async def export(
    call: Call,
    *,
    thread: Annotated[str, typer.Option(help="A thread's number, such as EU-142.")] = "",
    batch: Annotated[str, typer.Option(help="A batch's number, such as EU-12.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="The whole record.")] = False,
    out: Annotated[Path, typer.Option(help="The bundle to write.")],
) -> None:
    """Export a thread, a batch or all, with proofs, for an overseer to check alone."""
    wanted = [each for each in (thread, batch, "all" if everything else "") if each]
    if len(wanted) != 1:
        raise Malformed("export-scope", "Name one thread, one batch, or --all.")
    with writing_whole(out) as target:
        damaged = await call.node.download("/api/export", {"scope": wanted[0]}, target)
        length = target.tell()
    made = {"file": str(out), "bytes": length, "scope": wanted[0]}
    call.out.document(made | ({"damaged": damaged} if damaged else {}))
    if damaged:
        print_error_line(left_out(damaged, call.out.lang))


def left_out(damaged: Sequence[str], lang: Lang) -> str:
    """Say which entries are damaged and not in the bundle, and what a verifier will make of it."""
    places = (", " if lang == "en" else "、").join(damaged)
    return catalogue(lang).gettext("export.damaged", places=places)


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle: a ZIP, or its unpacked folder.")],
    *,
    trust: Annotated[Path, typer.Option(help="Your own trust.json, not one from the bundle.")],
    held: Annotated[
        list[Path] | None,
        typer.Option(help="Checkpoints or receipts that you have from elsewhere; repeat it."),
    ] = None,
    derive: Annotated[
        Path | None,
        typer.Option(help="A new folder for fresh README, view and tables, from proven entries."),
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Check a bundle offline and name every finding.

    Exit codes: 0 authentic, 1 not proven, 2 contradicted, 3 unreadable.
    """
    lang = READER.get()
    try:
        with checks_on(usable_cores()) as begin:
            report = verify_bundle(
                bundle,
                read_file(trust),
                held=[read_file(each) for each in held or ()],
                derive=derive,
                begin=begin,
            )
    except ChannelError as error:
        print_error(error, lang)
        raise typer.Exit(UNREADABLE) from None
    if as_json:
        sys.stdout.buffer.write(report.encode() + b"\n")
        sys.stdout.buffer.flush()
    else:
        for line in reports.lines(report, lang):
            print_line(line)
        if derive is not None:
            msgid = "verify.derived" if is_proven(report) else "verify.not-derived"
            print_line(catalogue(lang).gettext(msgid, folder=str(derive)))
    raise typer.Exit(report.exit_code)
