"""The check of a page accepts any permitted nesting of the peer's parts without an exception."""

from special_channel.core.bytes import canonical, parts
from special_channel.core.entries.header import PartRef
from special_channel.link.checking import _data


def test_data_nested_as_deep_as_a_part_may_is_read():
    nested: dict[str, canonical.Value] = {}
    for _ in range(parts.MAX_DEPTH - 2):
        nested = {"a": nested}
    value: dict[str, canonical.Value] = {
        "role": "data",
        "salt": parts.salt_text(bytes(32)),
        "type": "list",
        "data": nested,
    }
    disclosure = canonical.dumps(value, max_depth=parts.MAX_DEPTH)
    ref = PartRef(k="data", c=parts.commitment(disclosure))
    assert _data([ref], [disclosure]) == canonical.dumps(nested, max_depth=parts.MAX_DEPTH)
