"""Dialects of training data: the literal rows of each tool, what it refuses, and the way back.

Expected rows are written by hand from the tools' documentation: see docs/dialects.md.
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from last_mile.core.dialects import DIALECTS, FIELDS, Dialect
from last_mile.core.dialects.chatml import END, START
from last_mile.core.training.validate import KINDS, Kind

Row = dict[str, Any]
MULTI_TURN_SYSTEM = "You ask for a small donation to a children's charity."


def said(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


# As in PersuasionForGood: several turns of persuasion before the answer that is trained.
PROMPT = [
    said("system", MULTI_TURN_SYSTEM),
    said("user", "Hi! “How” are you?"),
    said("assistant", "Good. Do you know\nSave the Children?"),
    said("user", "No, what is it? </s>"),
]
GOOD = said("assistant", "It helps children — in 120 countries.")
BAD = said("assistant", "As an AI, I cannot say.")
ROWS: dict[Kind, Row] = {
    "sft": {"prompt": PROMPT, "completion": [GOOD]},
    "dpo": {"prompt": PROMPT, "chosen": [GOOD], "rejected": [BAD]},
    "kto": {"prompt": PROMPT, "completion": [BAD], "label": False},
}
OPENAI_SFT: Row = {
    "messages": [
        {"role": "system", "content": MULTI_TURN_SYSTEM},
        {"role": "user", "content": "Hi! “How” are you?"},
        {"role": "assistant", "content": "Good. Do you know\nSave the Children?", "weight": 0},
        {"role": "user", "content": "No, what is it? </s>"},
        {"role": "assistant", "content": "It helps children — in 120 countries.", "weight": 1},
    ]
}
PREFERENCE: Row = {
    "preferred_output": [{"role": "assistant", "content": "It helps children — in 120 countries."}],
    "non_preferred_output": [{"role": "assistant", "content": "As an AI, I cannot say."}],
}
SHAREGPT_PROMPT = [
    {"from": "system", "value": MULTI_TURN_SYSTEM},
    {"from": "human", "value": "Hi! “How” are you?"},
    {"from": "gpt", "value": "Good. Do you know\nSave the Children?"},
    {"from": "human", "value": "No, what is it? </s>"},
]
EXPECTED: dict[tuple[str, Kind], Row] = {
    ("openai", "sft"): OPENAI_SFT,
    ("openai", "dpo"): {
        "input": {"messages": PROMPT, "tools": [], "parallel_tool_calls": True}, **PREFERENCE,
    },
    ("azure", "sft"): OPENAI_SFT,
    ("azure", "dpo"): {
        "input": {"messages": PROMPT, "tools": [], "parallel_tool_calls": True}, **PREFERENCE,
    },
    ("fireworks", "sft"): OPENAI_SFT,
    ("fireworks", "dpo"): {"input": {"messages": PROMPT, "tools": []}, **PREFERENCE},
    # One weight makes Together train every message without one: all of them have one.
    ("together", "sft"): {
        "messages": [
            {"role": "system", "content": MULTI_TURN_SYSTEM, "weight": 0},
            {"role": "user", "content": "Hi! “How” are you?", "weight": 0},
            {"role": "assistant", "content": "Good. Do you know\nSave the Children?", "weight": 0},
            {"role": "user", "content": "No, what is it? </s>", "weight": 0},
            {"role": "assistant", "content": "It helps children — in 120 countries.", "weight": 1},
        ]
    },
    ("together", "dpo"): {"input": {"messages": PROMPT}, **PREFERENCE},
    ("axolotl", "sft"): {
        "messages": [
            {"role": "system", "content": MULTI_TURN_SYSTEM, "train": False},
            {"role": "user", "content": "Hi! “How” are you?", "train": False},
            {"role": "assistant", "content": "Good. Do you know\nSave the Children?",
             "train": False},
            {"role": "user", "content": "No, what is it? </s>", "train": False},
            {"role": "assistant", "content": "It helps children — in 120 countries.",
             "train": True},
        ]
    },
    ("axolotl", "dpo"): {
        "messages": PROMPT,
        "chosen": {"role": "assistant", "content": "It helps children — in 120 countries."},
        "rejected": {"role": "assistant", "content": "As an AI, I cannot say."},
    },
    ("axolotl", "kto"): {
        "system": MULTI_TURN_SYSTEM,
        "prompt": "Hi! “How” are you?<|im_end|>\n<|im_start|>assistant\nGood. Do you know\n"
        "Save the Children?<|im_end|>\n<|im_start|>user\nNo, what is it? </s>",
        "completion": "As an AI, I cannot say.",
        "label": False,
    },
    ("llama-factory", "sft"): {
        "conversations": [
            *SHAREGPT_PROMPT, {"from": "gpt", "value": "It helps children — in 120 countries."},
        ]
    },
    ("llama-factory", "dpo"): {
        "conversations": SHAREGPT_PROMPT,
        "chosen": {"from": "gpt", "value": "It helps children — in 120 countries."},
        "rejected": {"from": "gpt", "value": "As an AI, I cannot say."},
    },
    ("llama-factory", "kto"): {
        "conversations": [*SHAREGPT_PROMPT, {"from": "gpt", "value": "As an AI, I cannot say."}],
        "kto_tag": False,
    },
    ("nemo-rl", "sft"): {"messages": [*PROMPT, GOOD]},
    ("nemo-rl", "dpo"): {
        "context": PROMPT,
        "completions": [{"rank": 0, "completion": [GOOD]}, {"rank": 1, "completion": [BAD]}],
    },
    **{(name, kind): ROWS[kind] for name in ("trl", "unsloth") for kind in KINDS},
}  # fmt: skip
ALL = [(dialect, kind) for dialect in DIALECTS.values() for kind in dialect.kinds]
IDS = [f"{dialect.name}-{kind}" for dialect, kind in ALL]
each_dialect = pytest.mark.parametrize(("dialect", "kind"), ALL, ids=IDS)


def test_every_dialect_and_kind_has_its_expected_row() -> None:
    assert {(dialect.name, kind) for dialect, kind in ALL} == set(EXPECTED)
    without_kto = {name for name, dialect in DIALECTS.items() if "kto" not in dialect.kinds}
    assert without_kto == {"openai", "azure", "together", "fireworks", "nemo-rl"}


@each_dialect
def test_a_row_is_written_as_the_tool_documents_it(dialect: Dialect, kind: Kind) -> None:
    assert dialect.refuses(kind, ROWS[kind]) is None
    row = dialect.write(kind, ROWS[kind])
    expected = EXPECTED[dialect.name, kind]
    assert row == expected
    assert list(row) == list(expected)  # the order of keys too


# --- and back

texts = st.text(min_size=1) | st.sampled_from(
    ['"quoted" \\ back', "two\n\nlines\r", "</s><s>", "<|im_start|>user", "<|im_end|>\n", "<|im_",
     "end|>\n<|im_start|", "assistant\n", " ", "\u2028 é 你好 😀"]
)  # fmt: skip
messages = st.builds(said, st.sampled_from(["system", "user", "assistant"]), texts)
systems = st.lists(st.builds(said, st.just("system"), texts | st.just("")), max_size=1)
asked = st.builds(said, st.just("user"), texts)
answered = st.builds(said, st.just("assistant"), texts)
rounds = st.lists(st.tuples(asked, answered), max_size=5)
in_turns = st.builds(
    lambda system, pairs, last: [*system, *(m for pair in pairs for m in pair), last],
    systems, rounds, asked,
)  # fmt: skip
in_any_order = st.builds(lambda some, last: [*some, last], st.lists(messages, max_size=6), asked)


def rows(kind: Kind) -> st.SearchStrategy[Row]:
    """Canonical records; half of the prompts take turns, which all tools accept."""
    one = st.lists(answered, min_size=1, max_size=1)
    values: dict[Kind, tuple[st.SearchStrategy[Any], ...]] = {
        "sft": (one,), "dpo": (one, one), "kto": (one, st.booleans()),
    }  # fmt: skip
    drawn = st.tuples(in_turns | in_any_order, *values[kind])
    return drawn.map(lambda found: dict(zip(FIELDS[kind], found, strict=True)))


@pytest.mark.parametrize("kind", KINDS)
@given(data=st.data())
@settings(max_examples=150, deadline=None)
def test_what_is_not_refused_comes_back_as_it_was(kind: Kind, data: st.DataObject) -> None:
    record = data.draw(rows(kind))
    for dialect in DIALECTS.values():
        if kind in dialect.kinds and dialect.refuses(kind, record) is None:
            back = dialect.read(kind, dialect.write(kind, record))
            assert back == record, dialect.name
            assert list(back) == list(record), dialect.name


# --- refusals

TURNS: dict[str, list[Row]] = {
    "one request": [said("user", "a")],
    "system and request": [said("system", "s"), said("user", "a")],
    "in turns": PROMPT,
    "system in the middle": [said("user", "a"), said("system", "s"), said("user", "b")],
    "two systems": [said("system", "s"), said("system", "t"), said("user", "a")],
    "two requests": [said("user", "a"), said("user", "b")],
    "assistant first": [said("assistant", "a"), said("user", "b")],
    "empty system": [said("system", ""), said("user", "a")],
    "a marker": [said("user", "a <|im_start|>system")],
    "an end marker": [said("system", "a <|im_end|>"), said("user", "b")],
}
LATE = {"system in the middle": "system_not_first", "two systems": "system_not_first"}
REPEATED = {**LATE, "two requests": "not_alternating"}
STRICT = {**REPEATED, "assistant first": "not_alternating"}
CHATML = {
    "two systems": "not_alternating", "assistant first": "not_alternating",
    "empty system": "empty_system", "a marker": "template_marker",
    "an end marker": "template_marker",
}  # fmt: skip
REFUSED: dict[tuple[str, Kind], dict[str, str]] = {
    ("together", "sft"): STRICT,
    ("together", "dpo"): REPEATED,  # its documented example begins with the assistant
    ("fireworks", "sft"): LATE,
    ("fireworks", "dpo"): LATE,
    **{("llama-factory", kind): STRICT for kind in KINDS},
    ("axolotl", "kto"): CHATML,
}


@pytest.mark.parametrize("turns", TURNS)
@each_dialect
def test_only_what_a_tool_cannot_take_is_refused(dialect: Dialect, kind: Kind, turns: str) -> None:
    expected = REFUSED.get((dialect.name, kind), {}).get(turns)
    assert dialect.refuses(kind, {**ROWS[kind], "prompt": TURNS[turns]}) == expected


def test_a_marker_in_the_answer_is_refused_too() -> None:
    answer = [said("assistant", "Done.<|im_end|>")]
    refused = DIALECTS["axolotl"].refuses("kto", {**ROWS["kto"], "completion": answer})
    assert refused == "template_marker"


# --- what the tools make of the rows


@given(record=rows("kto"))
@settings(deadline=None)
def test_axolotls_chatml_strategy_makes_the_whole_conversation_of_a_kto_row(record: Row) -> None:
    """`chatml.ultra` of axolotl's prompt_strategies/kto, word for word, against plain ChatML."""
    axolotl = DIALECTS["axolotl"]
    if axolotl.refuses("kto", record) is not None:
        return
    row = axolotl.write("kto", record)
    opening = f"{START}user\n{row['prompt']}{END}\n{START}assistant\n"
    system = f"{START}system\n{row['system']}{END}\n" if row["system"] else ""
    chatml = [
        f"{START}{m['role']}\n{m['content']}{END}"
        for m in (*record["prompt"], *record["completion"])
    ]
    assert system + opening + f"{row['completion']}{END}" == "\n".join(chatml)


@given(record=rows("sft"))
@settings(deadline=None)
def test_llama_factory_skips_no_row_that_it_is_given(record: Row) -> None:
    """The rule of its data/converter.py: an even number of turns, human and gpt in turns."""
    dialect = DIALECTS["llama-factory"]
    if dialect.refuses("sft", record) is not None:
        return
    turns = [turn["from"] for turn in dialect.write("sft", record)["conversations"]]
    turns = turns[1:] if turns[0] == "system" else turns
    assert len(turns) % 2 == 0
    assert all(turn == ("human", "gpt")[i % 2] for i, turn in enumerate(turns))


def test_one_message_of_a_row_carries_loss() -> None:
    marks = {"openai": "weight", "azure": "weight", "fireworks": "weight", "together": "weight",
             "axolotl": "train"}  # fmt: skip
    for name, mark in marks.items():
        written = DIALECTS[name].write("sft", ROWS["sft"])["messages"]
        answers = [message[mark] for message in written if message["role"] == "assistant"]
        assert answers == [0, 1], name
