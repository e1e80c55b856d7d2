"""A sample of the page of drafts."""

from __future__ import annotations

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.web.drafts.views import DraftItem, DraftList
from special_channel.web.shared.words import Pair, Words
from tests.web.samples.people import at


def draft_list(party: Party, *, empty: bool = False) -> DraftList:
    """Return drafts of all forms that look different, or none."""
    if empty:
        return DraftList(items=())
    other = peer_of(party).upper()
    own = "en" if party == "eu" else "zh-CN"
    title = Pair(
        Words("Control code and customs code do not agree", "en"),
        Words("管制编码与海关商品编号不一致", "zh-CN"),
    )
    transit, internal = (
        ("Transit", "Ask the importer.") if party == "eu" else ("转运", "请向进口商了解。")
    )
    answer = (
        "The data sheet is attached; the control code is stated on page two."
        if party == "eu"
        else "现提交技术资料，管制编码见第二页。"
    )
    view = DraftList(
        items=(
            DraftItem(
                name="a" * 32, form="note", url=f"/threads/{other}-13#compose",
                number=f"{other}-13",
                title=title, answers=(f"{other}-14 Q2",), words=Words(answer, own),
                at=at(24, 8, 58), version=7, held=True,
            ),
            DraftItem(
                name="new", form="new", url="/threads/new", words=Words(transit, own),
                at=at(23, 17, 21), version=6,
            ),
            DraftItem(
                name="b" * 32, form="internal", url=f"/threads/{other}-23#compose",
                number=f"{other}-23", title=title, words=Words(internal, own),
                at=at(22, 17, 2), version=5,
            ),
            DraftItem(name="words-x", form="words", at=at(22, 9), version=4),
        )
    )  # fmt: skip
    return view.model_copy(update={"total": len(view.items)})
