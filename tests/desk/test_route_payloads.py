"""Answers to steps of a sign-off route, as a command signs them."""

from __future__ import annotations

from typing import Any

from special_channel.core.bytes import canonical, dsse, parts
from special_channel.core.entries import DraftChecked, parse
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.functions import HeldFunction
from special_channel.desk import payloads
from special_channel.desk.payloads import Attachment, Author, NoteDraft, Translated
from special_channel.desk.route_payloads import (
    Paper,
    StepTurn,
    draft_changed,
    paper_recorded,
    step_answered,
)
from tests.desk.test_clearance import AUTHOR, KEY, LOG

CHECKER = Author(
    KEY.signer,
    LOG,
    "2026-11-25T08:00:00Z",
    (),
    lambda length: b"\2" * length,
    [HeldFunction(1, "desk", stands_in=False, kinds=["note.posted", "draft.checked"]),
     HeldFunction(3, "desk", stands_in=True, kinds=["note.posted", "draft.checked"])],
)  # fmt: skip
TURN = StepTurn("b2" * 32, 2, "1" * 32, "", (3,))
FILE = Attachment("plan.pdf", "application/pdf", 3, "a" * 64)
NOTE = payloads.note_posted(
    AUTHOR,
    NoteDraft(
        "c" * 32, "en", "One.\n\nTwo.", Translated("zh-CN", "一。\n\n二。"), (), (), (FILE,), "", ""
    ),
)


def payload(entry: Submission) -> dict[str, Any]:
    found = canonical.loads(dsse.decode(entry.envelope).payload)
    assert isinstance(found, dict)
    return found


def test_changed_draft_keeps_all_but_the_changed_text():
    disclosures = [part for part in NOTE.parts if part is not None]
    made = draft_changed(CHECKER, TURN, NOTE.envelope, disclosures, {1: "Two, at most."})
    assert read(made, whole=True).id != dsse.decode(NOTE.envelope).id
    assert [made.parts[place] == NOTE.parts[place] for place in range(5)] == [
        True, False, True, True, True,
    ]  # fmt: skip
    changed = parts.parse(made.parts[1] or b"")
    assert isinstance(changed, parts.TextPart)
    assert changed.text == "Two, at most."
    before, after = payload(NOTE), payload(made)
    assert after["as"] == 3
    for name in ("thread", "kind", "lang", "body"):
        assert before[name] == after[name]


def test_answer_states_its_step_and_a_decision_its_paper():
    answered = payload(step_answered(CHECKER, TURN, "changed", "Seen.", "en", "d" * 64))
    assert answered["body"] == {
        "id": TURN.draft, "step": 2, "person": TURN.person, "answer": "changed", "next": "d" * 64,
    }  # fmt: skip
    paper = Paper("Director", "G2/26", "2026-12-01", FILE)
    turn = StepTurn(TURN.draft, 4, TURN.person, "customs", (1,))
    recorded = paper_recorded(CHECKER, turn, paper, "en")
    entry = parse(dsse.decode(recorded.envelope).payload)
    assert isinstance(entry, DraftChecked)
    assert (entry.body.on, entry.body.desk, entry.grant) == ("2026-12-01", "customs", None)
    assert [part.k for part in entry.parts] == ["text", "text", "file"]
    plain = payload(step_answered(CHECKER, TURN, "agreed", "", "en"))
    assert "parts" not in plain
    assert "lang" not in plain
