"""The lists of official terms for their page: each code in both languages."""

from __future__ import annotations

from special_channel.messages import terms as lists
from special_channel.messages.catalogue import catalogue
from special_channel.web.pages.answer import TermsPage


def terms() -> TermsPage:
    """Return all lists; the same for everybody."""
    en, zh = catalogue("en"), catalogue("zh-CN")
    return TermsPage(
        groups=tuple(
            (group, tuple((code, zh.label(group, code), en.label(group, code)) for code in codes))
            for group, codes in lists.GROUPS.items()
        ),
        materials=tuple(
            (
                f"{material.control}{form and '.'}{form}",
                material.read,
                material.symbol,
                lists.controlled(f"{material.control}{form and '.'}{form}", zh),
                lists.controlled(f"{material.control}{form and '.'}{form}", en),
                material.tariff if not form else (),
            )
            for material in lists.MATERIALS
            for form in ("", *lists.FORMS)
        ),
        further=tuple(
            (zh.label("tariff", name), en.label("tariff", name), codes)
            for name, codes in lists.FURTHER.items()
        ),
    )
