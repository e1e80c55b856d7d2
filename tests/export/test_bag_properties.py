"""Bags read as a stream: the same findings as with sets and dictionaries of all names."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.audit.findings import FindingCollector
from special_channel.export import bag
from tests.export.bundling import HeldBag

PAYLOAD = ("data/a", "data/A", "data/aB", "data/ab", "data/b/c", "data/b/d")
TAGS = ("README.txt", "notes.txt", "Notes.txt", "bagit.txt", "bag-info.txt")
MANIFESTS = ("manifest-sha256.txt", "tagmanifest-sha256.txt", "manifest-sha512.txt")

contents = st.sampled_from((b"", b"one", b"two"))
listed = st.lists(
    st.tuples(st.sampled_from((*PAYLOAD, *TAGS, *MANIFESTS)), contents, st.booleans()), max_size=12
)


def manifest(lines, algorithm):
    """Write a manifest; a line is in order only by chance, and may stand twice or be malformed."""
    made = []
    for path, content, whole in lines:
        digest = hashlib.new(algorithm, content).hexdigest()
        made.append(f"{digest if whole else digest[1:]}  {path}\n")
    return "".join(made).encode()


def read(manifests, found):
    """Return what manifests list; of two lines for a path the first counts."""
    listed: dict[str, dict[str, bytes]] = {}
    for name, lines in manifests.items():
        listed[name] = {}
        for path, content, whole in lines:
            if not whole or path in listed[name]:
                found.add(("bag-format", name))
                continue
            listed[name][path] = content
            if path.startswith("data/") == name.startswith("tag"):
                found.add(("bag-path", path))
    return listed


def expected(files, manifests):
    """Return the expected findings on a bag's files and manifests."""
    found: set[tuple[str, str]] = set()
    seen: set[str] = set()
    listed = read(manifests, found)
    payload = [lines for name, lines in listed.items() if name.startswith("manifest")]
    tagged = listed.get("tagmanifest-sha256.txt", {})
    for lines in listed.values():
        found |= {("bag-file-missing", path) for path in lines if path not in files}
    for path in sorted(files):
        if path.lower() in seen:
            found.add(("bag-path", path))
        seen.add(path.lower())
        if any(lines.get(path, files[path]) != files[path] for lines in listed.values()):
            found.add(("bag-digest", path))
        required = payload if path.startswith("data/") else [tagged]
        if any(path not in lines for lines in required) and not path.startswith("tagmanifest-"):
            found.add(("bag-file-unlisted", path))
    return found


def compared(code, path):
    """Omit findings on required files and on algorithms."""
    match code:
        case "bag-format":
            return "manifest-sha256" in path
        case "bag-file-missing":
            return path.startswith(("data/", "README"))
        case _:
            return code in {"bag-path", "bag-digest", "bag-file-unlisted"}


@given(
    st.dictionaries(st.sampled_from((*PAYLOAD, *TAGS)), contents),
    st.dictionaries(st.sampled_from(MANIFESTS), listed),
    st.booleans(),
)
def test_bag_is_compared_as_by_dictionaries_of_names(files, manifests, in_order):
    if in_order:
        manifests = {name: sorted({one[0]: one for one in manifests[name]}.values())
                     for name in manifests}  # fmt: skip
    written = {name: manifest(lines, name[-10:-4]) for name, lines in manifests.items()}
    found = FindingCollector()
    bag.check_profile(bag.check(HeldBag(files | written), found))
    ours = {(each.code, each.place.file) for each in found.findings}
    assert {one for one in ours if compared(*one)} == {
        one for one in expected(files | written, manifests) if compared(*one)
    }
