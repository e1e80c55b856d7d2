"""Handlers take the bundles of `Services` that they use, and ports have a reason."""

from __future__ import annotations

import ast
import re
from dataclasses import fields

import pytest

from special_channel.escalation.deps import EscalationDeps
from special_channel.link.deps import LinkDeps
from special_channel.web.http.routes import NOUNS
from special_channel.web.http.services import (
    COMMON,
    ActServices,
    AlertServices,
    DeskServices,
    Services,
    StoreServices,
)
from tests.architecture.project import ROOT, kept_files

BUNDLES = {each.name for each in fields(Services)}
MOST_BUNDLES = 8
MOST_PORTS = 12


def uses_one_bundle(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Tell whether a function gets all services and reads one bundle alone."""
    names = [
        each.arg
        for each in function.args.args
        if each.annotation is not None and ast.unparse(each.annotation) == "Services"
    ]
    if not names:
        return False
    reads = [
        each.attr
        for each in ast.walk(function)
        if isinstance(each, ast.Attribute) and ast.unparse(each.value) == names[0]
    ]
    mentions = sum(
        isinstance(each, ast.Name) and each.id == names[0] for each in ast.walk(function)
    )
    return mentions == len(reads) and len(set(reads) & BUNDLES) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("def f(own: Services): return own.node.url + own.node.language", True),
        ("def f(own: Services): return own.node.url, own.limits", False),
        ("def f(own: Services): return own.node.url, g(own)", False),
        ("def f(node: NodeServices): return node.url", False),
    ],
)
def test_function_with_one_bundle_is_recognised(text, expected):
    [function] = ast.parse(text).body
    assert isinstance(function, ast.FunctionDef)
    assert uses_one_bundle(function) is expected


def test_functions_of_the_web_take_the_one_bundle_they_use():
    assert not [
        f"{path.relative_to(ROOT)}: {each.name}"
        for path in kept_files("src/special_channel/web/**.py")
        for each in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef) and uses_one_bundle(each)
    ]


WEB = "special_channel.web"
MODULES = {
    ".".join(path.relative_to(ROOT / "src").with_suffix("").parts).removesuffix(".__init__"): path
    for path in kept_files("src/special_channel/web/**.py")
}
ROOTS = {f"{WEB}.http.{name}" for name in ("app", "routes", "services")}
SERVICES_OF = {
    "stores": StoreServices,
    "desk": DeskServices,
    "alerts": AlertServices,
    "acts": ActServices,
}
NAMES = {f"{bundle}.{each.name}" for bundle, kind in SERVICES_OF.items() for each in fields(kind)}


def imported(module: str) -> set[str]:
    """Return the modules of the web that a module imports."""
    names: set[str] = set()
    for each in ast.walk(ast.parse(MODULES[module].read_text(encoding="utf-8"))):
        if isinstance(each, ast.ImportFrom) and each.module:
            names |= {each.module, *(f"{each.module}.{one.name}" for one in each.names)}
    return (names & MODULES.keys()) - ROOTS


def reached(noun: str) -> set[str]:
    """Return the services that the modules of a noun name, or the modules that they import."""
    todo, modules = [name for name in MODULES if name.startswith(f"{WEB}.{noun}.")], set[str]()
    while todo:
        module = todo.pop()
        if module not in modules:
            modules.add(module)
            todo += imported(module)
    text = "".join(MODULES[module].read_text(encoding="utf-8") for module in modules)
    return {name for name in NAMES if re.search(rf"\b{name}\b", text)}


@pytest.mark.parametrize("noun", sorted(NOUNS.keys() - {"http"}))
def test_noun_declares_the_services_that_it_reaches(noun):
    assert NOUNS[noun].reaches == reached(noun) - COMMON


def test_each_folder_with_routes_declares_its_services():
    folders = {name.split(".")[2] for name in MODULES if name.endswith((".pages", ".api"))}
    assert folders == NOUNS.keys() - {"http"}


@pytest.mark.parametrize("context", [Services, LinkDeps, EscalationDeps])
def test_context_is_a_few_bundles(context):
    assert len(fields(context)) <= MOST_BUNDLES


def test_ports_stay_few():
    """A query with one implementation belongs to `stores/` (ADR 28)."""
    protocols = [
        each.name
        for path in kept_files("src/special_channel/ports/*.py")
        for each in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(each, ast.ClassDef) and "Protocol" in map(ast.unparse, each.bases)
    ]
    assert len(protocols) <= MOST_PORTS, sorted(protocols)
