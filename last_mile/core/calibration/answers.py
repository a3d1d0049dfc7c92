"""What people answered in a returned label file, row by row, as plain label rows.

Reads the plan's own rows and Label Studio's exports. Not here: files (adapters/labels).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from last_mile.core.calibration.label_plan import unlabelable
from last_mile.core.rubric import LabelSource, Metric, Rubric

_TRUE, _FALSE = {"1", "1.0", "true", "yes"}, {"0", "0.0", "false", "no"}
_RESULTS = ("annotations", "completions")  # the second before Label Studio 1.0
NOBODY = "unknown"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer as it stands in the file; `where` names its place for people."""

    where: str
    conversation_id: Any
    metric: Any
    value: Any
    annotator: Any = None


@dataclass(slots=True)
class Answers:
    """What a file holds.

    Attributes:
        rows: Plain label rows.
        said: Answers by metric and value.
        empty: Rows without an answer.
        repeated: Rows that say again what another one says.
        problems: What cannot be used: place, field and fix, without anything people wrote.
        places: Where each row came from.
    """

    rows: list[dict[str, str]] = field(default_factory=list)
    said: Counter[tuple[str, bool]] = field(default_factory=Counter)
    empty: int = 0
    repeated: int = 0
    problems: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def answers_in(records: Iterable[tuple[str, Mapping[str, Any]]]) -> Iterator[Answer]:
    """Answers of each record: a plain row, a row of JSON-MIN or CSV, or a task with annotations.

    A Label Studio task holds what was imported in `data` and an annotation per person, with
    `completed_by` (an id, or an object with `email`) and results `{from_name, type: choices,
    value: {choices: [...]}}`; a skipped one has `was_cancelled`. JSON-MIN and CSV have the data's
    fields beside a column per control (one choice: a text, several: an object) and `annotator`.
    Source: labelstud.io/guide/task_format; HumanSignal/label-studio-sdk, converter/converter.py
    (convert_to_json_min), exports/csv2.py, utils.py (get_annotator).

    Args:
        records: Place for people, and the record.
    """
    for where, record in records:
        results = next((record[key] for key in _RESULTS if isinstance(record.get(key), list)), None)
        if results is None:
            ids = record.get("conversation_id"), record.get("metric")
            yield Answer(where, *ids, record.get("value"), record.get("annotator"))
            continue
        data = record.get("data")
        data = data if isinstance(data, Mapping) else {}
        ids = data.get("conversation_id"), data.get("metric")
        if not results:
            yield Answer(where, *ids, None)
        for number, result in enumerate(results, 1):
            if isinstance(result, Mapping):
                at = f"{where}, annotation {number}"
                yield Answer(at, *ids, _choice(result), _person(result.get("completed_by")))


def _choice(annotation: Mapping[str, Any]) -> Any:
    """The one choice of an annotation; None: skipped or none; several stay a list."""
    results = annotation.get("result")
    if (
        annotation.get("was_cancelled")
        or annotation.get("skipped")
        or not isinstance(results, list)
    ):
        return None
    chosen = []
    for result in results:
        value = result.get("value") if isinstance(result, Mapping) else None
        choices = value.get("choices") if isinstance(value, Mapping) else None
        chosen += choices if isinstance(choices, list) else []
    return chosen[0] if len(chosen) == 1 else (chosen or None)


def _person(who: Any) -> Any:
    return (who.get("email") or who.get("id")) if isinstance(who, Mapping) else who


def read_answers(
    answers: Iterable[Answer], rubric: Rubric, annotator: str | None = None
) -> Answers:
    """Check every answer and turn it into a plain label row.

    Args:
        answers: As they stand in the file.
        rubric: Its metrics are those that may be answered.
        annotator: Who answered; None: as the file says.
    """
    found, seen = Answers(), dict[tuple[str, str, str], Answer]()
    metrics = {metric.id: metric for metric in rubric.metrics}
    for answer in answers:
        if answer.value is None or (isinstance(answer.value, str) and not answer.value.strip()):
            found.empty += 1
            continue
        who, says = annotator or _text(answer.annotator) or NOBODY, _truth(answer.value)
        row = _row(answer, metrics, who, says)
        if isinstance(row, str) or says is None:
            found.problems.append(f"{answer.where}: {row}")
            continue
        key = (row["conversation_id"], str(answer.metric).strip(), who)
        earlier = seen.setdefault(key, answer)
        if earlier is answer:
            found.rows.append(row)
            found.places.append(answer.where)
            found.said[key[1], says] += 1
        elif _truth(earlier.value) == says:
            found.repeated += 1
        else:
            found.problems.append(
                f"{answer.where}: value contradicts {earlier.where}, by the same annotator; keep "
                "one of them"
            )
    return found


def _row(
    answer: Answer, metrics: Mapping[str, Metric], who: str, says: bool | None
) -> dict[str, str] | str:
    """The plain row that the rubric's `labels` of the metric will count, or why there is none."""
    name, metric = _text(answer.conversation_id), _text(answer.metric)
    if name is None or metric is None:
        missing = "conversation_id" if name is None else "metric"
        return f"{missing} is missing; keep it as it was planned"
    if metric not in metrics:
        return f"metric is none of the rubric; use one of {', '.join(metrics)}"
    if says is None:
        return "value is neither yes nor no; write yes or no, or leave it empty"
    if problem := unlabelable(metrics[metric]):
        return f"metric: {problem}"
    source = metrics[metric].labels or LabelSource(metric=metric)
    if source.annotator not in (None, who):
        return (
            f"annotator: `{metric}` counts labels of `{source.annotator}` alone (its `labels` in "
            "the rubric); import with --annotator of that name, or change the rubric"
        )
    return {
        "conversation_id": name, "metric": source.metric, "annotator": who,
        "annotator_kind": "human", "value": (source.value or "1") if says else "0",
    }  # fmt: skip


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, (list, dict, bool)):
        return None
    return str(value).strip() or None


def _truth(value: Any) -> bool | None:
    text = str(int(value)) if isinstance(value, bool) else _text(value)
    said = (text or "").lower()
    return said in _TRUE if said in _TRUE | _FALSE else None


def without_value(records: Sequence[Mapping[str, Any]]) -> bool:
    """Whether no record has a place for an answer: the file is no returned one."""
    return not any({"value", *_RESULTS} & record.keys() for record in records)
