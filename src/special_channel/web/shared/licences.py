"""Rules by which a licence covers an application. Does not look up licences or applications."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from special_channel.core.rows.licences import Issue

Rule = Literal["code", "code-customer"]
"""Why a licence would cover an application: the same control code, and the same company where the
licence names customers."""


def covering_rule(issue: Issue, columns: Mapping[str, str]) -> Rule | None:
    """Return the rule by which a licence covers an application with the same control code.

    Args:
        issue: The licence in force.
        columns: Our side's private columns of the application.
    """
    if issue.type != "general":  # an individual licence covers the applications it names
        return None
    if not issue.customers:
        return "code"
    customers = {name.lower() for name in issue.customers}
    return "code-customer" if columns.get("eu_company", "").lower() in customers else None
