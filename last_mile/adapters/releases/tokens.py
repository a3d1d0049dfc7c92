"""How many tokens texts have: by a tokenizer file the user names, or an estimate.

Not here: which texts are counted (core/training/statistics.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from last_mile.errors import UserError

_CHARACTERS = 4  # of one token of English text, about


class TokenCounter(Protocol):
    """Counts tokens of many texts at once.

    Attributes:
        name: What counts, as the manifest names it.
        estimate: Whether the counts are a guess.
    """

    @property
    def name(self) -> str: ...  # noqa: D102 - see the class

    @property
    def estimate(self) -> bool: ...  # noqa: D102

    def count(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text, without those a chat template adds."""
        ...


class Estimate:
    """Four characters to a token, rounded up."""

    name = f"characters / {_CHARACTERS}"
    estimate = True

    def count(self, texts: Sequence[str]) -> list[int]:
        """See TokenCounter."""
        return [-(-len(text) // _CHARACTERS) for text in texts]


class FileTokenizer:
    """A `tokenizer.json` of Hugging Face's tokenizers.

    Args:
        file: The file.

    Raises:
        UserError: It cannot be read as a tokenizer.
    """

    estimate = False

    def __init__(self, file: Path) -> None:
        from tokenizers import Tokenizer  # noqa: PLC0415 - only when a file is named

        try:
            content = file.read_bytes()
            self._tokenizer: Any = Tokenizer.from_buffer(content)
        except (OSError, ValueError) as error:
            raise UserError(
                f"{file} cannot be read as a tokenizer; name a tokenizer.json as Hugging Face "
                "models have it, or give --no-tokenizer to have tokens estimated"
            ) from error
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.name = f"{file.name} (sha256 {hashlib.sha256(content).hexdigest()[:12]})"

    def count(self, texts: Sequence[str]) -> list[int]:
        """See TokenCounter."""
        encoded = self._tokenizer.encode_batch_fast(list(texts), add_special_tokens=False)
        return [len(one) for one in encoded]


def token_counter(tokenizer: str | Path | None) -> TokenCounter:
    """The counter of a tokenizer file; of none, an estimate.

    Raises:
        UserError: The file cannot be read as a tokenizer.
    """
    return Estimate() if tokenizer is None else FileTokenizer(Path(tokenizer))
