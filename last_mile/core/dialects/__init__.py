"""Every dialect of training data: what each fine-tuning tool reads. One dialect, one file.

A new dialect is a file here with a `DIALECT`, and its name in the list below (docs/dialects.md).
"""

from last_mile.core.dialects import (
    axolotl,
    azure,
    fireworks,
    llama_factory,
    nemo_rl,
    openai,
    together,
    trl,
    unsloth,
)
from last_mile.core.dialects.dialect import FIELDS, REASONS, Dialect, Record, Refusal

DIALECTS: dict[str, Dialect] = {
    module.DIALECT.name: module.DIALECT
    for module in (
        trl, unsloth, axolotl, llama_factory, nemo_rl, openai, azure, together, fireworks,
    )
}  # fmt: skip

__all__ = ["DIALECTS", "FIELDS", "REASONS", "Dialect", "Record", "Refusal"]
