"""In the browser one function signs, one function signs in, and none draws."""

from __future__ import annotations

import re

import pytest

from tests.architecture.project import ROOT

SCRIPTS = {
    each.name: each.read_text(encoding="utf-8")
    for each in (ROOT / "src/special_channel/web/static/js").glob("*.js")
}
IMPORT = re.compile(r"^import \{([^}]*)\} from '\./([a-z0-9]+\.js)';$", re.MULTILINE)
EXPORT = re.compile(r"^export (?:const|async function|function|class) (\w+)", re.MULTILINE)


def importers(module: str, name: str) -> set[str]:
    """Return modules that import a name from another module."""
    return {
        file
        for file, text in SCRIPTS.items()
        for names, source in IMPORT.findall(text)
        if source == module and name in re.split(r"[,\s]+", names)
    }


def mentioning(text: str) -> set[str]:
    """Return the modules that contain a text."""
    return {file for file, script in SCRIPTS.items() if text in script}


@pytest.mark.parametrize(
    ("module", "name", "users"),
    [
        ("keys.js", "signWith", {"sign.js", "session.js"}),
        ("suites.js", "sign", {"keys.js", "newkey.js"}),
        ("dsse.js", "encode", {"sign.js", "session.js"}),
        ("payloads.js", "finish", {"builders.js"}),
        ("builders.js", "build", {"sign.js"}),
        (
            "sign.js",
            "signDraft",
            {"acts", "answer", "clear", "compose", "enrol", "recover", "written"},
        ),
        ("session.js", "signIn", {"signin.js"}),
    ],
)
def test_primitive_of_signing_is_imported_by_its_users_alone(module, name, users):
    assert name in EXPORT.findall(SCRIPTS[module])
    assert importers(module, name) == {f"{each.removesuffix('.js')}.js" for each in users}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("crypto.subtle.sign(", "suites.js"),
        ("'#confirm'", "sign.js"),
        ("'/api/entries', {", "sign.js"),
        ("`/api/clearances/${", "sign.js"),
        ("'/api/recovery/private'", "sign.js"),
        ("'/api/enrol'", "sign.js"),
        ("'/api/signin'", "session.js"),
        ("'/api/signin/challenge'", "session.js"),
    ],
)
def test_signing_and_signing_in_stand_in_one_module(text, where):
    assert mentioning(text) == {where}


def test_signing_module_hands_out_no_primitive():
    """A page names a draft to be shown or signed, and gets facts or receipts."""
    assert set(EXPORT.findall(SCRIPTS["sign.js"])) == {
        "signer", "tidyOutbox",
        "nameDraft", "factsOfDraft", "signDraft", "actOf", "bindActs",
    }  # fmt: skip


def test_every_draft_comes_from_the_node():
    """Entries are built in one place, of what the node gave out under the draft's name."""
    script = SCRIPTS["sign.js"]
    assert script.count("await build(") == 1
    assert script.count("await builtAs(by, ") == script.count("await throughNode(name, ") == 3
    described = "{ ...described, as: functionsFor(described) }"
    assert f"await throughNode(name, {described}) : described" in script
    assert mentioning("nameDraft(") == mentioning("signDraft(")


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("createElement", {"signin.js"}),  # an option for each key of this browser
        ("cloneNode", {"dom.js", "written.js"}),  # one more of a row that the node drew
        ("innerHTML", set()),
        ("insertAdjacent", set()),
    ],
)
def test_script_draws_nothing(text, where):
    assert mentioning(text) == where


def test_no_page_has_a_template_element():
    pages = (ROOT / "src/special_channel/web").rglob("*.html")
    assert not [each for each in pages if "<template" in each.read_text(encoding="utf-8")]
