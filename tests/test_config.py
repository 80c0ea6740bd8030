"""Settings: defaults, validation, and the texts made from them."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from aggregator import settings
from aggregator.config import Config, load
from aggregator.errors import ConfigError

ROOT = Path(__file__).parents[1]


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "cuttings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_means_defaults(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a settings file everything works with defaults."""
    monkeypatch.chdir(tmp_path)
    assert load(None) == Config()


def test_named_file_must_exist(tmp_path: Path) -> None:
    """A file that was named and is not there is an error that says how to get one."""
    with pytest.raises(ConfigError, match=r"no such file.*init"):
        load(tmp_path / "gone.toml")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[digest]\nweekdy = 'monday'", "did you mean “weekday”"),
        ("[[recipients]]\nadress = 'a@example.org'", "did you mean “address”"),
        ("colour = 1", "no setting “colour” at the top"),
        ("[digest]\nweekday = 'someday'", "“digest.weekday”: 'someday' is none of monday, tuesday"),
        ("[[sources]]\nname = 'x'\nkind = 'guess'", "“sources[0].kind”: 'guess' is none of feed"),
        ("[digest]\ntimezone = 'Europe/Lundon'", "no time zone"),
        ("[digest]\ncutoff = '25:00'", "no time of day"),
        ("[smtp]\nport = 'x'", "smtp.port"),
        ("[smtp]\nhost = 'smtp.example.org'", "sender"),
        ("[digest]\nsender='a@example.org'\n[smtp]\nhost = 'mx.example.org'\nsecurity = 'plain'", "this machine only"),
        ("[digest]\npublic_base_url = 'ftp://x'", "http"),
        ("this is not toml", "not TOML"),
    ],
)
def test_wrong_settings_name_file_and_setting(tmp_path: Path, text: str, says: str) -> None:
    """Each slip is an error that names the file, the setting and what it may be."""
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert says in str(caught.value)


def test_example_is_valid(tmp_path: Path) -> None:
    """What `init` writes loads as it is, and loads with every setting switched on."""
    text = settings.example()
    assert load(write(tmp_path, text)) == Config()
    switched_on = "\n".join(
        line[1:] if line.startswith("#") and not line.startswith("# ") else line for line in text.splitlines()
    )
    known = tomllib.loads(switched_on)
    assert {setting.name for setting in settings.settings() if setting.table == "digest"} == set(known["digest"])
    load(write(tmp_path, switched_on))


def test_docs_say_what_the_code_says() -> None:
    """docs/settings.md is made from the code."""
    assert (ROOT / "docs" / "settings.md").read_text(encoding="utf-8") == settings.table()
