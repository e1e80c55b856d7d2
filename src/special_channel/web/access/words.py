"""Grants of access in words, for page, form and second signer. Does not look anything up."""

from __future__ import annotations

from datetime import date

from special_channel.messages.catalogue import Catalogue, Lang
from special_channel.messages.dates import full_date
from special_channel.web.access.views import ScopeView


def title(name: str, t: Catalogue) -> str:
    """Return a grant in one sentence."""
    return t.gettext("act.access.granted", name=name)


def scope_words(scope: ScopeView, lang: Lang, t: Catalogue) -> str:
    """Return what a grant covers: everything, or the threads, lists and days that it names."""
    if scope.everything:
        return t.label("access-scope", "everything")
    mark = "、" if lang == "zh-CN" else ", "
    named = [
        t.gettext(f"access-words.{word}", names=mark.join(names))
        for word, names in (("threads", scope.threads), ("lists", scope.lists))
        if names
    ]
    if scope.first and scope.last:
        first, last = (full_date(date.fromisoformat(day), lang) for day in scope.days)
        named.append(t.gettext("access-words.days", first=first, last=last))
    return ("；" if lang == "zh-CN" else "; ").join(named)


def facts(
    scope: str, until: str, stated: tuple[str, str], t: Catalogue
) -> tuple[tuple[str, str], ...]:
    """Return what a grant says besides its title: labels and words, in order.

    `stated`: its purpose and its written order.
    """
    return (
        (t.label("access-fact", "scope"), scope),
        (t.label("access-fact", "until"), until),
        (t.label("access-fact", "purpose"), stated[0]),
        (t.label("access-fact", "order"), stated[1]),
    )
