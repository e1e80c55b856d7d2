"""Web origins at which authenticators' keys may sign: the charter's `client` (K24, check 5).

Does not verify signatures: `judge.prove` does, and so finds every other fault of an assertion.
"""

from __future__ import annotations

from typing import Final

from special_channel.core.bytes import webauthn
from special_channel.core.bytes.errors import BadSignature
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.rows.charter import InForce
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.signing_keys import signing_key

_SUITE: Final = "webauthn-es256"


def check_origins(candidate: Candidate, charter: InForce | None, context: JudgeContext) -> None:
    """Refuse an entry signed by an authenticator at another origin than those of its side.

    Raises:
        BadSignature: `signature-origin`.
    """
    for signature in candidate.envelope.signatures:
        # The row first: nearly every signer has one, and it needs no decoding of the public key.
        key = context.key(signature.keyid) or signing_key(
            signature.keyid, candidate.entry, context.rows
        )
        if key.suite == _SUITE:
            message = candidate.envelope.pae
            check_origin(signature.keyid, key.rp or "", message, signature.sig, charter)


def check_origin(
    key: KeyId, rp: str, message: bytes, signature: bytes, charter: InForce | None
) -> None:
    """Refuse an authenticator's signature at another origin than those of the key's side.

    Args:
        key: Id of the key.
        rp: Relying party of the key.
        message: The signed bytes, such as a PAE.
        signature: The signature, verified before.
        charter: The charter in force; None before the first.

    Raises:
        BadSignature: `signature-origin`.
    """
    origin = webauthn.origin_of_signature(message, signature)
    listed = charter.charter.client_origins(party_of(key)) if charter else ()
    if not webauthn.is_allowed_origin(origin, rp, listed):
        raise BadSignature("signature-origin", "The key signed at another web address.", key=key)
