"""A model small enough to train in seconds: random weights, a tokenizer made of the rows' own text.

How TRL is called stands here; what must come out of it stands in the tests.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from last_mile_tests.consumers.extra import tokenizers, torch, transformers, trl
from last_mile_tests.consumers.rows import END

PAD = "<|pad|>"
TEMPLATE = (
    "{% for message in messages %}<|{{ message.role }}|>{{ message.content }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
BATCH = 4
TRAINERS = {
    "sft": (trl.SFTTrainer, trl.SFTConfig, 3e-3),  # with the learning rate this model wants
    "dpo": (trl.DPOTrainer, trl.DPOConfig, 1e-3),
    "kto": (trl.KTOTrainer, trl.KTOConfig, 1e-3),
}


def tokenizer(texts: Iterable[str]) -> Any:
    """A byte-level BPE of 1,000 tokens with a chat template; every text decodes to itself."""
    bpe = tokenizers.Tokenizer(tokenizers.models.BPE())
    bpe.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    bpe.decoder = tokenizers.decoders.ByteLevel()
    marks = [PAD, END, *(f"<|{role}|>" for role in ("system", "user", "assistant"))]
    bpe.train_from_iterator(
        texts,
        tokenizers.trainers.BpeTrainer(
            vocab_size=1000,
            special_tokens=marks,
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    return transformers.PreTrainedTokenizerFast(
        tokenizer_object=bpe, eos_token=END, pad_token=PAD, chat_template=TEMPLATE
    )


def model(words: Any) -> Any:
    """A Llama of two layers and 64 units with the random weights of seed 1."""
    transformers.set_seed(1)
    config = transformers.LlamaConfig(
        vocab_size=len(words),
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=16_384,
        pad_token_id=words.pad_token_id,
        bos_token_id=None,
        eos_token_id=words.eos_token_id,
    )
    return transformers.LlamaForCausalLM(config)


def trainer(kind: str, rows: Any, words: Any, out: Path, **options: Any) -> Any:
    """TRL's trainer of a kind over a dataset, in full precision, nothing cut, every step logged."""
    of_trl, config, learning_rate = TRAINERS[kind]
    settings = {
        "learning_rate": learning_rate,
        "lr_scheduler_type": "constant",
        "per_device_train_batch_size": BATCH,
        "logging_steps": 1,
        "max_length": None,
        "use_cpu": True,
        "bf16": False,
        "activation_checkpointing": False,
        "dataloader_pin_memory": False,
        "disable_tqdm": True,
        "save_strategy": "no",
        "report_to": "none",
        "seed": 1,
    }
    reference = {} if kind == "sft" else {"ref_model": model(words)}  # the same weights
    return of_trl(
        model=model(words),
        **reference,
        args=config(output_dir=str(out), **(settings | options)),
        train_dataset=rows,
        processing_class=words,
    )


def steps(trained: Any) -> list[dict[str, float]]:
    """What TRL logs of every step of a training run, which this starts."""
    trained.train()
    return [entry for entry in trained.state.log_history if "loss" in entry]


def learned(trained: Any, words: Any) -> Counter[tuple[str, str]]:
    """What the collated batches of one epoch hold: (text without loss before, text with loss)."""
    return Counter(
        _read_and_learned(ids, carries, words)
        for batch in trained.get_train_dataloader()
        for ids, carries in zip(batch["input_ids"], _carries_loss(batch), strict=True)
    )


def _carries_loss(batch: dict[str, Any]) -> Any:
    """One boolean per token; SFT marks them in the labels, DPO and KTO in a mask."""
    return batch["labels"] != -100 if "labels" in batch else batch["completion_mask"] == 1


def _read_and_learned(ids: Any, carries: Any, words: Any) -> tuple[str, str]:
    places = torch.nonzero(carries).flatten().tolist()
    first, last = places[0], places[-1]
    assert places == list(range(first, last + 1)), "the loss is in one piece"
    assert set(ids[last + 1 :].tolist()) <= {words.pad_token_id}, "nothing follows it"
    return words.decode(ids[:first]), words.decode(ids[first : last + 1])
