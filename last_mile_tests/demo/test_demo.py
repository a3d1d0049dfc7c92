"""The demo's files, and that every planted flag can be read from the text. Its law: test_law.py."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import yaml

from last_mile.core.heuristics import heuristic_flags
from last_mile.core.rules_judge import judge
from last_mile.core.rules_judge.lexicon import ROBOTIC
from last_mile.core.rules_judge.reading import lowered, phrase_starts
from last_mile.demo import law as laws
from last_mile.demo import proposal, talk
from last_mile.demo.dice import Dice
from last_mile.demo.drops import DemoSummary, write_drops
from last_mile.demo.placing import place
from last_mile.demo.trades import TRADES
from last_mile_tests.demo.frames import texts_frame

LAW = laws.load_law()
RUBRIC = yaml.safe_load(
    (Path(laws.__file__).parents[1] / "rubrics" / "proposals.yaml").read_text(encoding="utf-8")
)
ROWS, DAYS, SEED = 1_500, 10, 5


@pytest.fixture(scope="module")
def drop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, DemoSummary]:
    out = tmp_path_factory.mktemp("demo") / "drops"
    return out, write_drops(out, ROWS, DAYS, SEED, "confounded")


def conversations(out: Path) -> list[dict[str, Any]]:
    return [
        json.loads(line)
        for path in sorted(out.glob("conversations-*.jsonl.gz"))
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]


def planted_flags() -> dict[str, list[bool]]:
    """The flags of the fixture's drop, in order of start, drawn again from the law."""
    draws = laws.draw(LAW, "confounded", ROWS, SEED)
    placed = place(LAW, draws, DAYS, SEED, date(2026, 1, 5))
    return {metric: flags[placed.order].tolist() for metric, flags in draws.flags.items()}


def test_the_rubric_asks_the_laws_metrics_with_the_laws_priors() -> None:
    asked = {m["id"]: (m["kind"], m["prior"]["sign"]) for m in RUBRIC["metrics"]}
    assert asked == {m["metric"]: (m["kind"], m["prior"]) for m in LAW["metrics"]}
    horizons = {kind["id"]: kind["horizon_days"] for kind in RUBRIC["outcomes"]}
    assert horizons == {"hired": 45, "interviewed": 30}
    params = {m["id"]: m.get("params", {}) for m in RUBRIC["metrics"]}
    assert params["clicked_default"]["prompts"] == list(talk.DEFAULT_PROMPTS)
    assert params["short_proposal"]["words"] == proposal.SHORT_UNDER


def test_every_planted_flag_is_read_back_from_the_text(drop: tuple[Path, DemoSummary]) -> None:
    lines, planted = conversations(drop[0]), planted_flags()
    rules = [
        (m["id"], m.get("rule") or m["id"], m.get("params", {}))
        for m in RUBRIC["metrics"]
        if m["kind"] == "heuristic"
    ]
    found: dict[str, list[str]] = defaultdict(list)
    for metric, flag in heuristic_flags(texts_frame(lines), rules).select("metric", "flag").rows():
        found[metric].append(flag)
    judged = [m["id"] for m in RUBRIC["metrics"] if m["kind"] == "judge"]
    for line in lines:
        said = [message["content"] for message in line["messages"]] + [line["final_output"]]
        answers = judge(line["messages"], line["context"], line["final_output"], judged)
        for metric, finding in answers.items():
            found[metric].append(finding.answer)
            if finding.answer == "true":
                assert finding.message_index is not None
                assert finding.quote
                assert finding.quote in said[finding.message_index]
    assert found.keys() == planted.keys()
    for metric, flags in planted.items():
        agree = [str(p).lower() == f for p, f in zip(flags, found[metric], strict=True)]
        # measured over 80,000: 100 % but for short_proposal, see its worst case; 99.9 % leaves one
        assert np.mean(agree) >= 0.999, metric


def test_the_engagement_rules_need_no_entry_point(drop: tuple[Path, DemoSummary]) -> None:
    frame = texts_frame(conversations(drop[0]))
    rules = [
        (m["id"], m["id"], m["params"]) for m in RUBRIC["metrics"] if m["about"] == "engagement"
    ]
    blind = frame.with_columns(entry_point=pl.lit(None, pl.String))
    columns = ["conversation_id", "metric", "flag"]
    seen, unseen = (heuristic_flags(texts, rules).select(columns) for texts in (frame, blind))
    assert seen.equals(unseen)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        write_drops(tmp_path / name, 60, 3, seed, "causal")
    files = sorted(path.name for path in (tmp_path / "a").iterdir())
    assert files == sorted(path.name for path in (tmp_path / "b").iterdir())
    same = [(tmp_path / "a" / f).read_bytes() == (tmp_path / "b" / f).read_bytes() for f in files]
    assert all(same)
    first = "conversations-2026-01-05.jsonl.gz"
    assert (tmp_path / "a" / first).read_bytes() != (tmp_path / "c" / first).read_bytes()


def test_a_conversation_line_holds_the_log_and_nothing_of_the_truth(
    drop: tuple[Path, DemoSummary],
) -> None:
    lines = conversations(drop[0])
    assert {tuple(line) for line in lines} == {(
        "conversation_id", "user_id", "model", "started_at", "messages", "context", "final_output",
        "surface", "task_id", "category", "entry_point", "attributes",
    )}  # fmt: skip
    assert {tuple(line["attributes"]) for line in lines} == {("user_history",)}
    assert {tuple(m) for line in lines for m in line["messages"]} == {("role", "content", "at")}
    assert {tuple(d) for line in lines for d in line["context"]} == {("doc_id", "text")}
    text = "\n".join(json.dumps(line) for line in lines)
    words = [*laws.metric_ids(LAW), "intent", "frailty", "planted", "truth", "confounded"]
    assert [word for word in words if "_" in word and word in text] == []
    assert [word for word in ("frailty", "planted", "confounded") if word in text] == []


def test_the_text_depends_on_what_is_seen_and_not_on_what_is_true(tmp_path: Path) -> None:
    out = tmp_path / "drops"
    write_drops(out, 400, 2, 3, "confounded")
    labels = gzip.decompress((out / "labels.csv.gz").read_bytes()).decode().splitlines()
    humans = {
        (row["conversation_id"], row["metric"]): row["value"] == "1"
        for row in csv.DictReader(labels)
    }
    errors = Counter(
        metric
        for line in conversations(out)
        for metric, finding in judge(
            line["messages"], line["context"], line["final_output"], list(laws.judged_ids(LAW))
        ).items()
        if humans.get((line["conversation_id"], metric), finding.answer == "true")
        != (finding.answer == "true")
    )
    # Judge error of the law on 100 labelled: robotic .77 * .08 + .23 * .15 = 9.6 expected,
    # hallucinated .35 * .20 + .65 * .07 = 11.6; the others have none.
    assert set(errors) == {laws.ROBOTIC, laws.HALLUCINATED}
    assert 2 <= errors[laws.ROBOTIC] <= 20
    assert 3 <= errors[laws.HALLUCINATED] <= 24


def test_conversations_are_on_their_day_in_order_and_share_jobs_and_users(
    drop: tuple[Path, DemoSummary],
) -> None:
    out, summary = drop
    lines = conversations(out)
    assert len({line["conversation_id"] for line in lines}) == summary.conversations == ROWS
    starts = [line["started_at"] for line in lines]
    assert starts == sorted(starts)
    assert starts[0][:10] == str(summary.first_day)
    assert starts[-1][:10] == str(summary.last_day) == "2026-01-14"
    for line in lines:
        times = [message["at"] for message in line["messages"]]
        assert times == sorted(set(times))
        assert times[0] == line["started_at"]
    users_of = defaultdict(set)
    for line in lines:
        users_of[line["task_id"]].add(line["user_id"])
    assert 200 < len(users_of) < 450  # about 1,500 / 4
    assert np.mean([len(users) > 1 for users in users_of.values()]) > 0.7
    assert max(Counter(line["user_id"] for line in lines).values()) > 5
    texts: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        for document in line["context"]:
            texts[document["doc_id"]].add(document["text"])
    assert max(map(len, texts.values())) == 1  # one id, one text


def test_a_line_has_the_size_of_a_real_one(drop: tuple[Path, DemoSummary]) -> None:
    sizes = [len(json.dumps(line, ensure_ascii=False)) for line in conversations(drop[0])]
    assert 1_200 < np.mean(sizes) < 2_600


def test_a_revision_is_less_robotic_than_the_draft_it_replaces(
    drop: tuple[Path, DemoSummary],
) -> None:
    def stock(text: str) -> int:
        return sum(1 for _ in phrase_starts(lowered(text), ROBOTIC))

    pairs = 0
    flags = planted_flags()
    for line, robotic in zip(conversations(drop[0]), flags["sounds_robotic"], strict=True):
        drafts = [m["content"] for m in line["messages"] if m["role"] == "assistant"]
        assert line["final_output"] in drafts[-1]
        if len(drafts) > 1 and not robotic:
            pairs += 1
            assert stock(drafts[0]) >= 4
            assert stock(line["final_output"]) < 2
    assert pairs > 40


def test_outcomes_arrive_by_day_and_end_where_observation_ends(
    drop: tuple[Path, DemoSummary],
) -> None:
    out, summary = drop
    assert summary.observed_until == date(2026, 1, 14) + timedelta(days=45 - 10 // 5)
    files = sorted(out.glob("outcomes-*.csv"))
    # one file a day, empty days included: a day without events is not a day without a file
    assert len(files) == (summary.observed_until - summary.first_day).days + 1
    started = {line["conversation_id"]: line["started_at"] for line in conversations(out)}
    seen = []
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("conversation_id,outcome,value,kind,occurred_at\n")
        for row in csv.DictReader(text.splitlines()):
            assert row["occurred_at"][:10] == path.stem.removeprefix("outcomes-")
            assert row["occurred_at"] >= started[row["conversation_id"]]
            assert (row["value"], row["kind"]) == ("1", "binary")
            datetime.fromisoformat(row["occurred_at"]).astimezone(UTC)
            seen.append((row["conversation_id"], row["outcome"]))
    assert len(seen) == len(set(seen))
    counts = Counter(outcome for _, outcome in seen)
    assert counts["interviewed"] > counts["hired"] > 0


def test_human_labels_cover_the_judged_metrics_of_a_sample(drop: tuple[Path, DemoSummary]) -> None:
    text = gzip.decompress((drop[0] / "labels.csv.gz").read_bytes()).decode()
    rows = list(csv.DictReader(text.splitlines()))
    assert len({row["conversation_id"] for row in rows}) == ROWS // 4
    assert len(rows) == ROWS // 4 * 14
    assert {(r["turn"], r["annotator"], r["annotator_kind"]) for r in rows} == {
        ("", "human_1", "human")
    }
    assert {row["value"] for row in rows} == {"0", "1"}


def test_the_planted_file_names_its_world_and_seed(drop: tuple[Path, DemoSummary]) -> None:
    planted = json.loads((drop[0] / "planted.json").read_text(encoding="utf-8"))
    assert (planted["world"], planted["seed"], planted["conversations"]) == (
        "confounded", SEED, ROWS,
    )  # fmt: skip
    assert tuple(sorted(path.name for path in drop[0].iterdir())) == drop[1].files


def test_mistakes_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    out = tmp_path / "drops"
    with pytest.raises(ValueError, match=r"no demo world 'flat'.*causal, confounded"):
        write_drops(out, 10, 2, 1, "flat")
    with pytest.raises(ValueError, match="at least 1 conversation"):
        write_drops(out, 0, 2, 1, "causal")
    with pytest.raises(ValueError, match="at least 1 day"):
        write_drops(out, 10, 0, 1, "causal")
    assert not out.exists()
    out.mkdir()
    (out / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(ValueError, match="new or an empty folder"):
        write_drops(out, 10, 2, 1, "causal")
    assert [path.name for path in out.iterdir()] == ["mine.txt"]


def test_one_conversation_on_one_day_is_a_world_too(tmp_path: Path) -> None:
    summary = write_drops(tmp_path / "one", 1, 1, 1, "causal")
    assert len(conversations(tmp_path / "one")) == 1
    assert summary.first_day == summary.last_day


def test_skills_and_requirements_of_a_trade_share_no_word() -> None:
    assert len(TRADES) == len(laws.CATEGORIES)
    for trade in TRADES:
        assert len(trade.requirements) == len(trade.skills) == 8
        assert not {t.lower() for t in trade.requirements} & {t.lower() for t in trade.skills}


def test_dice_repeat_themselves_and_differ_by_seed() -> None:
    one, same, other = Dice(1, 2), Dice(1, 2), Dice(2, 1)
    rolls = [[dice.below(1000) for _ in range(20)] for dice in (one, same, other)]
    assert rolls[0] == rolls[1] != rolls[2]
    assert sorted(set(Dice(4).some("abcdefgh", 8))) == list("abcdefgh")
