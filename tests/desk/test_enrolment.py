"""One-time codes, and who may be invited."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.desk.enrolment import code_digest, code_from, person
from special_channel.desk.invitations import CODE_LIFE
from special_channel.stores.people import Official

OFFICIAL = Official(1, "Ilona Fictional", "desk", "Permits", "permits", "i.f@eu.example", "en")


@pytest.mark.parametrize(
    ("random", "code"),
    [
        (bytes(12), "2222-2222-2222"),
        (bytes(range(12)), "2345-6789-ABCD"),
        (bytes(range(12, 24)), "EFGH-JKMN-PQRS"),
        (bytes(range(24, 40)), "TVWX-YZ23-4567"),
    ],
)
def test_code_has_twelve_letters_that_are_not_confused(random, code):
    assert code_from(random) == code


@pytest.mark.parametrize(
    "typed",
    [
        "K7QF-2M9X-RT4D", "k7qf2m9xrt4d", " K7QF 2M9X\tRT4D ", "k7qf-2m9x rt4d",
        # Full-width signs; dashes of word processors; a minus; a soft hyphen and a wide blank.
        "\uff2b\uff17\uff31\uff26\uff0d\uff12\uff2d\uff19\uff38\uff0d\uff32\uff34\uff14\uff24",
        "K7QF\u20132M9X\u2014RT4D", "K7QF\u22122M9X\u2011RT4D", "K7QF\xad2M9X\u3000RT4D",
    ],
)  # fmt: skip
def test_code_may_be_typed_without_hyphens_in_small_letters(typed):
    assert code_digest(typed) == sha256(b"K7QF2M9XRT4D").digest()


def test_code_lives_for_a_weekend_and_a_day():
    assert timedelta(days=3) == CODE_LIFE


@pytest.mark.parametrize("role", ["desk", "head", "director", "oversight", "registrar"])
def test_person_of_each_role_can_be_invited(role):
    assert person(replace(OFFICIAL, role=role)) == replace(OFFICIAL, role=role)


@pytest.mark.parametrize("role", ["node", "link", "checkpoint", "cosigning", "root"])
def test_machine_is_not_invited(role):
    with pytest.raises(Malformed) as refused:
        person(replace(OFFICIAL, role=role))
    assert refused.value.code == "invitation-role"


@pytest.mark.parametrize("address", ["", "a@b.c", "a.b+c@x-y.example", f"a@{'b' * 63}.example"])
def test_mail_address_may_be_missing_or_plain(address):
    assert person(replace(OFFICIAL, email=address)).email == address


@pytest.mark.parametrize("field", ["name", "unit", "desk"])
@pytest.mark.parametrize("text", ["a\0b", "a\nb"])
def test_control_characters_are_refused(field, text):
    with pytest.raises(Malformed) as refused:
        person(replace(OFFICIAL, **{field: text}))
    assert (refused.value.code, refused.value.facts) == ("request-malformed", {"field": field})


@pytest.mark.parametrize(
    "address",
    ["a", "a@", "@b.c", "a b@c.d", "A <a@b.c>", "a@b.c\n", ".a@b.c", "a..b@c.d", "a@-b.c",
     f"a@{'b' * 64}.example", "a@b.c, d@e.f"],
)  # fmt: skip
def test_mail_address_that_is_none_is_refused(address):
    with pytest.raises(Malformed) as refused:
        person(replace(OFFICIAL, email=address))
    assert refused.value.code == "invitation-email"


@pytest.mark.parametrize(
    "official",
    [replace(OFFICIAL, name="Ilona\u202eFictional"), replace(OFFICIAL, unit="Per\u202emits")],
    ids=["name", "unit"],
)
def test_mark_of_direction_without_partner_is_refused(official):
    with pytest.raises(Malformed) as refused:
        person(official)
    assert (refused.value.code, refused.value.facts) == ("text-direction", {"mark": "U+202E"})
