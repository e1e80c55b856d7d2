"""A record in which either side's statements have everything that the other side may note."""

from __future__ import annotations

from typing import Any, Final

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.desk.payloads import Fields
from tests.permits import draw, issue, line, mark, request
from tests.web.disputed import DisputedWorld
from tests.web.disputed_routes import READ, Read
from tests.world import Entry, World

KEYS: Final = (
    *("S-009.read", "S-027", "S-030.read", "S-032", "S-033", "S-039", "S-040", "S-044", "S-045"),
    *("S-046", "S-046.named", "S-048", "S-049", "S-049.unaccepted", "S-051", "S-052.read"),
    *("S-049.paused", "S-053.read", "S-054.read"),
    *("S-055.read", "S-060", "S-066", "S-067.read", "S-071.basis.read", "S-071.until"),
    *("S-073.individual", "S-073.general", "S-074.issued", "S-074.drawn", "S-074.left", "S-075"),
    *("S-076.read", "S-077", "S-079.type", "S-079.types.read", "S-079.from.read"),
    *("S-079.ended.read", "S-079.line.read", "S-081", "S-082", "S-083"),
    *("S-083.second", "S-083.near.read"),
    *("S-087.state.read", "S-087.remark.read", "S-087.supplement.read"),
    *("S-088.before", "S-088.closed", "S-088.far", "S-088.undated"),
)  # fmt: skip
"""Sentences of the other side's statements."""

ASKED: Final = ("S-036", "S-037", "S-041", "S-042", "S-050", "S-056", "S-069")
"""Rules that read the law of China's side: the EU's sentences of them are possible questions."""

REVIEW: Final[Fields] = {"state": "review", "as_of": "2026-11-24"}
DECIDED: Final[Fields] = {
    "state": "approved", "as_of": "2026-11-20", "decision": "approved", "decided_on": "2026-11-19",
}  # fmt: skip

BEFORE: Final[dict[str, Fields]] = {
    "B-30": {"state": "review", "as_of": "2026-11-20"},
    "B-52": {"state": "review", "as_of": "2026-11-20"},
    "B-53": DECIDED,
    "B-54": DECIDED,
    "B-55": {"state": "review", "as_of": "2026-11-20", "accepted_on": "2026-11-03"},
    "B-56": {"state": "supplement", "as_of": "2026-11-20", "missing": ["contract"]},
}
"""Answers to the list before, by number."""

ROWS: Final[dict[str, Fields]] = {
    "B-09": {**REVIEW, "as_of": "2027-03-01", "accepted_on": "2026-11-02"},
    "B-27": {"match": "not_found", "days_used": 3},
    "B-30": {"match": "not_found"},
    "B-32": {**REVIEW, "accepted_on": "2026-11-02", "decision": "approved"},
    "B-33": {"state": "refused", "as_of": "2026-11-24", "accepted_on": "2026-11-02",
             "decision": "approved", "decided_on": "2026-11-23", "remark": "law"},
    "B-36": {"state": "supplement", "as_of": "2026-11-24"},
    "B-37": {**REVIEW, "accepted_on": "2026-11-02", "missing": ["contract"]},
    "B-39": {"state": "submitted", "as_of": "2026-11-24", "accepted_on": "2026-11-02"},
    "B-41": {"state": "not_accepted", "as_of": "2026-11-24"},
    "B-42": {"state": "returned", "as_of": "2026-11-24"},
    "B-44": {**REVIEW, "accepted_on": "2026-11-25"},
    "B-45": {**DECIDED, "accepted_on": "2026-11-20"},
    "B-46": {**REVIEW, "accepted_on": "2026-11-22"},
    "B-47": {**REVIEW, "accepted_on": "2026-10-01"},
    "B-48": {**REVIEW, "accepted_on": "2026-11-02", "clock": "stopped"},
    "B-49": {**REVIEW, "accepted_on": "2026-11-02", "clock": "runs", "days_used": 3},
    "B-50": {**REVIEW, "accepted_on": "2026-06-01"},
    "B-49P": {"state": "expert", "as_of": "2026-11-24", "accepted_on": "2026-11-02",
              "clock": "not_counted", "days_used": 16},
    "B-51": {"state": "submitted", "as_of": "2026-11-24", "days_used": 3},
    "B-52": {"state": "submitted", "as_of": "2026-11-24"},
    "B-53": {**REVIEW, "accepted_on": "2026-11-02"},
    "B-54": {**DECIDED, "decided_on": "2026-11-20"},
    "B-55": {**REVIEW, "accepted_on": "2026-11-02"},
    "B-56": {"state": "supplement", "as_of": "2026-11-24", "missing": ["contract", "eucert"]},
}  # fmt: skip
"""Answers to the list, by number; none has a date of acceptance where S-040 is to be read."""

ACCEPTED: Final[dict[str, Any]] = {"act": "accepted", "on": "2026-11-02"}
ASSERTED: Final[dict[str, list[Fields]]] = {
    "C-60": [
        {"state": "expert", "as_of": "2026-10-12", "clock": [
            {"act": "accepted", "on": "2026-10-09"},
            {"act": "uncounted", "on": "2026-10-12", "basis": "test",
             "expected_until": "2026-10-30"}]},
        {"state": "expert", "as_of": "2026-11-24"},
    ],
    "C-66": [{"state": "approved", "as_of": "2026-11-24", "clock": [ACCEPTED]}],
    "C-67": [{**REVIEW, "clock": [ACCEPTED, {"act": "counted", "on": "2026-11-20"}]}],
    "C-69": [{"state": "submitted", "as_of": "2026-11-24", "clock": [
        {"act": "received", "on": "2026-11-02"}, {"act": "supplement", "on": "2026-11-16"}]}],
    "C-71": [{"state": "expert", "as_of": "2026-11-24", "clock": [
        ACCEPTED, {"act": "uncounted", "on": "2026-11-10"}]}],
    "C-73": [{"state": "expert", "as_of": "2026-11-24", "clock": [
        ACCEPTED, {"act": "uncounted", "on": "2026-11-10", "basis": "test",
                   "expected_until": "2026-11-09"}]}],
    "C-76": [{"state": "refused", "as_of": "2026-11-20", "decision": "refused",
              "decided_on": "2026-11-19"}],
    "C-77": [DECIDED],
}  # fmt: skip
"""CN's statements outside a list, by number."""

LICENCES: Final[dict[str, list[dict[str, Any]]]] = {
    "L-73": [{"type": "individual", "per": "licence", "valid_to": "2028-01-01"}],
    "L-74": [{"valid_to": "2030-01-01"}],
    "L-75": [{"type": "individual", "per": "calendar_year"}],
    "L-76": [{"applications": ["C-76"]}],
    "L-77": [{"applications": ["C-77"], "issued_on": "2026-11-18", "valid_from": "2026-11-18"}],
    "L-78": [{"valid_from": "2026-11-19"}],
    "L-79": [{}, {"type": "certificate"}],
    "L-80": [{}, {}, {"type": "certificate", "corrects": 1}],
    "L-81": [{}, {"valid_from": "2026-11-23"}],
    "L-82": [{"ended": {"how": "withdrawn", "on": "2026-11-24"}}, {}],
}
"""Issues by licence; `corrects`: place of the issue that is replaced."""


def of_licence(number: str, **changed: Any) -> dict[str, Any]:
    return {"licence": number, "valid_from": "2026-11-20", "valid_to": "2027-11-19"} | changed


def stated(world: World, number: str, body: Fields, party: Party = "cn") -> Entry:
    made: dict[str, Any] = {"number": number, "source": "meeting", **body}
    return world.append(party, world.payload(party, "application.asserted", body=made))


def asked(world: World, answers: dict[str, tuple[str, str]]) -> Entry:
    """A request for priority with CN's answers and coded remarks."""
    made = request(world, *answers)
    world.exchange()
    said = [
        {"number": number, "answer": answer} | ({"remark": remark} if remark else {})
        for number, (answer, remark) in answers.items()
    ]
    payload = world.payload("cn", "priority.answered", ref=made.id, body={"answers": said})
    world.append("cn", payload)
    world.exchange()
    return made


class Everything:
    """A record with each finding on either side's statements, as the other side reads it."""

    def __init__(self, party: Party) -> None:
        self.disputed = DisputedWorld(columns=["state", "as_of", "question", "customers"])
        self.world, self.theirs = self.disputed.world, peer_of(party)
        self._lists()
        self._statements()
        self._licences()
        answers = {"B-45": ("granted", ""), "B-46": ("granted", "law"),
                   "B-48": ("not_now", "supplement_first")}  # fmt: skip
        self.priority = asked(self.world, answers)
        self._meeting(party)

    def _lists(self) -> None:
        world = self.world
        before = world.list_batch([*BEFORE], list_="W46")
        world.exchange()
        world.answer_batch(before, _rows(BEFORE))
        mark(world, "cn", "B-49P", "uncounted", "2026-11-10", basis="test")
        world.exchange()
        self.week = world.list_batch(
            [*ROWS], list_="W48", first_listed="2026-12-24", question="licence"
        )
        world.exchange()
        world.answer_batch(self.week, _rows(ROWS))
        world.exchange()

    def _statements(self) -> None:
        for number, bodies in ASSERTED.items():
            for said in bodies:
                stated(self.world, number, said)
        mark(self.world, "cn", "C-78", "accepted", "2026-11-22")
        for state, as_of in (("review", "2026-11-20"), ("submitted", "2026-11-24")):
            body: Fields = {"state": state, "as_of": as_of, "source": "supplier"}
            stated(self.world, "D-1", body, "eu")
        self.world.exchange()

    def _licences(self) -> None:
        world = self.world
        for number, bodies in LICENCES.items():
            made: list[Entry] = []
            for body in bodies:
                stated_ = dict(body)
                if "corrects" in stated_:
                    stated_["corrects"] = {"id": made[stated_["corrects"]].id}
                made.append(issue(world, **of_licence(number, **stated_)))
        one = of_licence("L-83", type="individual", per="licence", applications=["C-77"])
        issue(world, **one)
        for on, quantity in (("2026-11-20", "100"), ("2026-11-23", "4800"), ("2028-01-03", "1")):
            draw(world, quantity, licence="L-83", on=on, application="C-76")
        issue(world, **of_licence("L-86", customers=["Nordwind Motoren GmbH"]))
        draw(world, "100", licence="L-86", on="2026-11-24", customer="Nordwind Motorn GmbH")
        issue(world, **of_licence("L-84"))
        draw(world, "1000", licence="L-84", on="2026-11-24")
        few = of_licence("L-84", lines=[line(quantity="500", unit="kg")])
        issue(world, **few, ended={"how": "used", "on": "2026-11-23"})
        issue(world, **of_licence("L-85", ended={"how": "used", "on": "2026-11-23"}))
        issue(world, **of_licence("L-85", ended={"how": "used", "on": "2026-11-24"}))
        world.exchange()

    def _meeting(self, party: Party) -> None:
        world, theirs = self.world, self.theirs
        self.meeting = world.meeting(theirs, on="2026-11-19")
        points = [
            world.point(theirs, self.meeting, point="promise", who=theirs, **due)
            for due in ({"due": "2026-11-18"}, {"due": "2026-12-25"}, {"due": "2027-12-01"}, {})
        ]
        points.append(world.point(theirs, self.meeting, point="promise", who="eu",
                                  due="2026-12-25"))  # fmt: skip
        world.exchange()
        world.mark(party, *((point, ()) for point in points))
        world.exchange()
        self.promise = points[1]

    def reads(self, party: Party) -> list[Read]:
        """Every route of the node, and prints and questions of the statements themselves."""
        reads = [each for of in READ.values() for each in of if party in each.parties]
        week, asked_, held = (
            str(each.position) for each in (self.week, self.priority, self.meeting)
        )
        own = [
            f"/batches/{week}?print=all", f"/api/batches/{week}", f"/batches/{week}/rows.csv",
            f"/batches/{week}/dossier?edition=internal", f"/batches/{week}/dossier.pdf",
            f"/batches/{week}/new-thread?application=B-42", "/threads/new?application=C-69",
            f"/api/priorities/{asked_}", f"/entries/{asked_}/evidence",
            f"/api/meetings/{held}", f"/entries/{held}/evidence",
            f"/threads/new?promise={self.promise.position}",
            f"/entries/{self.promise.position}/evidence",
            "/api/applications/C-69", "/applications/C-69/dossier?edition=internal",
            "/applications/C-69/dossier?edition=shareable", "/applications/C-69/dossier.pdf",
            "/api/licences/L-83", "/licences.csv", "/api/licences",
        ]  # fmt: skip
        return reads + [Read(path, "desk") for path in own]

    def pages(self) -> dict[Party, set[str]]:
        """The pages that show a note."""
        both = {f"/meetings/{self.meeting.position}", f"/batches/{self.week.position}"}
        of_cn = {f"/applications/{number}" for number in (*ASSERTED, "C-78")}
        of_cn |= {f"/licences/{number}" for number in (*LICENCES, "L-83", "L-84", "L-85", "L-86")}
        return {
            "eu": both | of_cn | {f"/priority/{self.priority.position}"},
            "cn": both | {"/applications/D-1"},
        }


def _rows(stated: dict[str, Fields]) -> list[Fields]:
    return [
        {"row": row, "number": number, **fields}
        for row, (number, fields) in enumerate(stated.items(), start=1)
    ]
