"""The scrubber with Microsoft Presidio: names nobody wrote down, ids of many countries.

Needs the extra `presidio`. Nothing is downloaded: without a spaCy model on this machine Presidio
works by patterns alone. What core/scrubbing finds goes first, so a release scan finds nothing.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from last_mile.core.scrubbing import PatternScrubber
from last_mile.core.scrubbing.placeholders import PLACEHOLDER, Span, replace
from last_mile.errors import UserError

# Not its e-mail addresses and URLs: the patterns have them, and to judge them Presidio's library
# `tldextract` fetches a list of endings from the network.
_KINDS = {
    "PHONE_NUMBER": "phone", "CREDIT_CARD": "card", "PERSON": "name", "IBAN_CODE": "iban",
    "IP_ADDRESS": "ip", "US_SSN": "ssn", "US_ITIN": "ssn",
    "US_PASSPORT": "ssn", "US_DRIVER_LICENSE": "ssn", "UK_NHS": "ssn", "UK_NINO": "ssn",
    "ES_NIF": "ssn", "ES_NIE": "ssn", "IT_FISCAL_CODE": "ssn", "PL_PESEL": "ssn",
    "SG_NRIC_FIN": "ssn", "AU_TFN": "ssn", "AU_MEDICARE": "ssn", "IN_PAN": "ssn",
    "IN_AADHAAR": "ssn", "FI_PERSONAL_IDENTITY_CODE": "ssn",
}  # fmt: skip
_MODELS = ("en_core_web_lg", "en_core_web_md", "en_core_web_sm", "en_core_web_trf")
_LEAST_SCORE = 0.4  # Presidio's own score of a pattern with no word near it that speaks for it


class PresidioScrubber:
    """Finds personal data by patterns and exact names first, by Presidio in what is left.

    Raises:
        UserError: If Presidio is not installed.
    """

    def __init__(self) -> None:
        self._analyzer, model = _analyzer()
        self._entities = sorted(_KINDS.keys() & set(self._analyzer.get_supported_entities("en")))
        self._patterns = PatternScrubber()
        version = importlib.metadata.version("presidio-analyzer")
        self.name = f"presidio/{version}/{model}+{self._patterns.name}"

    def scrub(self, text: str, names: Sequence[str] = ()) -> tuple[str, Mapping[str, int]]:
        """The text without personal data, and how many were replaced, by kind."""
        counts: Counter[str] = Counter()
        while True:  # beside a placeholder a model may see other names; each round leaves less
            text, more = self._patterns.scrub(text, names)
            counts.update(more)
            marked = replace(text, self._spans(text), counts)
            if marked == text:
                return text, counts
            text = marked

    def _spans(self, text: str) -> Iterator[Span]:
        """What Presidio finds outside of placeholders: the surest first where two overlap."""
        taken = [found.span() for found in PLACEHOLDER.finditer(text)]
        results = self._analyzer.analyze(
            text, language="en", entities=self._entities, score_threshold=_LEAST_SCORE
        )
        spans = []
        for result in sorted(results, key=lambda r: (-r.score, r.start - r.end, r.start)):
            if all(result.end <= start or end <= result.start for start, end in taken):
                taken.append((result.start, result.end))
                spans.append(Span(result.start, result.end, _KINDS[result.entity_type]))
        yield from sorted(spans)


def _analyzer() -> tuple[Any, str]:
    """An analyzer that downloads nothing, and the name of its spaCy model (`blank`)."""
    try:
        presidio = importlib.import_module("presidio_analyzer")
        engines = importlib.import_module("presidio_analyzer.nlp_engine")
        spacy = importlib.import_module("spacy")
    except ImportError as error:
        raise UserError(
            "the scrubber `presidio` needs a package that is not installed: "
            "pip install 'last-mile[presidio]', or set `scrubber: patterns`"
        ) from error
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    model = next((name for name in _MODELS if spacy.util.is_package(name)), None)
    engine = engines.SpacyNlpEngine(models=[{"lang_code": "en", "model_name": model or "blank"}])
    engine.nlp = {"en": spacy.load(model) if model else spacy.blank("en")}
    analyzer = presidio.AnalyzerEngine(nlp_engine=engine, supported_languages=["en"])
    return analyzer, model or "blank"
