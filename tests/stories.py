"""Sample histories shared by several suites. Deterministic; each call makes a new world."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from special_channel.core.rows.writing import file_part
from tests.world import Entry, World

DUE = "2026-11-24T09:00:00Z"
LATER = "2026-11-24T10:00:00Z"
COUNTED = "2026-11-27T09:30:00Z"
"""What three working days of the Chinese side give on Tuesday, 24 November."""

ATTACHED = b"End-user certificate, stamped. Fictional."


@dataclass(frozen=True)
class Story:
    """A world, with the entries that tests refer to."""

    world: World
    thread: Entry
    note: Entry
    with_file: Entry
    passed: Entry
    answer: Entry
    batch: Entry
    batch_thread: Entry
    other_thread: Entry


def busy() -> Story:
    """Return a story with a question that falls due, a file, a list and its return sheet."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2", "=HYPERLINK(1)"], state="review", as_of="2026-11-20")
    thread = world.open_thread("eu")
    note = world.note(
        "eu",
        thread.leaf.thread,
        ("Good morning.", "May the certificate be sent again?"),
        asks=[world.ask("eu", DUE), world.ask("eu", COUNTED, "2", rule="three-working-days")],
    )
    world.exchange()
    world.clock.forward(600)
    world.about("cn", "note.acknowledged", note)
    world.about("cn", "date.proposed", note, body={"q": "2", "due": "2026-11-25T10:00:00Z"})
    with_file = attached(world, thread)
    other = world.open_thread("cn", "海关编码")
    world.note("cn", other.leaf.thread, ("请说明。",), lang="zh-CN")
    world.exchange()
    world.clock.forward(3600)
    head = world.stamp("cn")
    passed = world.pass_due("eu", note, DUE, head=head)
    batch_thread = world.open_thread("eu", "Rows without answer", batch=batch.id)
    world.note("eu", batch_thread.leaf.thread, ("Rows 2 and 3?",))
    world.exchange()
    answer = world.answer("cn", note)
    world.answer_batch(
        batch, [{"row": 1, "number": "A-1", "state": "approved", "as_of": "2026-11-23"}]
    )
    world.exchange()
    return Story(world, thread, note, with_file, passed, answer, batch, batch_thread, other)


def attached(world: World, thread: Entry, length: int = len(ATTACHED)) -> Entry:
    """Post a note of CN with an attachment; `length`: as stated in its description."""
    digest = sha256(ATTACHED).hexdigest()
    file = file_part(world.draw(), "certificate.txt", "text/plain", length, digest)
    payload = world.payload("cn", "note.posted", thread=thread.leaf.thread, lang="zh-CN")
    return world.append("cn", payload, [world.text("附件见后。"), file])
