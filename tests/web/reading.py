"""Read a page as its reader does: by role, accessible name and visible text.

`Page(html)` finds elements as assistive programs name them: `page.one("link", "Licences")`,
`page.rows("Applications")`, `page.facts()`. Text is what a browser shows: without hidden elements,
templates, dialogs and the script's strings. Does not run a script and knows no style sheets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

_VOID: Final = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_UNSEEN: Final = frozenset({"dialog", "head", "noscript", "script", "style", "svg", "template"})
"""Elements that are not shown to a reader whose page has just loaded."""

_LATER: Final = frozenset({"dialog", "head", "noscript", "template"})
"""Elements whose texts come only with or without a script, or not into the page."""

_INLINE: Final = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "code", "del", "em", "i", "mark", "q", "s", "span", "strong",
     "sub", "sup", "time", "u"}
)  # fmt: skip
"""Elements whose text continues the line; all others stand apart."""

_ROLES: Final = {
    "article": "article", "aside": "complementary", "button": "button", "dd": "definition",
    "del": "deletion", "details": "group", "dt": "term", "form": "form", "h1": "heading",
    "h2": "heading", "h3": "heading", "h4": "heading", "img": "img", "li": "listitem",
    "main": "main", "nav": "navigation", "ol": "list", "option": "option", "section": "region",
    "select": "combobox", "summary": "summary", "table": "table", "td": "cell",
    "textarea": "textbox", "tr": "row", "ul": "list",
}  # fmt: skip
"""Element → role, after HTML Accessibility API Mappings; `summary` has none there."""

_INPUTS: Final = {"checkbox": "checkbox", "radio": "radio", "submit": "button", "hidden": ""}


@dataclass(eq=False, slots=True)
class Element:
    """An element of a page.

    Attributes:
        tag: Its name.
        attributes: Attributes by name; one without a value has an empty text.
        inside: Elements and texts, in order.
        around: The element that holds it; None for the page itself.
    """

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    inside: list[Element | str] = field(default_factory=list, repr=False)
    around: Element | None = field(default=None, repr=False)

    @property
    def role(self) -> str:
        """Role, given or of the element; empty if there is none."""
        given = self.attributes.get("role", "").partition(" ")[0]
        if given:
            return given
        match self.tag:
            case "a":
                return "link" if "href" in self.attributes else ""
            case "th":
                return "rowheader" if self.attributes.get("scope") == "row" else "columnheader"
            case "input":
                return _INPUTS.get(self.attributes.get("type", "text"), "textbox")
            case _:
                return _ROLES.get(self.tag, "")

    @property
    def text(self) -> str:
        """Visible text; blanks of the source are one, a no-break space stays."""
        return " ".join(part for part in re.split(r"[ \n\t]+", "".join(self._texts())) if part)

    def pieces(self) -> Iterator[str]:
        """Yield the texts between tags, also those of drawings and of what a script shows."""
        if self.tag in _LATER or self.attributes.get("id") == "strings":
            return
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                yield from each.pieces()

    @property
    def source(self) -> str:
        """All text as it stands in the source, blanks and hidden text among it."""
        return "".join(each if isinstance(each, str) else each.source for each in self.inside)

    @property
    def name(self) -> str:
        """Accessible name: of `aria-label`, of other elements by id, of a label, or the text."""
        if label := self.attributes.get("aria-label"):
            return label
        if ids := self.attributes.get("aria-labelledby"):
            named = (self.page.by_id(each) for each in ids.split())
            return " ".join(each.text for each in named if each)
        if self.role in {"textbox", "combobox", "checkbox", "radio"}:
            return self._label()
        if self.role in {"table", "region", "group", "form", "navigation", "list"}:
            first = next((each for each in self.within() if each.tag in _NAMING), None)
            return first.text if first else ""
        return self.attributes.get("alt", "") or self.text

    @property
    def page(self) -> Element:
        """The page that the element is of."""
        return self.around.page if self.around else self

    @property
    def hidden(self) -> bool:
        """Whether the element or one around it is not shown."""
        own = self.tag in _UNSEEN or "hidden" in self.attributes
        own = own or self.attributes.get("id") == "strings"
        return own or (self.around is not None and self.around.hidden)

    def within(self) -> Iterator[Element]:
        """Yield all elements inside, in order."""
        for each in self.inside:
            if isinstance(each, Element):
                yield each
                yield from each.within()

    def by_id(self, id_: str) -> Element | None:
        """Return the element with an id."""
        return next((each for each in self.within() if each.attributes.get("id") == id_), None)

    def all(self, role: str, name: str | None = None) -> list[Element]:
        """Return the visible elements of a role, those with a name if one is given."""
        return [
            each
            for each in self.within()
            if each.role == role and not each.hidden and name in {None, each.name}
        ]

    def one(self, role: str, name: str | None = None) -> Element:
        """Return the one visible element of a role and name; fail if there is none or more."""
        found = self.all(role, name)
        assert len(found) == 1, f"{name!r}: {[each.name for each in self.all(role)]}"
        return found[0]

    def marked(self, attribute: str, value: str | None = None) -> list[Element]:
        """Return elements, hidden ones too, by an attribute that the script reads.

        Pieces of a `template` are left out: they are not part of the page yet.
        """
        return [
            each
            for each in self.within()
            if attribute in each.attributes and value in {None, each.attributes[attribute]}
            if "template" not in (around.tag for around in each.outwards())
        ]

    def outwards(self) -> Iterator[Element]:
        """Yield the elements around this one, the innermost first."""
        around = self.around
        while around is not None:
            yield around
            around = around.around

    def names(self, role: str) -> list[str]:
        """Return the names of the visible elements of a role."""
        return [each.name for each in self.all(role)]

    def links(self) -> dict[str, str]:
        """Return the addresses of the visible links, by their names."""
        return {each.name: each.attributes["href"] for each in self.all("link")}

    def rows(self, table: str | None = None) -> list[list[str]]:
        """Return rows as the texts of their cells, heads among them.

        Args:
            table: Name of the table or of the group around it; None for those of all tables.
        """
        of: list[Element] = [self]
        if table is not None:
            of = self.all("table", table) or self.all("group", table)
            assert of, f"{table!r}: {self.names('table') + self.names('group')}"
        return [
            [cell.text for cell in row.within() if cell.tag in {"td", "th"}]
            for each in of
            for row in each.all("row")
        ]

    def codes(self) -> list[str]:
        """Return the codes that are shown, such as the one of an error."""
        return [each.text for each in self.within() if each.tag == "code" and not each.hidden]

    def shape(self) -> tuple[object, ...]:
        """Return the whole element as values, to be compared with another one."""
        inside = (each if isinstance(each, str) else each.shape() for each in self.inside)
        return (self.tag, tuple(sorted(self.attributes.items())), *inside)

    def facts(self) -> dict[str, str]:
        """Return the texts of a list of terms, by term."""
        facts: dict[str, str] = {}
        term = ""
        for each in self.within():
            if each.tag == "dt":
                term = each.text
            elif each.tag == "dd":
                facts[term] = each.text
        return facts

    def fields(self) -> dict[str, str]:
        """Return what a form would send if it were sent as it is, by the fields' names."""
        sent: dict[str, str] = {}
        for each in self.within():
            name = each.attributes.get("name")
            if not name or each.tag not in {"input", "select", "textarea"}:
                continue
            value = each.attributes.get("value", "")
            if each.tag == "textarea":
                value = "".join(part for part in each.inside if isinstance(part, str))
            elif each.tag == "select":
                chosen = [one for one in each.within() if one.tag == "option"]
                marked = [one for one in chosen if "selected" in one.attributes] or chosen[:1]
                value = marked[0].attributes.get("value", marked[0].text) if marked else ""
            elif each.attributes.get("type") in {"checkbox", "radio"}:
                if "checked" not in each.attributes:
                    continue
                value = value or "on"
            sent[name] = value
        return sent

    def signs(self, kind: str) -> list[str]:
        """Return the bodies that the page's buttons for a kind have the browser sign."""
        return [
            each.attributes["data-body"]
            for each in self.within()
            if each.attributes.get("data-sign") == kind and not each.hidden
        ]

    def _texts(self) -> Iterator[str]:
        if self.tag in _UNSEEN or self.hidden:
            return
        apart = "" if self.tag in _INLINE else " "
        yield apart
        for each in self.inside:
            if isinstance(each, str):
                yield each
            else:
                yield from each._texts()
        yield apart

    def _label(self) -> str:
        own = self.attributes.get("id")
        for each in self.page.within():
            if each.tag == "label" and (
                (own and each.attributes.get("for") == own) or self in each.within()
            ):
                # The words of the label itself, not the options that it holds.
                return " ".join(
                    " ".join(part if isinstance(part, str) else part.text for part in each.inside
                             if isinstance(part, str) or part.tag not in _CONTROLS).split()
                )  # fmt: skip
        return self.attributes.get("placeholder", "")


_NAMING: Final = frozenset({"caption", "legend", "summary"})
_CONTROLS: Final = frozenset({"input", "select", "textarea"})


class Page(Element):
    """A page, or a piece of one."""

    def __init__(self, html: str) -> None:
        super().__init__("page")
        builder = _Builder(self)
        builder.feed(html)
        builder.close()

    @property
    def language(self) -> str:
        """The language that the page says it is in."""
        return next(each for each in self.within() if each.tag == "html").attributes["lang"]


class _Builder(HTMLParser):
    """Builds the tree; a tag that closes nothing that is open is left out."""

    def __init__(self, page: Element) -> None:
        super().__init__(convert_charrefs=True)
        self._open = [page]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        parent = self._open[-1]
        if (tag, attrs) == ("span", [("class", "nw")]):
            # A date that no line may break is text of its sentence.
            self._open.append(Element(tag, {}, parent.inside, parent))
            return
        element = Element(tag, {name: value or "" for name, value in attrs}, [], parent)
        parent.inside.append(element)
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        places = [place for place, each in enumerate(self._open) if each.tag == tag]
        if places:
            del self._open[places[-1] :]

    def handle_data(self, data: str) -> None:
        inside = self._open[-1].inside
        if inside and isinstance(inside[-1], str):
            inside[-1] += data
        else:
            inside.append(data)


def group_of(page: Element, group: str) -> list[Element]:
    """Return the rows of a list of threads that the inbox's heading `g-…` names."""
    lists = page.marked("aria-labelledby", f"g-{group}")
    return [row for each in lists for row in each.marked("data-row")]


def numbers(rows: Iterable[Element]) -> list[str]:
    """Return the numbers of the threads that these rows lead to."""
    links = (row.all("link")[0].attributes["href"] for row in rows)
    return [link.removeprefix("/threads/") for link in links]


def rows_of(html: str) -> list[list[str]]:
    """Return the rows of all tables of a page, each as the text of its cells, heads among them."""
    return Page(html).rows()
