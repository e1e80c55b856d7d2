"""Pages, API and stores share a model instead of copying it."""

from __future__ import annotations

import importlib
import pkgutil
from collections import defaultdict
from dataclasses import fields, is_dataclass

import pytest
from pydantic import BaseModel

import special_channel

PACKAGES = ("web", "ports", "stores")

FEWEST = 3
"""Two fields, such as a value for each side, may have the same names and different meanings."""


def modules() -> list[str]:
    root = special_channel.__name__
    found = pkgutil.walk_packages(special_channel.__path__, f"{root}.")
    return [each.name for each in found if each.name.removeprefix(f"{root}.").startswith(PACKAGES)]


def names_of(each: type) -> frozenset[str]:
    if is_dataclass(each):
        return frozenset(field.name for field in fields(each))
    if issubclass(each, BaseModel):
        # Lists of different models have the same fields but for the type of their items.
        items = each.model_fields.get("items")
        return frozenset(each.model_fields) | ({str(items.annotation)} if items else set())
    return frozenset()


def classes() -> dict[frozenset[str], list[type]]:
    """Classes with their own fields by the names of all fields."""
    found = defaultdict(list)
    for name in modules():
        for each in vars(importlib.import_module(name)).values():
            if isinstance(each, type) and each.__module__ == name and each.__annotations__:
                found[names_of(each)].append(each)
    return found


def test_no_two_models_have_the_same_fields():
    twins = [
        sorted(f"{each.__module__}.{each.__name__}" for each in same)
        for names, same in classes().items()
        if len(names) >= FEWEST and len(same) > 1
    ]
    assert twins == []


@pytest.mark.parametrize("name", ["web.node.views", "stores.people"])
def test_models_of_pages_and_rows_are_compared(name):
    found = {each.__module__ for same in classes().values() for each in same}
    assert f"special_channel.{name}" in found
