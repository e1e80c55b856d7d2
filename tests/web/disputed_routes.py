"""What the walk over disputed entries reads of each route, or why a route names no entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from special_channel.core.bytes.ids import Party
from tests.permits import LICENCE


class Read(NamedTuple):
    """A path to read; `who` reads it, at the `parties` who have it."""

    path: str
    who: str = "clerk"
    parties: tuple[Party, ...] = ("eu", "cn")


EU: Final[tuple[Party, ...]] = ("eu",)
CN: Final[tuple[Party, ...]] = ("cn",)

READ: Final[Mapping[str, tuple[Read, ...]]] = {
    "/threads/{number}": (
        Read("/threads/{thread}"),
        Read("/threads/{overdue_thread}"),
        Read("/threads/{batch_thread}"),
        Read("/threads/{closed_thread}"),
        Read("/threads/{their_thread}"),
    ),
    "/threads/{number}/alerts": (Read("/threads/{overdue_thread}/alerts"),),
    "/threads/{number}/suspend": (Read("/threads/{thread}/suspend?ask={note}:3", "clerk", CN),),
    "/threads": (Read("/threads?show=all"),),
    "/assign": (Read("/assign?thread={thread}&thread={their_thread}", "desk"),),
    "/api/assign": (Read("/api/assign?thread={thread}", "desk"),),
    "/inbox": (Read("/inbox?scope=all"), Read("/inbox?scope=mine", "desk")),
    "/deadlines": (Read("/deadlines"),),
    "/calendar/{token}.ics": (Read("{feed}"),),
    "/alerts": (Read("/alerts"),),
    "/alerts/{id}": (Read("/alerts/a1"), Read("/alerts/digest")),
    "/clearances": (Read("/clearances", "head"),),
    "/clearances/{id}": (Read("/clearances/{draft}", "head"),),
    "/clearances/several": (Read("/clearances/several", "head"),),
    "/batches": (Read("/batches"),),
    "/batches/{number}": (Read("/batches/{batch}"),),
    "/batches/{number}/amend": (Read("/batches/{batch}/amend", "clerk", EU),),
    "/batches/{number}/answer": (Read("/batches/{batch}/answer", "clerk", CN),),
    "/batches/{number}/new-thread": (Read("/batches/{batch}/new-thread?application=A-1"),),
    "/batches/{number}/answer.csv": (Read("/batches/{batch}/answer.csv", "clerk", CN),),
    "/batches/{number}/answer.xlsx": (Read("/batches/{batch}/answer.xlsx", "clerk", CN),),
    "/applications": (Read("/applications?col=list&col=priority&col=threads&col=own&col=peer"),),
    "/applications/{number}": tuple(
        Read(f"/applications/{number}") for number in ("A-1", "A-2", "A-3", "A-4", "A-9")
    ),
    "/applications.csv": (Read("/applications.csv"),),
    "/applications.xlsx": (Read("/applications.xlsx"),),
    "/differences": (Read("/differences"),),
    "/differences.csv": (Read("/differences.csv"),),
    "/differences.xlsx": (Read("/differences.xlsx"),),
    "/licences": (Read("/licences"),),
    "/licences/{number}": (Read(f"/licences/{LICENCE}"),),
    "/licences/{number}/draw": (Read(f"/licences/{LICENCE}/draw", "clerk", CN),),
    "/priority": (Read("/priority"),),
    "/priority/{number}": (Read("/priority/{priority}"),),
    "/new-priority": (Read("/new-priority?application=A-1", "clerk", EU),),
    "/meetings": (Read("/meetings"),),
    "/meetings/{number}": (Read("/meetings/{meeting}"),),
    "/brief/{level}/internal": (
        Read("/brief/working/internal"),
        Read("/brief/working/internal?since=2026-01-01"),
    ),
    "/brief/{level}/handover": (
        Read("/brief/working/handover"),
        Read("/brief/working/handover?since=2026-01-01"),
    ),
    "/brief/{level}/internal.pdf": (Read("/brief/working/internal.pdf?since=2026-01-01"),),
    "/brief/{level}/handover.pdf": (Read("/brief/working/handover.pdf"),),
    "/numbers": (Read("/numbers"),),
    "/numbers.csv": (Read("/numbers.csv"),),
    "/numbers.xlsx": (Read("/numbers.xlsx"),),
    "/figures": (Read("/figures"),),
    "/rules": (Read("/rules"),),
    "/registrar": (Read("/registrar", "second-registrar"),),
    "/people": (Read("/people"),),
    "/people.csv": (Read("/people.csv"),),
    "/people.xlsx": (Read("/people.xlsx"),),
    "/people/journal": (Read("/people/journal", "head"),),
    "/people/eu": (Read("/people/eu"),),
    "/people/cn": (Read("/people/cn"),),
    "/people/eu/{number}": (Read("/people/eu/3"), Read("/people/eu/9")),
    "/people/cn/{number}": (Read("/people/cn/3"), Read("/people/cn/9")),
    "/people/acts": (Read("/people/acts", "second-registrar"),),
    "/people/acts/{id}": (Read("/people/acts/{act}", "second-registrar", EU),),
    "/people/acts/new": (Read("/people/acts/new?kind=key.revoked&key={key}", "head"),),
    "/keys": (Read("/keys"), Read("/keys", "laptop")),
    "/keys/{key}": (Read("/keys/{key}"), Read("/keys/{their_key}"), Read("/keys/{new_key}")),
    "/keys/{key}/entries.csv": (Read("/keys/{key}/entries.csv"),),
    "/keys/{key}/entries.xlsx": (Read("/keys/{key}/entries.xlsx"),),
    "/review": (Read("/review?scope=all", "head"), Read("/review", "laptop")),
    "/alarms": (Read("/alarms", "head"),),
    "/entries/{which}/evidence": (
        Read("/entries/{note}/evidence"),
        Read("/entries/{batch}/evidence"),
    ),
    "/link": (Read("/link"),),
    "/api/threads": (Read("/api/threads?show=all"),),
    "/api/threads/{number}": (
        Read("/api/threads/{thread}"),
        Read("/api/threads/{overdue_thread}"),
        Read("/api/threads/{batch_thread}"),
        Read("/api/threads/{closed_thread}"),
        Read("/api/threads/{their_thread}"),
    ),
    "/api/asks": (Read("/api/asks"),),
    "/api/deadlines": (Read("/api/deadlines"),),
    "/api/rebases": (Read("/api/rebases"),),
    "/api/entries": (Read("/api/entries?ids={note_id},{overdue_id}"),),
    "/api/entries/{which}": (Read("/api/entries/{note_id}"),),
    "/api/entries/{which}/evidence": (
        Read("/api/entries/{note}/evidence"),
        Read("/api/entries/{batch}/evidence"),
    ),
    "/api/batches": (Read("/api/batches"),),
    "/api/batches/{number}": (Read("/api/batches/{batch}"),),
    "/api/batches/{number}/answer": (Read("/api/batches/{batch}/answer", "clerk", CN),),
    "/api/applications": (Read("/api/applications"),),
    "/api/applications/{number}": (
        Read("/api/applications/A-1"),
        Read("/api/applications/A-2"),
        Read("/api/applications/A-9"),
    ),
    "/api/licences": (Read("/api/licences"),),
    "/api/licences/{number}": (Read(f"/api/licences/{LICENCE}"),),
    "/api/priorities": (Read("/api/priorities"),),
    "/api/priorities/{number}": (Read("/api/priorities/{priority}"),),
    "/api/meetings": (Read("/api/meetings"),),
    "/api/meetings/{number}": (Read("/api/meetings/{meeting}"),),
    "/api/numbers": (Read("/api/numbers"),),
    "/api/figures": (Read("/api/figures"),),
    "/api/people": (Read("/api/people"),),
    "/api/people/changes": (Read("/api/people/changes"),),
    "/api/people/journal": (Read("/api/people/journal", "head"),),
    "/api/keys/{key}": (Read("/api/keys/{key}"), Read("/api/keys/{their_key}")),
    "/api/reviews": (Read("/api/reviews?scope=all", "head"),),
    "/api/clearances": (Read("/api/clearances", "head"),),
    "/api/clearances/{id}": (Read("/api/clearances/{draft}", "head"),),
    "/api/acts": (Read("/api/acts", "second-registrar"),),
    "/api/acts/{id}": (Read("/api/acts/{act}", "second-registrar", EU),),
    "/api/alarms": (Read("/api/alarms", "head"),),
}
"""Routes of which the walk reads these paths."""

SILENT: Final[Mapping[str, str]] = {
    "/": "goes to the inbox",
    "/lang": "goes back",
    "/sign-in": "nothing of the record before signing in",
    "/enrol": "nothing of the record before signing in",
    "/stop": "stops keys of a person without a session: nothing of the record",
    "/recovery": "names losses after a restore by the sizes of logs",
    "/mailbox": "the demonstration’s mails, as they were sent",
    "/mailbox/{mark}": "the demonstration’s mails, as they were sent",
    "/mailbox/{mark}/raw": "the demonstration’s mails, as they were sent",
    "/channels": "ways to the reader and to our officials",
    "/terms": "official terms in both languages",
    "/fairness": "applications by country and sector",
    "/new-licence": "an empty form",
    "/meetings/new": "an empty form",
    "/threads/new": "an empty form",
    "/batches/check": "a file before it is signed",
    "/rules/propose": "a charter before it is signed",
    "/rules/charters/{digest}": "a charter by its digest; registrars signed it, as /rules names",
    "/rules/charters/{digest}.json": "the charter itself",
    "/threads/{number}/now": "regions of a thread’s page, whose items say it: that page is read",
    "/rules/now": "a region of the page of rules",
    "/entries/{which}": "goes to where the entry is shown",
    "/entries/{which}/correct": "a form about a note, whose page says it",
    "/entries/{which}/withdraw": "a form about a note, whose page says it",
    "/entries/{which}/translate": "a form about a note, whose page says it",
    "/entries/{which}/envelope": "the signed bytes as they are",
    "/entries/{which}/receipt": "the receipt as it was given",
    "/people/acts/request": "what the root is asked to sign, as a file",
    "/access": "grants of our root in the private log",
    "/access/new": "a form about a grant of our root",
    "/access/{id}": "a grant of our root before it is signed",
    "/api/stream": "test_stream_states_the_doubt_about_an_entry",
    "/api/export": "tables/disputed.csv, tests/export/test_derived.py",
    "/api/heads": "sizes and checkpoints of the logs",
    "/api/status": "the node’s state",
    "/api/directory": "signed entries as they are: a program folds the doubt out of them",
    "/api/recovery": "losses after a restore by the sizes of logs",
    "/api/enrolments": "enrolments before they are signed",
    "/api/enrolments/codes": "one-time codes that nobody has used",
    "/api/enrol/status": "an enrolment before it is signed",
    "/api/files/{sha256}": "a file’s bytes",
    "/api/private/entries/{which}": "test_private_entry_in_doubt_says_so",
    "/api/batches/{number}/columns": "our own columns, by row of a list",
    "/api/drafts/{name}": "the reader’s own half-written text",
    "/api/first-since": "the first number since a time, before doubt is stated",
    "/api/sessions": "the reader’s own sessions",
    "/api/calendar-links": "the reader’s own calendar links",
    "/api/absences": "colleagues, and until when they are away",
    "/api/access": "grants of our root in the private log",
    "/api/access/{id}": "a grant of our root before it is signed",
}
"""Routes that the walk leaves out, with what they show instead or the test that reads them."""

REFERENCES: Final[Mapping[str, str]] = {
    "thread": "/api/threads/{number}, and the opening in the list of threads",
    "batch": "/api/batches/{number}",
    "keys": "/api/people/changes; there `doubt` is the entry from which the key is doubtful",
    "answered_in": "/api/priorities/{number}, by application",
}
"""Fields of the API that refer to an entry by number, and where its doubt is stated."""
