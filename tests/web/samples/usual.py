"""A sample of the page of templates."""

from __future__ import annotations

import tomllib
from pathlib import Path

from special_channel.core.bytes.ids import Party
from special_channel.desk.text_templates import parse_templates
from special_channel.web.shell.templates import TemplateItem
from special_channel.web.usual.views import TemplatesView

EXAMPLES = Path(__file__).resolve().parents[3] / "config/templates"


def template_items(party: Party) -> tuple[TemplateItem, ...]:
    """Return the templates of the example file, one used lately, and one that the desk keeps."""
    data = tomllib.loads((EXAMPLES / f"{party}.toml").read_text(encoding="utf-8"))
    items = [
        TemplateItem(
            id=each.id,
            kind=each.kind,
            title=each.title.en if party == "eu" else each.title.zh,
            en=each.text.en,
            zh=each.text.zh,
        )
        for each in parse_templates(data, party).templates
    ]
    kept = TemplateItem(
        id="kept:7",
        kind="answer",
        title="Translation follows" if party == "eu" else "译文后补",
        en="The translation follows by [date].",
        zh="译文将于【日期】前补交。",
        kept=True,
        used="2026-11-23T10:00:00Z",
    )
    return (kept, *items)


def templates_view(party: Party, *, empty: bool = False) -> TemplatesView:
    """Return the templates of a side, or none."""
    items = () if empty else template_items(party)
    return TemplatesView(items=items, total=len(items))
