"""`last-mile export`: a release's files as a tool reads them; refused rows, damage, folders."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from last_mile.adapters.dialect_files import Exported, export_release
from last_mile.adapters.installation import Installation, Settings
from last_mile.cli.export import export
from last_mile.core.dialects import DIALECTS
from last_mile.errors import UserError

ID = "2026-03-01-0a1b2c3d"
SECRET = "Dear client — “now”, \u2028 and"
SFT = (
    '{"prompt": [{"role": "user", "content": "Write it."}, {"role": "assistant", "content": "No."},'
    ' {"role": "user", "content": "Do."}],'
    ' "completion": [{"role": "assistant", "content": "Dear client — “now”, \u2028 and"}]}'
)
DPO = (
    '{"prompt": [{"role": "user", "content": "Write it."}],'
    ' "chosen": [{"role": "assistant", "content": "Good."}],'
    ' "rejected": [{"role": "assistant", "content": "Bad."}]}'
)
KTO = (
    '{"prompt": [{"role": "system", "content": "Be \\"kind\\"."},'
    ' {"role": "user", "content": "?"}],'
    ' "completion": [{"role": "assistant", "content": "Robotic."}], "label": false}'
)
LATE_SYSTEM = (
    '{"prompt": [{"role": "user", "content": "a"}, {"role": "system", "content": "b"},'
    ' {"role": "user", "content": "c"}], "completion": [{"role": "assistant", "content": "d"}]}'
)
FILES = {
    "sft/train.jsonl": [SFT] * 2, "sft/holdout.jsonl": [SFT], "dpo/test.jsonl": [DPO],
    "kto/train.jsonl": [KTO] * 3,
}  # fmt: skip


def release(
    home: Path, files: Mapping[str, list[str]] = FILES, release_id: str = ID, **over: Any
) -> Path:
    """An installation with a release of these lines."""
    installation = Installation.at(home)
    installation.save(Settings(drops=str(home / "drops")))
    folder = installation.releases / release_id
    entries = []
    for name, lines in files.items():
        content = "".join(f"{line}\n" for line in lines).encode()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        digest = hashlib.sha256(content).hexdigest()
        entries.append({"path": name, "rows": len(lines), "sha256": digest})
    manifest = {"release_id": release_id, "files": entries, **over}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return folder


def run(home: Path, *arguments: str) -> Result:
    return CliRunner().invoke(export, ["--home", str(home), *arguments])


def exported(folder: Path, dialect: str, out: Path) -> Exported:
    return export_release(folder, DIALECTS[dialect], out)


def contents(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes().decode()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


# --- what is written

AXOLOTL_SFT = (
    '{"messages": [{"role": "user", "content": "Write it.", "train": false},'
    ' {"role": "assistant", "content": "No.", "train": false},'
    ' {"role": "user", "content": "Do.", "train": false},'
    ' {"role": "assistant", "content": "Dear client — “now”, \u2028 and", "train": true}]}\n'
)
OPENAI_SFT = (
    '{"messages": [{"role": "user", "content": "Write it."},'
    ' {"role": "assistant", "content": "No.", "weight": 0}, {"role": "user", "content": "Do."},'
    ' {"role": "assistant", "content": "Dear client — “now”, \u2028 and", "weight": 1}]}\n'
)
OPENAI_DPO = (
    '{"input": {"messages": [{"role": "user", "content": "Write it."}], "tools": [],'
    ' "parallel_tool_calls": true},'
    ' "preferred_output": [{"role": "assistant", "content": "Good."}],'
    ' "non_preferred_output": [{"role": "assistant", "content": "Bad."}]}\n'
)


def test_trls_files_are_the_releases_byte_for_byte(tmp_path: Path) -> None:
    folder = release(tmp_path)
    exported(folder, "trl", tmp_path / "out")
    assert contents(tmp_path / "out") == {
        name: "".join(f"{line}\n" for line in lines) for name, lines in FILES.items()
    }


def test_the_files_of_openai(tmp_path: Path) -> None:
    exported(release(tmp_path), "openai", tmp_path / "out")
    assert contents(tmp_path / "out") == {
        "sft/train.jsonl": OPENAI_SFT * 2,
        "sft/holdout.jsonl": OPENAI_SFT,
        "dpo/test.jsonl": OPENAI_DPO,
    }


def test_the_files_of_azure_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    exported(release(tmp_path), "azure", tmp_path / "out")
    assert contents(tmp_path / "out") == {
        "sft/train.jsonl": "\ufeff" + OPENAI_SFT * 2,
        "sft/holdout.jsonl": "\ufeff" + OPENAI_SFT,
        "dpo/test.jsonl": "\ufeff" + OPENAI_DPO,
    }


def test_the_files_of_axolotl(tmp_path: Path) -> None:
    done = exported(release(tmp_path), "axolotl", tmp_path / "out")
    written = contents(tmp_path / "out")
    assert written["sft/train.jsonl"] == AXOLOTL_SFT * 2
    assert written["kto/train.jsonl"] == 3 * (
        '{"system": "Be \\"kind\\".", "prompt": "?", "completion": "Robotic.", "label": false}\n'
    )
    assert set(written) == {*FILES, *done.side_files}
    assert done.side_files == ("axolotl_sft.yaml", "axolotl_dpo.yaml", "axolotl_kto.yaml")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_written_reads_back_as_the_release(tmp_path: Path, dialect: str) -> None:
    folder, out = release(tmp_path), tmp_path / "out"
    for file in exported(folder, dialect, out).files:
        lines = (out / file.source.path).read_text("utf-8-sig").split("\n")[:-1]
        back = [DIALECTS[dialect].read(file.source.kind, json.loads(line)) for line in lines]
        text = [json.dumps(record, ensure_ascii=False) for record in back]
        assert text == FILES[file.source.path]


# --- what is not written, and said


def test_refused_rows_are_counted_and_named_without_their_text(tmp_path: Path) -> None:
    files = {"sft/train.jsonl": [SFT, LATE_SYSTEM, SFT], "sft/test.jsonl": [LATE_SYSTEM, "{}"]}
    done = exported(release(tmp_path, files), "together", tmp_path / "out")
    assert [(f.source.path, f.rows, dict(f.refused)) for f in done.files] == [
        ("sft/train.jsonl", 2, {"system_not_first": 1}),
        ("sft/test.jsonl", 0, {"system_not_first": 1, "not_canonical": 1}),
    ]
    row_id = hashlib.sha256(LATE_SYSTEM.encode()).hexdigest()[:24]
    written = contents(tmp_path / "out")
    assert set(written) == {"sft/train.jsonl", "refused.jsonl"}  # no empty file
    assert [json.loads(line) for line in written["refused.jsonl"].splitlines()] == [
        {"file": "sft/train.jsonl", "row": 2, "row_id": row_id, "reason": "system_not_first"},
        {"file": "sft/test.jsonl", "row": 1, "row_id": row_id, "reason": "system_not_first"},
        {"file": "sft/test.jsonl", "row": 2, "reason": "not_canonical",
         "row_id": hashlib.sha256(b"{}").hexdigest()[:24]},
    ]  # fmt: skip


def test_the_command_says_what_it_did_not_write(tmp_path: Path) -> None:
    release(tmp_path, {**FILES, "sft/train.jsonl": [SFT, LATE_SYSTEM]})
    result = run(tmp_path, "--dialect", "fireworks")
    assert result.exit_code == 0
    assert "fireworks has no kto: 3 rows are not exported." in result.output
    assert "refused: system_not_first 1 (" in result.output
    assert "Mind: sft/train.jsonl has 1 rows; fireworks wants at least 3." in result.output
    assert f"Release {ID} as fireworks, in {tmp_path}/exports/{ID}/fireworks." in result.output
    assert SECRET not in result.output


@pytest.mark.parametrize(("dialect", "fewest"), [("openai", 10), ("azure", 10), ("fireworks", 3)])
def test_fewer_rows_than_the_tool_takes_are_written_with_a_warning(
    tmp_path: Path, dialect: str, fewest: int
) -> None:
    few = exported(release(tmp_path, {"sft/train.jsonl": [SFT] * (fewest - 1)}), dialect,
                   tmp_path / "few")  # fmt: skip
    assert few.warnings == (
        f"sft/train.jsonl has {fewest - 1} rows; {dialect} wants at least {fewest}",
    )
    enough = release(tmp_path / "b", {"sft/train.jsonl": [SFT] * fewest, "sft/test.jsonl": [SFT]})
    assert exported(enough, dialect, tmp_path / "enough").warnings == ()


def test_a_tool_that_would_train_drafts_comes_with_the_setting_against_it(tmp_path: Path) -> None:
    folder = release(tmp_path)
    factory = exported(folder, "llama-factory", tmp_path / "factory")
    assert "mask_history: true" in factory.warnings[0]
    assert "mask_history: true" in contents(tmp_path / "factory")["llama_factory_sft.yaml"]
    nemo = exported(folder, "nemo-rl", tmp_path / "nemo")
    assert "sft.only_unmask_final: true" in nemo.warnings[0]
    pairs = release(tmp_path / "pairs", {"dpo/train.jsonl": [DPO]})
    assert exported(pairs, "nemo-rl", tmp_path / "only pairs").warnings == ()


def test_a_release_without_rows_the_tool_takes_is_an_error(tmp_path: Path) -> None:
    folder = release(tmp_path, {"kto/train.jsonl": [KTO], "sft/train.jsonl": []})
    with pytest.raises(UserError, match=f"{ID} has no rows of sft, dpo, which is what openai"):
        exported(folder, "openai", tmp_path / "out")
    assert not (tmp_path / "out").exists()


# --- which release


def test_the_newest_release_or_the_one_asked_for(tmp_path: Path) -> None:
    older, newer = "2026-01-01-00000000", "2026-02-01-00000000"
    release(tmp_path, release_id=older)
    release(tmp_path, release_id=newer)
    assert f"Release {newer} as trl" in run(tmp_path, "--dialect", "trl").output
    assert f"Release {older} as" in run(tmp_path, "--dialect", "trl", "--release", older).output
    unknown = run(tmp_path, "--dialect", "trl", "--release", "../exports")
    assert isinstance(unknown.exception, UserError)
    assert f"{older}, {newer}" in str(unknown.exception)


def test_without_a_release_or_an_installation_there_is_a_sentence(tmp_path: Path) -> None:
    nowhere = run(tmp_path, "--dialect", "trl")
    assert isinstance(nowhere.exception, UserError)
    Installation.at(tmp_path).save(Settings(drops="drops"))
    none = run(tmp_path, "--dialect", "trl")
    assert isinstance(none.exception, UserError)
    assert "no training release" in str(none.exception)


def test_without_a_dialect_they_are_listed(tmp_path: Path) -> None:
    result = run(tmp_path)
    assert result.exit_code == 0
    assert all(name in result.output for name in DIALECTS)
    assert run(tmp_path, "--dialect", "gpt").exit_code == 2


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_release_is_not_exported(tmp_path: Path, damage: str) -> None:
    folder, out = release(tmp_path), tmp_path / "out"
    file = folder / "kto/train.jsonl"  # of a kind the tool has not even
    file.unlink()
    if damage == "changed":
        file.write_text("{}\n")
    with pytest.raises(UserError, match=r"damaged: kto/train\.jsonl"):
        exported(folder, "openai", out)
    assert not out.exists()


# --- where to


def test_a_folder_that_holds_something_is_left_alone(tmp_path: Path) -> None:
    folder, out = release(tmp_path), tmp_path / "out"
    exported(folder, "trl", out)
    before = contents(out)
    with pytest.raises(UserError, match="not empty"):
        exported(folder, "openai", out)
    assert contents(out) == before
    (tmp_path / "empty").mkdir()
    exported(folder, "openai", tmp_path / "empty")
    assert (tmp_path / "empty" / "sft" / "train.jsonl").is_file()


def test_nothing_is_exported_into_the_releases_or_the_drops(tmp_path: Path) -> None:
    folder = release(tmp_path)
    with pytest.raises(UserError, match="among the releases"):
        exported(folder, "trl", folder / "trl")
    result = run(tmp_path, "--dialect", "trl", "--out", str(tmp_path / "drops" / "trl"))
    assert isinstance(result.exception, UserError)
    assert "drop folder" in str(result.exception)


def test_a_draft_that_was_not_finished_is_done_again(tmp_path: Path) -> None:
    folder = release(tmp_path)
    (tmp_path / ".out.draft" / "sft").mkdir(parents=True)
    (tmp_path / ".out.draft" / "sft" / "stale.jsonl").write_text("{")
    exported(folder, "trl", tmp_path / "out")
    assert set(contents(tmp_path / "out")) == set(FILES)
    assert not (tmp_path / ".out.draft").exists()


def test_a_folder_that_cannot_be_written_is_a_sentence_and_leaves_nothing(tmp_path: Path) -> None:
    folder = release(tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        exported(folder, "trl", tmp_path / "file" / "out")
    assert not list(tmp_path.glob(".*.draft"))
