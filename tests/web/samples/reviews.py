"""Entries in doubt to be reviewed, and alarms about acts on people."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.messages.catalogue import Lang, sentence
from special_channel.ports.conditions import PEER_PEOPLE_ALARMS, PEOPLE_ALARMS
from special_channel.scanners.listing import HeldFile, Holding
from special_channel.web.files.pages import file_page
from special_channel.web.files.views import FilePage
from special_channel.web.people_alarms.pages import alarms_page
from special_channel.web.people_alarms.views import AlarmFilters, AlarmItem, AlarmList
from special_channel.web.quarantine.pages import ask_page, portion_of, quarantine_page
from special_channel.web.quarantine.views import (
    FileRequest,
    Quarantine,
    QuarantineAsk,
    QuarantinedFile,
    QuarantineFilters,
)
from special_channel.web.reviews.pages import Chosen, review_page
from special_channel.web.reviews.views import Remedy, ReviewItem, ReviewsFound, ReviewsQuery
from special_channel.web.shared.doubts import Doubt
from special_channel.web.shared.portions import PortionQuery
from special_channel.web.shell.content import FileRef
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.people import astrid, at, chen, en, hexes, own, zh


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
    listed = () if empty else disputed(party)
    items = tuple(each.model_copy(update={"may": mine}) for each in listed)
    total = 214 if items else 0
    found = ReviewsFound(eu=877, cn=340, total=total, mine=mine, items=items)
    return review_page(found, chosen or {}, ReviewsQuery(scope="mine" if mine else "all"))


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
    return alarms_page(AlarmList(alarms=tuple(items)), AlarmFilters())


def quarantine_of(*files: QuarantinedFile, asked: PortionQuery | None = None) -> ViewPage:
    view, query = Quarantine(files=files, person="f" * 32), QuarantineFilters()
    return quarantine_page(view, query, portion_of(view, query, asked or PortionQuery()))


def quarantine_sample(party: Party) -> ViewPage:
    log = peer_of(party)
    request = FileRequest(
        id="d" * 64, name=own(party, "Ilona Kőszegi", "李文静"),
        reason=(en("False alarm?") if party == "eu" else zh("是否误报？"),),
        asked=at(24, 7), mine=False, may_agree=True, open=False,
    )  # fmt: skip
    agreed = request.model_copy(
        update={"second": own(party, "Marta Lindqvist", "周明"), "agreed": at(24, 8),
                "until": at(25, 8), "mine": True, "may_agree": False, "open": True}
    )  # fmt: skip
    found = QuarantinedFile(
        sha256="a" * 64, file="e" * 64, active=("macros", "links"), requests=(agreed, request),
        name="Bescheinigung 证书.docx", position=f"{log.upper()}-821",
        threat="Eicar-Test-Signature", engine="ClamAV 1.4.3", signatures="27812",
        dated=date(2026, 11, 23), at=at(24, 6),
    )  # fmt: skip
    upload = found.model_copy(
        update={"sha256": "b" * 64, "name": "", "position": None, "threat": "", "dated": None,
                "engine": "Sample Scanner 2.1", "signatures": "W3E4R7U9-L2E4", "taken": at(24, 8),
                "active": (), "requests": ()}
    )  # fmt: skip
    return quarantine_of(found, upload)


def quarantine_ask_sample(party: Party) -> ViewPage:
    shown = quarantine_sample(party).view
    assert isinstance(shown, Quarantine)
    lang = "en" if party == "eu" else "zh-CN"
    return ask_page(QuarantineAsk(file=shown.files[0], person="f" * 32, lang=lang))


def file_sample(party: Party, *active: str) -> ViewPage:
    file = FileRef(
        0, "Bescheinigung 证书.docm", 217_088, "application/msword", "c" * 64,
        "/api/files/" + "c" * 64, check="clean", active=active,
    )  # fmt: skip
    return file_page(FilePage(file=file, position=f"{peer_of(party).upper()}-821"))


def archive_sample(party: Party) -> ViewPage:
    shown = file_sample(party, "archive", "encrypted").view
    assert isinstance(shown, FilePage)
    held = Holding(
        total=112, encrypted=1, nested=1,
        files=(
            HeldFile("Antrag 申请/最终用户证明.pdf", 217_088, encrypted=False, nested=False),
            HeldFile("Antrag 申请/Anlagen 附件.zip", 1_048_576, encrypted=False, nested=True),
            HeldFile("Technische-Daten-" * 8 + ".xlsx", None, encrypted=True, nested=False),
        ),
    )  # fmt: skip
    file = replace(shown.file, name="Unterlagen 材料.zip")
    return file_page(shown.model_copy(update={"file": file, "holding": held}))


def no_quarantine() -> ViewPage:
    return quarantine_of()


def no_alarms() -> ViewPage:
    return alarms_page(AlarmList(alarms=()), AlarmFilters())
