"""The client as served: a small file, bundled from modules of a few forms."""

from __future__ import annotations

import gzip
import re
from collections import Counter

import pytest

from special_channel.web.http.scripts import ENTRIES, LAZY, client
from tests.web.js.node import STATIC, bundle

SOURCES = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}


def test_page_that_reads_loads_20_kib_and_that_writes_30():
    sizes = {entry: len(gzip.compress(bundle(entry).encode(), 9)) for entry in ENTRIES}
    reads = sizes.pop("main.js")
    assert reads <= 20 * 1024
    for entry, writes in sizes.items():
        assert reads < writes <= 30 * 1024, entry


def test_every_module_is_in_it_and_nothing_is_left_of_imports():
    for entry in ENTRIES:
        lazy = re.findall(r"\bimport\('\./([a-z0-9.]+)'\)", bundle(entry))
        assert {*lazy} <= {*LAZY}
        assert not re.search(r"\b(import(?!\(')|export)\b", bundle(entry))
    for name, source in SOURCES.items():
        for function in re.findall(r"^export (?:async )?function (\w+)", source, re.MULTILINE):
            assert any(f"function {function}(" in bundle(each) for each in ENTRIES + LAZY), name


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_a_module_keeps_to_the_forms_that_can_be_joined(name):
    source = SOURCES[name]
    assert re.match(r"// ", source), "says what it is"
    assert source.count("\n") < 400
    for line in source.splitlines():
        assert line.count("`") % 2 == 0, f"a string over several lines: {line}"
        assert len(line) <= 130, line
        if line.startswith("import"):
            assert re.fullmatch(r"import \{[^{}]*\} from '\./[a-z0-9]+\.js';", line), line
        assert not re.search(r"[;{}] *// ", line), f"a comment after code: {line}"


def test_no_name_stands_twice():
    names = Counter[str]()
    for source in SOURCES.values():
        found = re.findall(
            r"^(?:export )?(?:async )?(?:function|class|const|let) ([\w$]+)", source, re.MULTILINE
        )
        names.update(found)
    assert not [name for name, count in names.items() if count > 1]


def test_a_circle_of_modules_is_refused():
    one = "import { b } from './b.js';\n"
    with pytest.raises(ValueError, match=r"^a circle of modules: main\.js b\.js main\.js$"):
        client({"main.js": one, "b.js": "import { a } from './main.js';\n"})


def test_a_module_comes_before_its_first_user_and_once():
    sources = {
        "main.js": "import { b } from './b.js';\nimport { c } from './c.js';\n// text\nb(c);\n",
        "b.js": "import { c } from './c.js';\n\nexport function b() {\n  return c;\n}\n",
        "c.js": "export const c = 'a // b';\n",
    }
    assert client(sources) == "const c='a // b';function b(){return c;}\nb(c);"


def test_white_space_goes_only_where_it_parts_nothing():
    source = "const a = { b: [1, 2] };\nif (a && !b) {\n  c = a - -1;\n} else {\n  d = a / 2;\n}\n"
    assert client({"main.js": source}) == "const a={b:[1,2]};if(a&&!b){c=a- -1;}else{d=a/2;}"
    for literal in ("'a = (b) '", "`x: ${ y }`", "/[ /'] = {2}/g.test(x)", '"; , "'):
        assert literal in client({"main.js": f"f({literal}, x);\n"})


def test_the_file_says_what_the_modules_say():
    joined = "".join("".join(bundle(entry).split()) for entry in ENTRIES + LAZY)
    joined = joined.replace("exportfunction", "function").replace("exportasync", "async")
    for name, source in SOURCES.items():
        body = re.sub(r"^(?:import .*| *//.*)\n|^export ", "", source, flags=re.MULTILINE)
        assert "".join(body.split()) in joined, name


def test_no_html_is_parsed_anywhere():
    sinks = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function"
        r"|srcdoc|setHTML|createContextualFragment|\.style\b"
    )
    assert not any(re.search(sinks, bundle(entry)) for entry in ENTRIES)


def test_nothing_newer_than_chromium_90_is_used():
    newer = (
        r"\.at\(|structuredClone|Object\.hasOwn|\.replaceAll\(|findLast|toBase64|fromBase64|toHex"
        r"|toSorted|toReversed|AbortSignal\.timeout|randomUUID|withResolvers|isWellFormed|static \{"
        r"|Promise\.try|\.groupBy|commandfor|popover"
    )
    assert not any(re.search(newer, bundle(entry)) for entry in ENTRIES)
