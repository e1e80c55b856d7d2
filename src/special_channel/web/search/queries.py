"""Search the record and our side's texts, and read the hits. Does not keep what was typed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Annotated, Any, Final, Literal, cast
from urllib.parse import urlencode

from pydantic import AfterValidator, Field, model_validator
from pydantic.types import StringConstraints

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, Position, private_number
from special_channel.core.bytes.times import instant
from special_channel.core.search.folding import fold, is_chinese, pieces, stemmable
from special_channel.core.search.matching import Mark, excerpt, marks
from special_channel.core.search.queries import MAX_QUERY, Query, Terms, parse
from special_channel.messages.terms import search_pairs
from special_channel.stores.search import RANKED, SearchFilter, SearchHit
from special_channel.stores.search_index import (
    FILTERED_KINDS,
    Kind,
    Paragraphs,
    Place,
    SearchedText,
    Source,
)
from special_channel.web.search.views import (
    Excerpt,
    ExcerptRun,
    FoundText,
    SearchResults,
    TextPart,
)
from special_channel.web.shared import query as queries
from special_channel.web.shared.days import Day, in_order, instants
from special_channel.web.shared.doubts import doubt_at
from special_channel.web.shared.query import Text, Whole, codes, read_day
from special_channel.web.shared.references import application_url, entry_url, licence_url
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.shell.threads import find_batch, subjects

PAGE: Final = 25
"""Hits of one page."""

FILLED: Final = 50
"""Texts indexed at once; `FILLS`: how often before a search, so that it waits a moment at most."""
FILLS: Final = 4

PEOPLE: Final = 500
"""Officials of a side to choose from."""

EXCERPTS: Final = 2
"""Excerpts of one hit."""

READ: Final = 20_000
"""Characters of a hit that are read for excerpts."""

_CURSOR_PARTS: Final = 5
_SOURCES: Final = ("eu", "cn", "private", "application", "licence", "batch", "reference", "file")


class SearchQuery(queries.Query):
    """What to search for, and filters of hits; empty ones match all.

    `since`, `until`: first and last day in our capital. `person`: author, such as `eu-12`; `desk`:
    the author's, such as `eu-permits`. `batch`: number of a list. `after`: mark of the page before.
    """

    q: Annotated[
        str,
        StringConstraints(strip_whitespace=True, max_length=MAX_QUERY),
        AfterValidator(queries.one_line),
    ] = ""
    side: Annotated[str, codes(PARTIES)] = ""
    kind: Annotated[
        str,
        codes(FILTERED_KINDS),
    ] = ""
    state: Annotated[str, codes(("open", "closed"))] = ""
    person: Annotated[str, Field(pattern=r"^((eu|cn)-[1-9][0-9]{0,8})?$")] = ""
    desk: Text = ""
    batch: Text = ""
    since: Day = ""
    until: Day = ""
    order: Literal["newest", "best"] = "newest"
    after: Annotated[str, Field(max_length=400)] = ""

    _ordered = model_validator(mode="after")(in_order)

    @property
    def address(self) -> str:
        """What was typed, filters and order, as in the page's address without the page."""
        fields = self.model_dump(exclude={"after", "limit"})
        if self.order == "newest":
            del fields["order"]
        return urlencode({name: value for name, value in fields.items() if value})

    @property
    def filtered(self) -> bool:
        """Whether a filter is set."""
        whose = (self.side, self.kind, self.person, self.desk)
        return any((*whose, self.state, self.batch, self.since, self.until))


class SearchApiQuery(SearchQuery):
    """A search over the API; `limit`: most hits of one answer."""

    limit: Whole = PAGE


@cache
def _terms() -> Terms:
    return Terms(search_pairs())


async def search(context: PageContext, query: SearchQuery, limit: int = PAGE) -> SearchResults:
    """Return a page of hits.

    Raises:
        Malformed: `request-malformed` for a mark that no answer gave.
        NotFound: `batch-unknown`.
    """
    index = context.own.stores.search_index
    stems = await index.stems(stemmable([query.q])) if query.q else {}
    parsed = parse(query.q, lambda word: stems.get(word, word), _terms())
    fits, after = await _filter(context, query), _cursor(query.after)
    if not parsed.clauses:
        return no_hits(context)
    waiting = await index.waiting()
    if waiting:
        for _ in range(FILLS):
            if await index.fill(FILLED) < FILLED:
                break
        waiting = await index.waiting()
    waiting += await context.own.stores.file_texts.waiting(tuple(context.own.desk.scanner.scanners))
    size = max(1, min(limit, queries.MAX_LIMIT))
    hits = await context.own.stores.search.find(
        parsed, fits, order=query.order, after=after, limit=size + 1
    )
    page = hits[:size]
    return SearchResults(
        **context.sizes,
        items=await _found(context, page, parsed),
        after=_mark(page[-1]) if len(hits) > size else None,
        searched=True,
        waiting=waiting,
        ranked=RANKED
        if query.order == "best" and await context.own.stores.search.unranked(parsed, fits)
        else None,
    )


def no_hits(context: PageContext) -> SearchResults:
    """Return a page of hits without a hit, for which nothing was searched."""
    return SearchResults(**context.sizes, items=(), after=None, searched=False)


async def authors(context: PageContext) -> tuple[tuple[str, Author], ...]:
    """Return the officials of both sides as filters, such as `eu-12`.

    Ours come first, by name; theirs by desk and number, since their names are not known here.
    """
    views = context.own.stores.views
    sides = [await views.side_persons(party) for party in (context.party, context.peer)]
    rows = [row for side in sides for row in side[:PEOPLE] if row.keys]
    known = await people(context, [row.keys[0] for row in rows])
    found = [(f"{row.party}-{row.number}", known.author(row.keys[0])) for row in rows]

    def order(each: tuple[str, Author]) -> tuple[bool, str, str, int]:
        author = each[1]
        desk = author.desk.first(context.lang).text
        return author.party != context.party, author.name or "", desk, author.place

    return tuple(sorted(found, key=order))


async def _filter(context: PageContext, query: SearchQuery) -> SearchFilter:
    since, until = instants(context.party, read_day(query.since), read_day(query.until))
    return SearchFilter(
        own=context.party,
        party=query.side,
        kind=cast(Kind, query.kind),
        since=since,
        until=until,
        person=query.person,
        desk=query.desk,
        state=query.state,
        batch=(await find_batch(context, query.batch)).batch if query.batch else "",
    )


def _mark(hit: SearchHit) -> str:
    return f"{int(hit.near)}.{hit.score}.{hit.at}.{hit.source}.{hit.key}"


def _cursor(mark: str) -> SearchHit | None:
    """Read the mark of a page; it contains no word that was searched for.

    Raises:
        Malformed: `request-malformed`.
    """
    if not mark:
        return None
    parts = mark.split(".", _CURSOR_PARTS - 1)
    if len(parts) == _CURSOR_PARTS:
        near, score, at, source, key = parts
        if near in ("0", "1") and source in _SOURCES and score.isascii() and score.isdigit():
            return SearchHit(cast(Source, source), key, at, near == "1", min(int(score[:9]), 10**8))
    raise Malformed("request-malformed", "Not a mark of a page.", field="after")


async def _found(
    context: PageContext, hits: Sequence[SearchHit], query: Query
) -> tuple[FoundText, ...]:
    """Read the hits with their threads and authors.

    Texts erased meanwhile are left out, and texts of files that nobody may open any more.
    """
    stores = context.own.stores
    texts = await _open_texts(context, hits)
    threads = await stores.views.threads_by_id(
        [*dict.fromkeys(text.thread for text in texts.values() if text.thread)]
    )
    titles = await subjects(context, threads.values())
    authors = await people(context, {text.author for text in texts.values()})
    excerpts = await _excerpts(context, texts, query)
    found = []
    for hit in hits:
        text = texts.get(hit.place)
        if text is None:
            continue
        thread = threads.get(text.thread)
        number, url = _address(context, text, str(thread.position) if thread else "")
        excerpt = excerpts[hit.place]
        found.append(
            FoundText(
                kind=text.kind,
                number=number,
                url=url,
                thread=str(thread.position) if thread else None,
                title=titles.title(thread) if thread else None,
                side=_side(context, text),
                author=_author(authors, text),
                at=instant(text.at) if text.at else None,
                near=hit.near,
                withdrawn=text.withdrawn,
                corrected=text.corrected,
                file=excerpt[0] if text.file else None,
                excerpts=excerpt[1:] if text.file else excerpt,
                doubt=doubt_at(context.doubts, Position.parse(number))
                if text.source in (*PARTIES, "batch", "reference") or (text.file and text.party)
                else None,
            )
        )
    return tuple(found)


async def _open_texts(
    context: PageContext, hits: Sequence[SearchHit]
) -> Mapping[Place, SearchedText]:
    """Read the texts of hits, without those of files that our side's scanners keep closed."""
    texts = await context.own.stores.search_index.texts([hit.place for hit in hits])
    files = sorted({text.file for text in texts.values() if text.file})
    # The index follows a find at once, but a scanner that was added closes every file at the start.
    checks = await context.own.desk.scanner.checks(files)
    return {
        place: text
        for place, text in texts.items()
        if not text.file or (text.file in checks and checks[text.file].usable)
    }


def _side(context: PageContext, text: SearchedText) -> Any:  # noqa: ANN401 - a literal
    if text.source == "application":
        return None
    return text.party or context.party


def _author(authors: People, text: SearchedText) -> Author | None:
    return authors.author(text.author) if text.author else None


def _address(context: PageContext, text: SearchedText, thread: str) -> tuple[str, str]:
    """Return a text's number and the address of its very place."""
    log, _, index = text.entry.partition("-")
    if "private" in {text.source, log}:
        number = private_number(context.party, int(index or text.key))
        return number, entry_url(thread, number)
    if text.entry:
        return (number := f"{log.upper()}-{index}"), f"/entries/{number}"
    if text.source == "reference":
        return thread, f"/threads/{thread}"
    if text.source == "application":
        return text.key, application_url(text.key)
    if text.source == "licence":
        return text.key, licence_url(text.key)
    number = text.paragraphs[0][1]
    return number, f"/batches/{number}" if text.source == "batch" else f"/entries/{number}"


async def _excerpts(
    context: PageContext, texts: Mapping[Place, SearchedText], query: Query
) -> dict[Place, tuple[Excerpt, ...]]:
    read = {place: list(_beginning(text, query)) for place, text in texts.items()}
    words = stemmable(said for each in read.values() for _, said in each)
    stems = await context.own.stores.search_index.stems(words) if words else {}

    def stem(word: str) -> str:
        return stems.get(word, word)

    excerpts = {}
    for place, each in read.items():
        marked = [(part, said, marks(said, query, stem)) for part, said in each]
        # The name of a file is shown with every hit in its text.
        chosen = [*marked[:1], *_chosen(marked[1:])] if texts[place].file else _chosen(marked)
        excerpts[place] = tuple(_excerpt(*one) for one in chosen)
    return excerpts


def _beginning(text: SearchedText, query: Query) -> Iterator[tuple[TextPart, str]]:
    """Yield the paragraphs without the number that the hit shows anyway, up to a length.

    Of a file its name, and the paragraphs with most words of the query.
    """
    left = READ
    own = 0 if text.source in {"reference", "file"} else 1
    paragraphs = _telling(text.paragraphs, query) if text.file else text.paragraphs[own:]
    for part, said in paragraphs:
        yield part, said[:left]
        left -= len(said)
        if left <= 0:
            return


def _telling(paragraphs: Paragraphs, query: Query) -> Paragraphs:
    """Return a file's name and the paragraphs with most words of a query, in order, up to a length.

    Compares pieces of words: which places are marked, `marks` decides.
    """
    name, *texts = paragraphs
    if sum(len(said) for _, said in texts) <= READ:
        return paragraphs
    pieces_of_words = {
        # Forms of a word differ in their last letters.
        word[:-1] if needle.kind == "stem" else word
        for clause in query.clauses
        for way in clause.ways
        for needle in way.needles
        for word in ((needle.text,) if needle.kind == "stem" else needle.words)
    }
    folded = [fold(said).replace("-", "") for _, said in texts]
    counts = [sum(piece in said for piece in pieces_of_words) for said in folded]
    left, chosen = READ, []
    for place in sorted(range(len(texts)), key=lambda place: -counts[place]):
        left -= len(texts[place][1])
        if not counts[place] or left < 0:
            break
        chosen.append(place)
    return (name, *(texts[place] for place in sorted(chosen)))


def _chosen(
    read: Sequence[tuple[TextPart, str, list[Mark]]],
) -> Sequence[tuple[TextPart, str, list[Mark]]]:
    """Choose the paragraphs with most hits; without any, the first text."""
    marked = [each for each in read if each[2]]
    if not marked:
        return [each for each in read if each[0] in ("text", "subject")][:1]
    most = sorted(marked, key=lambda each: -sum(mark.hit == "exact" for mark in each[2]))
    chosen = most[:EXCERPTS]
    return [each for each in marked if each in chosen][:EXCERPTS]


def _excerpt(part: TextPart, text: str, found: Sequence[Mark]) -> Excerpt:
    chinese = any(is_chinese(piece.text) for piece in pieces(fold(text)))
    return Excerpt(
        part=part,
        lang="zh-CN" if chinese else "en",
        runs=tuple(
            ExcerptRun(text=" ".join(each.text.split("\n")), hit=each.hit)
            for each in excerpt(text, found)
        ),
    )
