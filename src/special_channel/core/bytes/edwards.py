"""Arithmetic on edwards25519 to check that a public key has prime order.

Does not sign or verify, and is not constant-time: public keys are not secret. The libraries in
use lack this check, hence the arithmetic (RFC 8032, 5.1.3 and 5.1.4).
"""

from __future__ import annotations

from typing import Final, TypeAlias

_P: Final = 2**255 - 19
_ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1: Final = pow(2, (_P - 1) // 4, _P)

_Point: TypeAlias = tuple[int, int, int, int]
"""Extended coordinates X, Y, Z, T with x = X/Z, y = Y/Z, xy = T/Z."""


def in_prime_order_subgroup(public: bytes) -> bool:
    """Tell whether 32 bytes are the canonical encoding of a point of order L.

    False for bytes off the curve, a second encoding of a point (y >= p, or x = 0 with the sign
    bit set), the identity, and every point with a part of order 2, 4 or 8.
    """
    point = _decode(public)
    if point is None or point[0] == 0:  # x = 0: the identity, or the point of order 2
        return False
    x, y, z, _ = _multiply(_ORDER, point)
    # L times the point is a torsion point. x = 0 holds for the identity and for order 2; L is odd,
    # so y = -z excludes the latter.
    return x == 0 and (y - z) % _P == 0


def _decode(public: bytes) -> _Point | None:
    encoded = int.from_bytes(public, "little")
    sign, y = encoded >> 255, encoded & (2**255 - 1)
    if y >= _P:
        return None
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 * pow(u * v**7, (_P - 5) // 8, _P) % _P
    if (v * x * x + u) % _P == 0:
        x = x * _SQRT_MINUS_1 % _P
    if (v * x * x - u) % _P != 0:
        return None
    if x & 1 != sign:
        x = -x % _P
    return x, y, 1, x * y % _P


def _add(a: _Point, b: _Point) -> _Point:
    first = (a[1] - a[0]) * (b[1] - b[0]) % _P
    second = (a[1] + a[0]) * (b[1] + b[0]) % _P
    third = 2 * a[3] * b[3] * _D % _P
    fourth = 2 * a[2] * b[2] % _P
    e, f, g, h = second - first, fourth - third, fourth + third, second + first
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _multiply(scalar: int, point: _Point) -> _Point:
    total: _Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            total = _add(total, point)
        point = _add(point, point)
        scalar >>= 1
    return total
