"""Azure OpenAI: OpenAI's rows in files that begin with a byte-order mark, below 512 MB.

Documented at learn.microsoft.com/azure/ai-services/openai/how-to/fine-tuning.
"""

from last_mile.core.dialects.dialect import Dialect
from last_mile.core.dialects.openai import SHAPES

DIALECT = Dialect(
    "azure",
    "Azure OpenAI fine-tuning: OpenAI's rows, UTF-8 with a byte-order mark",
    SHAPES,
    least_rows=10,
    most_bytes=512_000_000,
    with_bom=True,
)
