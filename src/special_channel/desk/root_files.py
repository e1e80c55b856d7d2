"""Files of the root's offline ceremonies: a set, its commitments, and a request to sign.

A request holds the exact payload, and the parts whose signatures count. Whoever signs makes the
words from the payload, never from the file. Does not open a connection or a database.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import Field, ValidationError

from special_channel.core.bytes import dsse, suites
from special_channel.core.bytes.errors import BadSignature, ChannelError, Malformed
from special_channel.core.bytes.fields import Name, Word
from special_channel.core.bytes.ids import Digest, KeyId, Party, PersonRole, party_of
from special_channel.core.bytes.suites import Suite
from special_channel.core.entries import (
    Entry,
    Model,
    PartyFounded,
    RootSet,
    RootsRotated,
    parse,
)
from special_channel.core.entries.directory import RootPart
from special_channel.core.rows.directory import commitment, decoded_key, pin_of, root_keys
from special_channel.core.rules.signers import founding_signers
from special_channel.core.rules.signing_keys import SigningKey, stated_key
from special_channel.desk.keyfile import KeyFile

MAX_BYTES: Final = 256 * 1024
"""Largest file: a payload of 32 KiB in base64, with words in two languages."""

PartCount = Annotated[int, Field(ge=1, le=9)]
_Line = Annotated[str, Field(max_length=4000)]


class SetFile(Model):
    """The public half of a root set: its parts, in the order of key ids, and the threshold."""

    v: Literal[1]
    party: Party
    keys: Annotated[tuple[RootPart, ...], Field(min_length=1, max_length=9)]
    threshold: PartCount

    @property
    def commitments(self) -> list[str]:
        """The digests by which the set before commits to this one."""
        return sorted(commitment(part.suite, decoded_key(part.public)) for part in self.keys)

    def pin(self) -> str:
        """Return the digest by which readers pin the set."""
        return pin_of([(part.suite, part.public) for part in self.keys], self.threshold)

    def followed_by(self, following: CommitmentsFile) -> RootSet:
        """Return the set as an entry states it, with the commitments to the set that follows.

        Raises:
            Malformed: `root-file-malformed` if a threshold is larger than its set.
        """
        try:
            return RootSet(
                keys=self.keys,
                threshold=self.threshold,
                next=following.next,
                next_threshold=following.next_threshold,
            )
        except ValidationError:
            raise _malformed("threshold") from None


class CommitmentsFile(Model):
    """What a root set states about the one that follows: digests of its keys, its threshold."""

    v: Literal[1]
    party: Party
    next: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=9)]
    next_threshold: PartCount

    @classmethod
    def of(cls, made: SetFile) -> CommitmentsFile:
        """Return the commitments to a set."""
        return cls(
            v=1, party=made.party, next=tuple(made.commitments), next_threshold=made.threshold
        )


class PersonFile(Model):
    """The public half of a first person's key, with the function that the founding grants."""

    v: Literal[1]
    party: Party
    role: PersonRole
    desk: Word
    unit: Name
    suite: Suite
    public: Annotated[str, Field(max_length=100)]

    def stated(self) -> dict[str, str]:
        """Return what a founding states of the person, without the pseudonym."""
        return self.model_dump(mode="json", exclude={"v", "party"})


class _Part(Model):
    key: KeyId
    suite: str
    public: str


class _Words(Model):
    en: Annotated[tuple[_Line, ...], Field(max_length=200)]
    zh: Annotated[tuple[_Line, ...], Field(max_length=200)]


class _RequestFile(Model):
    v: Literal[1]
    party: Party
    payload: Annotated[str, Field(max_length=64 * 1024)]
    threshold: Annotated[int, Field(ge=0, le=9)]
    parts: Annotated[tuple[_Part, ...], Field(max_length=9)]
    words: _Words


@dataclass(frozen=True, slots=True)
class Request:
    """An act that waits for signatures of the root.

    Attributes:
        party: The side.
        payload: The exact bytes to sign, and the entry they are.
        parts: Public keys of the root set in force, by key id; none before a founding.
        threshold: How many of them sign.
        words: The act in words, as whoever made the request saw it: English, Chinese.
    """

    party: Party
    payload: bytes
    entry: Entry
    parts: dict[KeyId, SigningKey]
    threshold: int
    words: tuple[tuple[str, ...], tuple[str, ...]]

    @property
    def unsigned(self) -> dsse.Envelope:
        """The envelope of the payload, without a signature."""
        return dsse.Envelope(dsse.ENTRY_TYPE, self.payload)

    def key(self, key: KeyId) -> SigningKey | None:
        """Return the public key of a signer: a part of the root, or one that the entry states."""
        return self.parts.get(key) or stated_key(self.entry, key)

    def missing(self, signed: Sequence[KeyId]) -> tuple[int, bool]:
        """Return how many parts have still to sign, and whether the author or a person has."""
        needed, threshold = self._counted()
        others = self._persons() | {self.entry.by}
        return max(0, threshold - len(needed & set(signed))), not others <= set(signed)

    def _counted(self) -> tuple[frozenset[KeyId], int]:
        # A rotation is signed by the parts it brings, a founding by those it states (K14).
        if isinstance(self.entry, RootsRotated):
            return frozenset(root_keys(self.party, self.entry.body)), self.entry.body.threshold
        if isinstance(self.entry, PartyFounded):
            return founding_signers(self.entry)[0], self.entry.body.roots.threshold
        return frozenset(self.parts), self.threshold

    def _persons(self) -> frozenset[KeyId]:
        return (
            founding_signers(self.entry)[1] if isinstance(self.entry, PartyFounded) else frozenset()
        )

    def encode(self) -> bytes:
        """Return the file: JSON for people, one field a line."""
        document = {
            "v": 1,
            "party": self.party,
            "payload": b64encode(self.payload).decode(),
            "threshold": self.threshold,
            "parts": [
                {"key": key, "suite": part.suite, "public": b64encode(part.public).decode()}
                for key, part in sorted(self.parts.items())
            ],
            "words": {"en": self.words[0], "zh": self.words[1]},
        }
        return encoded(document)


def encoded(document: object) -> bytes:
    """Format a document as JSON for people."""
    return json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"


def parse_request(data: bytes) -> Request:
    """Parse a request and its payload.

    Raises:
        Malformed: `root-file-malformed`; the codes of `entries.parse`.
    """
    content = _parsed(_RequestFile, data)
    parts: dict[KeyId, SigningKey] = {}
    for part in content.parts:
        public = decoded_key(part.public)
        if suites.key_id(content.party, part.suite, public) != part.key:
            raise _malformed("parts")
        parts[part.key] = SigningKey(part.suite, public)
    try:
        payload = b64decode(content.payload, validate=True)
    except ValueError:
        raise _malformed("payload") from None
    entry = parse(payload)
    if party_of(entry.by) != content.party:
        raise _malformed("party")
    words = content.words.en, content.words.zh
    return Request(content.party, payload, entry, parts, content.threshold, words)


def parse_set(data: bytes) -> SetFile:
    """Parse the public half of a root set.

    Raises:
        Malformed: `root-file-malformed`, `key-malformed`, `suite-unsupported`, `key-weak`.
    """
    made = _parsed(SetFile, data)
    keys = []
    for part in made.keys:
        suites.check_public(part.suite, public := decoded_key(part.public))
        keys.append(suites.key_id(made.party, part.suite, public))
    if keys != sorted(set(keys)) or made.threshold > len(keys):
        raise _malformed("keys")
    return made


def parse_commitments(data: bytes) -> CommitmentsFile:
    """Parse the commitments to a root set.

    Raises:
        Malformed: `root-file-malformed`.
    """
    return _parsed(CommitmentsFile, data)


def parse_person(data: bytes) -> PersonFile:
    """Parse the public half of a person's key.

    Raises:
        Malformed: `root-file-malformed`, `key-malformed`, `suite-unsupported`, `key-weak`.
    """
    made = _parsed(PersonFile, data)
    suites.check_public(made.suite, decoded_key(made.public))
    return made


_Document = TypeVar("_Document", bound=Model)


def _parsed(model: type[_Document], data: bytes) -> _Document:
    try:
        if len(data) > MAX_BYTES:
            raise _malformed("length")
        return model.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise _malformed(".".join(str(step) for step in first["loc"])[:120] or "json") from None


def _malformed(field: str) -> Malformed:
    return Malformed("root-file-malformed", "This is not a file of a root.", field=field)


# Parts ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MadeSet:
    """A new root set: the secret parts in the order of key ids, and their public half."""

    parts: tuple[KeyFile, ...]
    public: SetFile

    @property
    def stem(self) -> str:
        """Beginning of the names of its files: side and the pin's first eight letters."""
        return f"{self.public.party}-root-{self.public.pin()[:8]}"


def make_set(party: Party, seeds: Sequence[bytes], threshold: int) -> MadeSet:
    """Make a root set of random seeds.

    Raises:
        Malformed: `root-threshold-large`.
    """
    if threshold > len(seeds):
        raise Malformed(
            "root-threshold-large", "More parts are to sign than there are.", parts=len(seeds)
        )
    made = [KeyFile.make(party, "root", seed) for seed in seeds]
    parts = tuple(sorted(made, key=lambda part: part.key))
    keys = tuple(RootPart(suite=part.private.suite, public=part.public) for part in parts)
    return MadeSet(parts, SetFile(v=1, party=party, keys=keys, threshold=threshold))


# Signatures ----------------------------------------------------------------------------


def sign_request(request: Request, part: KeyFile) -> bytes:
    """Sign a request's payload; return an envelope with this one signature.

    Raises:
        BadSignature: `root-part-unasked` for a key that the act does not ask for.
    """
    if request.key(part.key) is None:
        raise BadSignature("root-part-unasked", "The act does not ask for this key.", key=part.key)
    unsigned = request.unsigned
    signature = dsse.Signature(part.key, part.private.sign(unsigned.pae))
    return unsigned.with_signature(signature).encode()


def combine(request: Request, signed: Sequence[bytes]) -> dsse.Envelope:
    """Verify signatures over a request's payload and put them on one envelope, the author's first.

    Raises:
        Malformed: `root-signature-other` for an envelope of another payload, `envelope-malformed`.
        BadSignature: `root-part-unasked`, `signature-bad`; `root-threshold` if too few have
            signed; `root-signer-missing` if the author, or a person of a founding, has not.
    """
    signatures: dict[KeyId, dsse.Signature] = {}
    for data in signed:
        envelope = dsse.decode(data)
        if (envelope.payload_type, envelope.payload) != (dsse.ENTRY_TYPE, request.payload):
            raise Malformed("root-signature-other", "This signature is for another act.")
        for signature in envelope.signatures:
            _verify(request, signature, envelope.pae)
            signatures[signature.keyid] = signature
    parts, author = request.missing(list(signatures))
    if parts:
        raise BadSignature(
            "root-threshold", "Too few parts of the root have signed.", missing=parts
        )
    if author:
        raise BadSignature("root-signer-missing", "A key that has to sign as well has not.")
    by = request.entry.by
    ordered = sorted(signatures.values(), key=lambda one: (one.keyid != by, one.keyid))
    return dsse.Envelope(dsse.ENTRY_TYPE, request.payload, tuple(ordered))


def _verify(request: Request, signature: dsse.Signature, message: bytes) -> None:
    key = request.key(signature.keyid)
    if key is None:
        raise BadSignature(
            "root-part-unasked", "The act does not ask for this key.", key=signature.keyid
        )
    suites.verify(key.suite, key.public, message, signature.sig, key.rp)


FileKind = Literal["request", "set", "commitments", "signed", "person", "key"]


def kind_of(path: Path, data: bytes) -> FileKind:
    """Tell what kind of file of a ceremony this is.

    Raises:
        Malformed: `root-file-malformed`.
    """
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise _malformed("json") from None
    if not isinstance(document, dict):
        raise _malformed(path.name)
    signs: tuple[tuple[str, FileKind], ...] = (
        ("signatures", "signed"),
        ("words", "request"),
        ("next", "commitments"),
        ("keys", "set"),
        ("public", "person"),
        ("desk", "key"),
    )
    for field, kind in signs:
        if field in document:
            return kind
    raise _malformed(path.name)


def entry_of(envelope: bytes) -> tuple[dsse.Envelope, Entry]:
    """Decode an envelope and its entry.

    Raises:
        Malformed: `root-file-malformed` for anything else.
    """
    try:
        decoded = dsse.decode(envelope)
        return decoded, parse(decoded.payload)
    except ChannelError as error:
        raise _malformed(error.code) from None
