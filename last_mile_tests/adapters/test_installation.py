"""One home: its settings, and who may claim it."""

from __future__ import annotations

from pathlib import Path

import pytest

from last_mile.adapters.installation import Installation, Settings
from last_mile.errors import UserError


@pytest.fixture
def home(tmp_path: Path) -> Installation:
    return Installation.at(tmp_path / "home")


def test_a_home_is_the_one_given_else_that_of_the_environment_else_the_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAST_MILE_HOME", raising=False)
    assert Installation.at().home == tmp_path / ".last_mile"
    assert Installation.at("").home == tmp_path / ".last_mile"
    monkeypatch.setenv("LAST_MILE_HOME", "elsewhere")
    assert Installation.at().home == tmp_path / "elsewhere"
    assert Installation.at("here").home == tmp_path / "here"
    assert list(tmp_path.iterdir()) == []  # asking creates nothing


def test_settings_come_back_as_they_were_saved(home: Installation) -> None:
    settings = Settings("drops", "rubric.yaml", "openai/gpt-4o-mini", "2026-01-05", demo=True)
    home.save(settings)
    assert home.settings() == settings
    assert [file.name for file in home.home.iterdir() if file.is_file()] == ["settings.json"]


def test_a_home_where_nothing_was_run_says_what_to_do(home: Installation) -> None:
    with pytest.raises(UserError, match="run `last-mile run --drops DIR` first"):
        home.settings()


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "{}", '{"rubric": "proposals"}', "\x00"])
def test_damaged_settings_are_said_to_be_damaged(home: Installation, text: str) -> None:
    home.save(Settings("drops"))
    home.settings_file.write_text(text)
    with pytest.raises(UserError, match="is damaged; delete it"):
        home.settings()


def test_settings_of_an_older_or_newer_version_are_read(home: Installation) -> None:
    home.save(Settings("drops"))
    home.settings_file.write_text('{"drops": "drops", "colour": "red"}')
    assert home.settings() == Settings("drops")


def test_a_new_home_and_the_same_drops_are_claimed(home: Installation) -> None:
    assert home.claim(Settings("drops")) is None
    assert home.claim(Settings("drops", judge="recorded")) is None
    assert home.settings().judge == "recorded"


def test_other_drops_are_refused_and_nothing_changes(home: Installation) -> None:
    home.claim(Settings("drops"))
    with pytest.raises(UserError, match="made from drops; give others a home of its own"):
        home.claim(Settings("others"))
    assert home.settings() == Settings("drops")


def test_a_home_that_held_the_demo_is_set_aside_for_the_first_real_drops(
    home: Installation,
) -> None:
    home.claim(Settings("demo drops", demo=True))
    home.warehouse.write_text("the demo's tables")
    aside = home.claim(Settings("drops"))
    assert aside == home.home.with_name("home-demo-1")
    assert (aside / "warehouse.duckdb").read_text() == "the demo's tables"
    assert not home.warehouse.exists()
    assert home.settings() == Settings("drops")


def test_a_demo_never_takes_the_place_of_one_set_aside_before(home: Installation) -> None:
    home.home.with_name("home-demo-1").mkdir()
    home.claim(Settings("demo drops", demo=True))
    assert home.claim(Settings("drops")) == home.home.with_name("home-demo-2")


def test_running_the_demo_again_keeps_its_home(home: Installation) -> None:
    demo = Settings("demo drops", demo=True)
    home.claim(demo)
    assert home.claim(demo) is None


def test_real_drops_are_never_set_aside_for_a_demo(home: Installation) -> None:
    home.claim(Settings("drops"))
    with pytest.raises(UserError):
        home.claim(Settings("demo drops", demo=True))


def test_a_demo_set_aside_still_finds_its_drops(home: Installation) -> None:
    drops = home.home / "demo_drops"  # where the command line writes a demo
    home.claim(Settings(str(drops), demo=True))
    drops.mkdir()
    aside = home.claim(Settings("drops"))
    assert aside is not None
    assert Path(Installation.at(aside).settings().drops).is_dir()


def test_the_rubric_of_the_settings_is_read_when_it_is_asked_for(home: Installation) -> None:
    home.save(Settings("drops", rubric="no such rubric"))
    with pytest.raises(UserError, match="no such file"):
        home.rubric()
    home.save(Settings("drops"))
    assert home.rubric().name == "proposals"
