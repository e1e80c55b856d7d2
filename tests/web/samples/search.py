"""Samples of the page of full-text search."""

from __future__ import annotations

from dataclasses import replace

from special_channel.core.bytes.ids import Party
from special_channel.web.search.pages import search_page
from special_channel.web.search.queries import SearchQuery
from special_channel.web.search.views import Excerpt, ExcerptRun, FoundText, SearchResults
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair
from special_channel.web.shell.frame import ViewPage
from tests.web.samples.batches import TITLE
from tests.web.samples.people import LICENSING, PERMITS, astrid, at, chen, en, zh


def authors(party: Party) -> tuple[tuple[str, Author], ...]:
    """Officials to choose from."""
    return (("eu-4", replace(astrid(party), place=4)), ("cn-7", replace(chen(party), place=7)))


DESKS = (("eu-permits", PERMITS), ("cn-licensing", LICENSING))


def run(text: str, hit: str = "") -> ExcerptRun:
    return ExcerptRun.model_validate({"text": text, "hit": hit})


def search_sample(party: Party, *, rare: bool = True) -> ViewPage:
    """Return hits of every kind: as typed, another form, a term, our own columns.

    `rare`: with texts that wait for the index, and more hits than are compared.
    """
    items = (
        FoundText(
            kind="note",
            number="CN-340",
            url="/entries/CN-340",
            thread="EU-142",
            title=TITLE,
            side="cn",
            author=chen(party),
            at=at(24, 7, 20),
            corrected=True,
            excerpts=(
                Excerpt(
                    part="text",
                    lang="zh-CN",
                    runs=(run("经研究，请于下周"), run("补正", "exact"), run("最终用户证明……")),
                ),
                Excerpt(
                    part="file", lang="zh-CN", runs=(run("补正", "exact"), run("材料（虚构）.pdf"))
                ),
            ),
        ),
        FoundText(
            kind="attachment",
            number="CN-341",
            url="/entries/CN-341",
            thread="EU-142",
            title=TITLE,
            side="cn",
            author=chen(party),
            at=at(24, 7, 5),
            file=Excerpt(part="file", lang="zh-CN", runs=(run("最终用户证明（虚构）.docx"),)),
            excerpts=(
                Excerpt(
                    part="text",
                    lang="zh-CN",
                    runs=(
                        run("…如需"),
                        run("补正", "exact"),
                        run("，由进口方于五个工作日内提交原件…"),
                    ),
                ),
            ),
        ),
        FoundText(
            kind="internal",
            number=f"{party.upper()}-P-17",
            url=f"/threads/EU-142?at={party.upper()}-P-17#{party.upper()}-P-17",
            thread="EU-142",
            title=TITLE,
            side=party,
            author=astrid(party) if party == "eu" else chen(party),
            at=at(23, 15, 2),
            excerpts=(
                Excerpt(part="text", lang="zh-CN", runs=(run("补正", "exact"), run("已收悉。"))),
            ),
        ),
        FoundText(
            kind="application",
            number="虚构-26-0119",
            url="/applications/x",
            excerpts=(
                Excerpt(part="column", lang="en", runs=(run("Fictional Motorenwerk Süd AG"),)),
            ),
        ),
        FoundText(
            kind="note",
            number="EU-877",
            url="/entries/EU-877",
            thread="EU-128",
            title=Pair(en("Return of application 0098"), zh("0098号申请退回")),
            side="eu",
            author=astrid(party),
            at=at(19, 14, 12),
            near=True,
            withdrawn=True,
            excerpts=(
                Excerpt(
                    part="text",
                    lang="en",
                    runs=(
                        run("The exporter will "),
                        run("supplement", "term"),
                        run(" the papers."),
                    ),
                ),
            ),
        ),
    )
    view = SearchResults(eu=904, cn=341, items=items, after="1.0.x.eu.877")
    if rare:
        view = view.model_copy(update={"waiting": 3, "ranked": 1000})
    query = SearchQuery(q="补正", side="", kind="", order="best" if rare else "newest", person="")
    return search_page(view, query, DESKS, authors(party))


def search_form(party: Party, typed: str = "") -> ViewPage:
    """Return the form without words, or words of which nothing is found."""
    view = SearchResults(eu=904, cn=341, items=(), searched=bool(typed))
    query = SearchQuery(
        q=typed, since="2026-11-01" if typed else "", person="eu-4" if typed else ""
    )
    return search_page(view, query, DESKS, authors(party))
