"""Where the public test vectors lie: beside the project, not in it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

VECTORS: Final = Path(__file__).resolve().parents[1].parent / "shared" / "vectors"

needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the public vectors are not beside the project"
)
