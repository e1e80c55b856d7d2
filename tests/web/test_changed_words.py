"""Changed words between two texts: nothing lost, the fewest words marked, a bound on the work."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.web.shared import changed_words as module
from special_channel.web.shared.changed_words import changed_words

TEXTS = st.text(alphabet="ab 五六。,\n_", max_size=40)


def marked(before: str, after: str) -> str:
    """Write runs on one line: [removed] and {added}."""
    frames = {"same": "%s", "removed": "[%s]", "added": "{%s}"}
    return "".join(frames[run.change] % run.text for run in changed_words(before, after))


@given(TEXTS, TEXTS)
def test_runs_hold_both_texts_whole(before, after):
    runs = changed_words(before, after)
    assert "".join(run.text for run in runs if run.change != "added") == before
    assert "".join(run.text for run in runs if run.change != "removed") == after
    assert all(run.text for run in runs)
    assert all(one.change != other.change for one, other in pairwise(runs))


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Same.", "Same.", "Same."),
        ("", "New.", "{New.}"),
        ("Five lack a stamp.", "Six lack a stamp.", "[Five]{Six} lack a stamp."),
        ("Five stamps lack.", "Six seals lack.", "[Five stamps]{Six seals} lack."),
        ("五份证明未盖章。", "六份证明未加盖公章。", "[五]{六}份证明未{加}盖{公}章。"),
        ("First.\n\nSecond.", "First.", "First.[\n\nSecond.]"),
        ("by 4 May", "by 14 May", "by [4]{14} May"),
    ],
)
def test_changed_words_alone_are_marked(before, after, expected):
    assert marked(before, after) == expected


def test_between_the_first_and_the_last_change_a_long_text_changes_whole(monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    assert marked("x a b y", "x c b d y") == "x [a b]{c b d} y"
    assert marked("x a y", "x c y") == "x [a]{c} y"
