"""Files that signed entries name: none is attached before its scan, or after a find.

Does not judge entries: the appender does.
"""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.core.bytes import dsse, parts
from special_channel.core.bytes.errors import ChannelError, Malformed
from special_channel.core.rows.submission import Submission, read
from special_channel.desk.marked_texts import refuse_marked, refuse_marked_file, texts_in
from special_channel.web.http.services import DeskServices, Services
from special_channel.web.shell.submissions import SentEntry, submission


async def read_sent(own: Services, items: Sequence[SentEntry]) -> list[Submission]:
    """Make the appender's arguments of a request's entries, whose files may be attached.

    Raises:
        NotAllowed, Unavailable: As `refuse_unusable`; but an entry that is stored stays stored.
        RuleBroken: As `refuse_marked`; likewise.
    """
    sent = [submission(item) for item in items]
    disclosures = [part for item in sent for part in item.parts if part]
    try:
        await refuse_unusable(own.desk, disclosures)
        for part in disclosures:
            if digest := _file_in(part):
                # Uploaded before this rule, or a file of the other side.
                found = await own.desk.scanner.found_in(digest)
                refuse_marked_file(found, name_in(part), lambda _at, _number: "–")
        signed = [dsse.decode(item.envelope).payload for item in sent]
        refuse_marked(text for part in (*signed, *disclosures) for text in texts_in(part))
    except ChannelError:
        ids = [read(item, whole=True).id for item in sent]
        if len(await own.stores.record.find(ids)) < len(ids):
            raise
    return sent


async def refuse_unusable(desk: DeskServices, disclosures: Sequence[bytes]) -> None:
    """Refuse to attach files that a scanner has not judged, or refuses.

    Raises:
        NotAllowed: `file-quarantined`.
        Unavailable: `file-being-checked`.
    """
    digests = {digest for part in disclosures if (digest := _file_in(part))}
    await desk.scanner.refuse_unusable(sorted(digests))


def _file_in(disclosure: bytes) -> str:
    """Return the digest of a file that a part names; empty for another part."""
    if b'"sha256":' not in disclosure:
        return ""
    try:
        part = parts.parse(disclosure)
    except Malformed:
        return ""  # the judge refuses it
    return part.sha256 if isinstance(part, parts.FilePart) else ""


def name_in(disclosure: bytes | None) -> str:
    """Return a file's name in the part that names it; empty for another part or none."""
    try:
        part = parts.parse(disclosure or b"")
    except Malformed:
        return ""
    return part.name if isinstance(part, parts.FilePart) else ""
