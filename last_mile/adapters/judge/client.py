"""LiteLLM, imported on first use: it takes seconds, and most commands never ask a judge.

Not here: what is called (transport.py, batches.py), prices (prices.py).
"""

from __future__ import annotations

import functools
import logging
import os
from types import ModuleType

RULES, RECORDED = "rules", "recorded"
# No network at import, no telemetry, and the handler that costs least per call: the switch is named
# experimental, so litellm is pinned to one minor version.
_ENVIRONMENT = {
    "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    "LITELLM_TELEMETRY": "False",
    "EXPERIMENTAL_OPENAI_BASE_LLM_HTTP_HANDLER": "True",
}


@functools.cache
def litellm() -> ModuleType:
    """The module, quiet, with the rules judge registered as a provider."""
    for name, value in _ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    import litellm as module  # noqa: PLC0415

    from last_mile.adapters.judge.rules_provider import RulesProvider  # noqa: PLC0415

    logging.getLogger("LiteLLM").setLevel(logging.CRITICAL)  # its records may quote prompts
    module.suppress_debug_info = True
    module.telemetry = False
    module.disable_hf_tokenizer_download = True
    module.custom_provider_map = [{"provider": RULES, "custom_handler": RulesProvider()}]
    return module


def model_of(judge: str) -> str:
    """LiteLLM's name of a judge."""
    return f"{RULES}/{RULES}" if judge == RULES else judge
