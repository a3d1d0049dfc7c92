"""The libraries of the extra `trl`; without them, every module that imports this one is skipped."""

from __future__ import annotations

import pytest

_WHY = "needs the extra `trl`: make test-trl"

datasets = pytest.importorskip("datasets", reason=_WHY)
tokenizers = pytest.importorskip("tokenizers", reason=_WHY)
torch = pytest.importorskip("torch", reason=_WHY)
transformers = pytest.importorskip("transformers", reason=_WHY)
trl = pytest.importorskip("trl", reason=_WHY)
