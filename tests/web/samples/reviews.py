"""Entries in doubt to be reviewed, and alarms about acts on people."""

from __future__ import annotations

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.catalogue import Lang, sentence
from special_channel.ports.conditions import PEER_PEOPLE_ALARMS, PEOPLE_ALARMS
from special_channel.web.people_alarms.pages import alarms_page
from special_channel.web.people_alarms.views import AlarmItem, AlarmList
from special_channel.web.reviews.pages import Chosen, review_page
from special_channel.web.reviews.views import Remedy, ReviewItem, ReviewsFound
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import astrid, at, chen, en, hexes, zh


def disputed(party: Party) -> tuple[ReviewItem, ...]:
    side = party.upper()
    me = astrid("eu") if party == "eu" else chen("cn")
    said = en("Rows 7 and 9: which contract?") if party == "eu" else zh("第7、9行：请补充合同。")
    doubt = Doubt(
        key=me.key, since=f"{side}-812", word="disputed", party=party, signature="author",
        at=at(23, 17), delivered=at(23, 17, 5),
    )  # fmt: skip

    def item(index: int, kind: str, **changed: object) -> ReviewItem:
        facts = {
            "entry_id": hexes(index % 256), "position": f"{side}-{index}", "kind": kind,
            "accepted": at(23, 17, index % 60), "author": me, "doubt": doubt, "second": False,
            "on_people": False,
        }  # fmt: skip
        return ReviewItem.model_validate(facts | changed)

    ending = Remedy(code="role.ended", url="/people/acts/new?kind=role.ended&person=" + hexes(62))
    in_thread = Remedy(code="thread", url=f"/entries/{side}-812")
    sheet = Remedy(code="sheet", url=f"/entries/{side}-817")
    return (
        item(815, "role.granted", on_people=True, remedy=ending, second=True),
        item(812, "note.posted", thread=f"{side}-36", words=said, remedy=in_thread,
             outcome="acknowledged", outcome_at=at(23, 18)),
        item(813, "note.posted", thread=f"{side}-36", words=said, remedy=in_thread,
             outcome="withdrawn", outcome_at=at(23, 19)),
        item(817, "batch.amended", remedy=sheet, outcome="delivered", outcome_at=at(23, 17, 32)),
    )  # fmt: skip


def review_sample(
    party: Party, chosen: Chosen | None = None, *, mine: bool = True, empty: bool = False
) -> ViewPage:
    items = () if empty else disputed(party)
    total = 214 if items else 0
    found = ReviewsFound(eu=877, cn=340, total=total, mine=mine, items=items)
    return review_page(found, chosen or {})


def chosen_sample(party: Party) -> ViewPage:
    side = party.upper()
    words: Chosen = {
        f"{side}-812": "confirmed", f"{side}-815": "disowned", f"{side}-817": "disowned",
    }  # fmt: skip
    return review_sample(party, words)


def alarms_sample(party: Party, lang: Lang) -> ViewPage:
    refused = {"registrar-changed": "alarm-author", "root-acted": "alarm-registrar"}
    items = []
    for place, code in enumerate(sorted(PEOPLE_ALARMS), 1):
        log = peer_of(party) if code in PEER_PEOPLE_ALARMS else party
        items.append(
            AlarmItem(
                id=place, code=code, position=f"{log.upper()}-{818 + place}", at=at(24, place),
                words=sentence(code, lang).text, refused=refused.get(code, ""),
            )
        )  # fmt: skip
    return alarms_page(AlarmList(alarms=tuple(items)))


def no_alarms() -> ViewPage:
    return alarms_page(AlarmList(alarms=()))
