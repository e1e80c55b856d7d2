"""Words that officials write for the codes of lists and return sheets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from special_channel.core.sense import vocabularies
from special_channel.core.sense.vocabularies import Vocabulary
from special_channel.core.sense.words import Reading, folded, lexicon

STATE = lexicon(vocabularies.STATE, {"approved": ["approved", "准予许可"], "review": ["审查中"]})
TERMS = {
    "identity": [
        "identity of legal representative, managers and handler",
        "法定代表人、主要经营管理人及经办人身份证明",
    ],
    "contract": ["contract", "合同"],
    "other": ["other papers (say which)", "其他材料（请说明）"],
}
MISSING = lexicon(vocabularies.MISSING, TERMS)
REMARK = lexicon(vocabularies.REMARK, {"applicant_told": ["已告知申请人补正"]})


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ("approved", "approved"),
        (" APPROVED. ", "approved"),
        ("q_approved", "approved"),
        ("已批准。", "approved"),
        ("準予許可", "approved"),
        ("審查中", "review"),
        ("審查中；", "review"),
        ("licence_granted-and/issued", "issued"),
        ("not_accepted", "not_accepted"),
        ("Approved (see letter)", "approved"),
        ("准予许可（见函）", "approved"),
        ("\uff41pproved\u3000", "approved"),
        ("under  examination", "review"),
        ("in review 审查中", "review"),
        ("审查中 / in review", "review"),
        ("approved（准予许可）", "approved"),
        ("审查中\nin review", "review"),
    ],
)
def test_word_is_read_however_it_is_written(cell, code):
    assert STATE.read(cell) == Reading((code,))


@pytest.mark.parametrize(
    "cell",
    [
        *("approvved", "", "(approved)", "批", "x" * 401, "已", "approved ("),
        *("in review 准予许可", "approvved 审查中", "审查中 approvved", "in review 中"),
    ],
)
def test_word_that_is_no_code_is_named_and_never_guessed(cell):
    assert STATE.read(cell) == Reading(word=cell.strip() if len(cell) <= 400 else cell)


def test_word_that_can_mean_several_codes_is_asked_about():
    assert STATE.read("Pending (14 days)") == Reading(
        word="Pending (14 days)", meant=("submitted", "provincial", "review")
    )
    assert STATE.read("通过").meant == ("provincial", "approved")


def test_cell_with_several_papers_is_parted_without_parting_a_term():
    cell = "合同、法定代表人、主要经营管理人及经办人身份证明；中文译件\n其他材料，合同"
    assert MISSING.read(cell).codes == ("contract", "identity", "translation", "other")
    assert MISSING.read(f"{TERMS['identity'][0]}, contract").codes == ("identity", "contract")
    assert MISSING.read("other papers").codes == ("other",)
    assert MISSING.read("contract; colour").word == "colour"
    assert MISSING.read("contract; 证明").meant == vocabularies.MISSING.unclear["证明"]
    assert MISSING.read(" ; ").codes == ()
    assert MISSING.read(";".join(["form"] * 41)).word.startswith("form;")


def test_cell_with_one_code_is_not_parted():
    assert STATE.read("approved; issued").codes == ()


def test_remark_is_read_without_its_first_word_as_well():
    for cell in ("已告知申请人补正", "告知申请人补正"):
        assert REMARK.read(cell).codes == ("applicant_told",)


def test_vocabulary_with_a_word_of_two_codes_is_refused():
    twice = Vocabulary("state", {"a": ("same",), "b": ("Same.",)})
    with pytest.raises(ValueError, match="same"):
        lexicon(twice, {})
    unclear = Vocabulary("state", {"a": ("same",)}, {"same": ("a", "b")})
    with pytest.raises(ValueError, match="unclear"):
        lexicon(unclear, {})


@pytest.mark.parametrize("each", vocabularies.VOCABULARIES, ids=lambda each: each.name)
def test_vocabulary_means_only_its_own_codes(each):
    assert {code for codes in each.unclear.values() for code in codes} <= {*each.codes}
    assert all(lexicon(each, {}).read(code).codes == (code,) for code in each.codes)


@given(st.text(max_size=500))
def test_any_text_is_read_within_bounds(cell):
    for each in (STATE, MISSING, REMARK):
        reading = each.read(cell)
        assert {*reading.codes} <= {*each.vocabulary.codes}
        assert not (reading.codes and (reading.word or reading.meant))
    assert len(folded(cell)) <= 20 * max(1, len(cell))
