"""`special-channel verify`: check a bundle offline.

`verify` opens no connection and reads two files; its exit codes are its own.
"""

from __future__ import annotations

import sys
from pathlib import Path

from click.exceptions import Exit

from special_channel.cli import options
from special_channel.cli.command import argument, command, option, repeated, required
from special_channel.cli.cores import checks_on, usable_cores
from special_channel.cli.files import read_file
from special_channel.cli.printing import READER, print_error, print_line
from special_channel.core.bytes.errors import ChannelError
from special_channel.export import report as reports
from special_channel.export.verify import is_proven
from special_channel.export.verify import verify as verify_bundle
from special_channel.messages.catalogue import catalogue

UNREADABLE = 3
"""Exit code for an unreadable bundle or trust file (docs/formats/bundle.md, "Findings")."""


@command()
@argument("bundle", "Check this bundle: a ZIP, or its unpacked folder.", "file")
@required("--trust", "Trust the keys of your own trust.json, not of one from the bundle.", "file")
@repeated(
    "--held", "Compare with checkpoints or receipts obtained elsewhere; repeat it for more.", "file"
)
@option(
    "--derive",
    "Write fresh README, view and tables, from proven entries, to a new folder.",
    "folder",
)
@options.JSON
def verify(
    *, bundle: Path, trust: Path, held: tuple[Path, ...], derive: Path | None, as_json: bool
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
                held=[read_file(each) for each in held],
                derive=derive,
                begin=begin,
            )
    except ChannelError as error:
        print_error(error, lang)
        raise Exit(UNREADABLE) from None
    if as_json:
        sys.stdout.buffer.write(report.encode() + b"\n")
        sys.stdout.buffer.flush()
    else:
        for line in reports.lines(report, lang):
            print_line(line)
        if derive is not None:
            msgid = "verify.derived" if is_proven(report) else "verify.not-derived"
            print_line(catalogue(lang).gettext(msgid, folder=str(derive)))
    raise Exit(report.exit_code)
