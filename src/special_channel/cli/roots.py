"""`special-channel root make`, `sign`, `combine`, `check`: the root's ceremonies, offline.

Does not open connections or databases: commands in `root_acts.py` do.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from importlib.resources import files
from pathlib import Path

from special_channel.cli.command import (
    Choice,
    Count,
    Lazy,
    LazyGroup,
    argument,
    command,
    flag,
    option,
    required,
)
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.local import local
from special_channel.cli.machine import MACHINE
from special_channel.cli.output import Output
from special_channel.cli.passphrases import PASSPHRASE, asking, new_passphrase
from special_channel.cli.usage import confirm
from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.directory import commitment, decoded_key
from special_channel.desk import root_files, root_words
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.root_files import CommitmentsFile, MadeSet, Request
from special_channel.desk.sealing import seal
from special_channel.messages.catalogue import LANGS, catalogue

app = LazyGroup(
    lazy={
        name: Lazy(*fields)
        for name, fields in tomllib.loads(
            files(__package__).joinpath("root_commands.toml").read_text(encoding="utf-8")
        ).items()
    },
    no_args_is_help=True,
)
"""Commands of the root. Offline commands import neither a network nor a database."""


@command()
@required("--party", "Name the side.", Choice(*PARTIES))
@required("--parts", "Make this many parts.", Count(1, 9))
@required("--threshold", "Let this many parts sign together.", Count(1, 9))
@required("--out", "Write the files to this folder.", "folder")
@flag("--plain", "Write the parts without a passphrase, for a medium that is encrypted itself.")
@PASSPHRASE
@local
def make(  # noqa: PLR0913 - options
    out_: Output,
    *,
    party: Party,
    parts: int,
    threshold: int,
    out: Path,
    plain: bool,
    passphrase_file: Path | None,
) -> None:
    """Make the parts of a root set, each in its own file, sealed with its holder's passphrase.

    Run it on a machine without a network. Give each part to another person and safe. The file
    ending in -set.json is public; -commitments.json is what the set before states about this one.
    """
    made = root_files.make_set(party, [MACHINE.draw(32) for _ in range(parts)], threshold)
    names = [f"{made.stem}-{number}.json" for number in range(1, parts + 1)]
    # All passphrases first: an interrupted ceremony leaves no part behind.
    phrases = [None if plain else new_passphrase(passphrase_file, name) for name in names]
    out.mkdir(parents=True, exist_ok=True)
    for name, part, phrase in zip(names, made.parts, phrases, strict=True):
        box = None if phrase is None else seal(part.seed, part.key, phrase, MACHINE.draw)
        part.write(out / name, box)
    for ending, document in _public_files(made):
        write_whole(out / f"{made.stem}-{ending}.json", root_files.encoded(document))
    out_.document(
        {
            "party": party,
            "fingerprint": made.public.pin(),
            "parts": len(made.parts),
            "threshold": threshold,
            "files": [*names, *(f"{made.stem}-{ending}.json" for ending, _ in _public_files(made))],
        }
    )


def _public_files(made: MadeSet) -> Iterable[tuple[str, object]]:
    yield "set", made.public.model_dump(mode="json")
    yield "commitments", CommitmentsFile.of(made.public).model_dump(mode="json")


@command()
@argument("request", "Sign this request.", "file")
@required(
    "--part", "Sign with this file: a part of the root, or the new key of an enrolment.", "file"
)
@option("--out", "Write the signature to this file; without it, next to the request.", "file")
@flag("--yes", "Do not ask after showing the act.")
@PASSPHRASE
@local
def sign(
    out_: Output,
    *,
    request: Path,
    part: Path,
    out: Path | None,
    yes: bool,
    passphrase_file: Path | None,
) -> None:
    """Show an act in both languages, made from its bytes, and sign it; without a network.

    Compare the first and last eight letters of the digest with the other holders.
    """
    made = read_request(request)
    show(out_, made)
    if not yes:
        confirm("Sign this act?")
    key = KeyFile.read(part, asking(passphrase_file))
    signed = root_files.sign_request(made, key)
    target = out or request.with_name(f"{request.stem}-{key.key.partition(':')[2][:8]}.json")
    write_whole(target, signed)
    out_.document({"signed_by": key.key, "file": str(target)})


def read_request(file: Path) -> Request:
    """Read a request and compare its words with the words made from its bytes.

    Raises:
        Malformed: `root-words-differ`.
    """
    made = root_files.parse_request(read_file(file))
    if made.words != root_words.both(made):
        raise Malformed("root-words-differ", "The words are not those of the bytes.")
    return made


def show(out: Output, made: Request, **more: str) -> None:
    """Print a request in both languages; as JSON its kind and id."""
    if out.as_json:
        out.document({"kind": made.entry.kind, "id": made.unsigned.id, **more})
        return
    for lang in LANGS:
        # Both languages, whatever the reader's: the act is read aloud to the other side, too.
        out.say("\n".join([*root_words.lines(made, catalogue(lang)), ""]))
    if more:
        out.document(more)


@command()
@argument("request", "Take the signatures of this request.", "file")
@argument("signed", "Add this signature.", "file", nargs=-1, required=True)
@required("--out", "Write the signed act to this file.", "file")
@local
def combine(out_: Output, *, request: Path, signed: Sequence[Path], out: Path) -> None:
    """Check the signatures of a request's parts and put them into one file for submit."""
    made = read_request(request)
    envelope = root_files.combine(made, [read_file(each) for each in signed])
    write_whole(out, envelope.encode())
    signers = [signature.keyid for signature in envelope.signatures]
    out_.document({"id": envelope.id, "signed_by": signers, "file": str(out)})


@command()
@argument("file", "Show this file.", "file")
@PASSPHRASE
@local
def check(out_: Output, *, file: Path, passphrase_file: Path | None) -> None:
    """Show a file of the root: a part, a set, commitments, a request or a signed act.

    Parts are opened with their passphrases: check every part once a year.
    """
    data = read_file(file)
    kind = root_files.kind_of(file, data)
    if kind == "request":
        show(out_, read_request(file))
        return
    shown: dict[str, object] = {}
    if kind == "key":
        key = KeyFile.read(file, asking(passphrase_file))
        shown = {
            "key": key.key,
            "public": key.public,
            "commitment": commitment(key.private.suite, key.private.public),
        }
    elif kind == "set":
        made = root_files.parse_set(data)
        keys = [
            suites.key_id(made.party, part.suite, decoded_key(part.public)) for part in made.keys
        ]
        shown = {"fingerprint": made.pin(), "threshold": made.threshold, "parts": keys}
    elif kind == "person":
        person = root_files.parse_person(data)
        key_ = suites.key_id(person.party, person.suite, decoded_key(person.public))
        shown = {"key": key_, **person.stated()}
    elif kind == "commitments":
        following = root_files.parse_commitments(data)
        shown = {"threshold": following.next_threshold, "commitments": list(following.next)}
    else:
        envelope, entry = root_files.entry_of(data.strip())
        signers = [signature.keyid for signature in envelope.signatures]
        shown = {"id": envelope.id, "kind": entry.kind, "signed_by": signers}
    out_.document({"file": kind, **shown})
