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
        ("[digest]\nweekday = 'someday'", "line 2: weekday in [digest] must be “monday”, “tuesday”"),
        ("[[sources]]\nname = 'x'\nkind = 'guess'", "line 3: kind in [[sources]] “x” must be “feed”, "),
        ("[digest]\ntimezone = 'Europe/Lundon'", "no time zone"),
        ("[digest]\ncutoff = '25:00'", "no time of day"),
        ("[smtp]\nport = 'x'", "line 2: port in [smtp] must be a whole number; it is “x”"),
        ("[web]\n\n\nport = 0", "line 4: port in [web] must be a whole number from 1 to 65535; it is 0"),
        ("[fetch]\npause_seconds = -1", "must be a number from 0 to"),
        ("[linking]\nlearn = 'yes'", "learn in [linking] must be true or false, without quotation marks; it is “yes”"),
        ("[digest]\nsender = 5", "sender in [digest] must be a text between quotation marks; it is 5"),
        ("[digest]\nsend_at = 10", 'must be a text between quotation marks, as in send_at = "10:00"; it is 10'),
        ("[web]\ntrusted_hosts = 'a'", 'trusted_hosts in [web] must be a list, as in ["a", "b"]; it is “a”'),
        ("[web]\ntrusted_hosts = ['a', 1]", 'trusted_hosts in [web] must be a list, as in ["a", "b"]; it is a list'),
        ("[fetch]\nports = ['a']", "a list of numbers, as in [80, 443]"),
        ("web = 1", "line 1: [web] must be a section"),
        ("[recipients]\naddress = 'a@example.org'", "line 1: [recipients] must be a list of tables"),
        ("[[sources]]\nkind = 'feed'", "line 1: [[sources]] number 1 lacks “name”: it must be a text"),
        (
            "[[sources]]\nname='x'\nkind='feed'\nurl='https://x'\n[[sources]]\nname='y'",
            "line 5: [[sources]] “y” lacks “kind”",
        ),
        ("[[organisation.spokespeople]]\nrole = 'chair'", "[[organisation.spokespeople]] number 1 lacks “name”"),
        ("sources = [{name = 'x', kind = 5}]", "cuttings.toml, kind in [[sources]] “x” must be"),
        ("[smtp]\nhost = 'smtp.example.org'", "sender"),
        ("[digest]\nsender='a@example.org'\n[smtp]\nhost = 'mx.example.org'\nsecurity = 'plain'", "this machine only"),
        ("[digest]\npublic_base_url = 'ftp://x'", "http"),
        ("this is not toml", "line 1: “this is not toml” cannot be read; a setting is written as name = value"),
        (
            "[digest]\nsender = ada@example.org",
            "line 2: “sender = ada@example.org” cannot be read; texts stand between",
        ),
        ("[digest]\nsender = “ada@example.org”", "quotation marks must be straight"),
        ("[digest]\nsender = 'ada@example.org", "never closed"),
        ("[digest]\n[web]\n[digest]", "line 3: [digest] stands there twice; put the lines under it into the first one"),
        ("[web]\nport = 1\nport = 2", "line 3: “port” stands there twice; keep one"),
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
