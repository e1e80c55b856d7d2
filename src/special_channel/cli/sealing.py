"""`special-channel seal`: seal a key file with a passphrase, or change its passphrase."""

from __future__ import annotations

from pathlib import Path

from special_channel.cli.command import argument, command, flag, required
from special_channel.cli.local import local
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.passphrases import PASSPHRASE, asking, new_passphrase
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.sealing import seal as sealed


@command()
@argument("file", "Read this key file.", "file")
@required("--out", "Write the new key file here.", "file")
@flag("--plain", "Write it without a passphrase, for a medium that is encrypted itself.")
@PASSPHRASE
@local
def seal(out_: Output, *, file: Path, out: Path, plain: bool, passphrase_file: Path | None) -> None:
    """Seal a key file with a passphrase: write it to a new file.

    The old file stays as it is: delete it once the new one opens, and replace its backups.
    """
    key = KeyFile.read(file, asking())
    box = None
    if not plain:
        passphrase = new_passphrase(passphrase_file, out.name)
        box = sealed(key.seed, key.key, passphrase, MACHINE.draw)
    key.write(out, box)
    out_.document({"key": key.key, "sealed": not plain, "file": str(out)})
