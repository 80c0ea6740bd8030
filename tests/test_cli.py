"""The command line: exit codes, streams, messages, help, and documents that say what it says."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import subprocess
import sys
import zipfile
from email import message_from_bytes
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from make import ARTICLE, PAPER

from aggregator.cli import VERBS, cli
from aggregator.cli_archive import cell
from aggregator.cli_base import SETTINGS
from aggregator.cli_docs import reference
from aggregator.config import DEFAULT_FILE
from aggregator.errors import ConfigError
from aggregator.store import Store

ROOT = Path(__file__).parents[1]


def run(*arguments: str, cwd: Path, data: bytes | None = None, ok: bool = True) -> subprocess.CompletedProcess[bytes]:
    """`run.py` as a person starts it, in another working folder."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "run.py"), *arguments],
        cwd=cwd,
        input=data,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "error"},
        check=False,
    )
    assert (done.returncode == 0) is ok, done.stderr.decode()
    return done


def commands(group: click.Group, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], click.Command]]:
    found = []
    for name in group.list_commands(click.Context(group)):
        command = group.get_command(click.Context(group), name)
        assert command is not None
        found.append(((*path, name), command))
        if isinstance(command, click.Group):
            found += commands(command, (*path, name))
    return found


def test_a_folder_for_the_archive_says_what_to_type(tmp_path: Path) -> None:
    """`--db` with a folder names the archive in it, and nothing is made or restored."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "heads.db").touch()
    for command in ("doctor", "search", "serve"):
        done = run("--db", "data", command, *(["x"] if command == "search" else []), cwd=tmp_path, ok=False)
        assert done.returncode == 2
        assert b"data is a folder; name the archive in it: --db data/heads.db" in done.stderr
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["heads.db"]


@pytest.mark.parametrize(
    ("path", "command"), commands(cli), ids=lambda value: " ".join(value) if isinstance(value, tuple) else ""
)
def test_every_command_has_help_with_an_example(path: tuple[str, ...], command: click.Command) -> None:
    """Help says what a command does and shows one call of it."""
    assert command.help
    assert "Example:" in command.help
    assert f"run.py {' '.join(path[:1])}" in command.help or "run.py repair" in command.help
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("help",):
            assert parameter.help or parameter.name in ("form",), parameter.name


@pytest.mark.parametrize("name", VERBS)
def test_table_of_verbs_says_what_the_verbs_say(name: str) -> None:
    """The list in the help shows the first sentence of each verb's own help."""
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    assert (command.help or "").split("\n")[0] == VERBS[name].line


def test_reference_says_what_the_code_says() -> None:
    """docs/cli.md is made from the commands."""
    assert (ROOT / "docs" / "cli.md").read_text(encoding="utf-8") == reference()


def test_known_errors_are_one_message_and_exit_1(tmp_path: Path) -> None:
    """A broken settings file is one line without a traceback."""
    (tmp_path / "cuttings.toml").write_text("[digest]\nweekdy = 'monday'\n")
    done = run("digest", "show", cwd=tmp_path, ok=False)
    assert done.returncode == 1
    assert done.stdout == b""
    assert done.stderr.decode().strip().count("\n") == 0
    assert "weekday" in done.stderr.decode()


def test_wrong_usage_is_exit_2(tmp_path: Path) -> None:
    """An unknown option is a usage error."""
    assert run("ingest", "--colour", cwd=tmp_path, ok=False).returncode == 2
    (tmp_path / "paper.txt").write_text(PAPER)
    run("ingest", "paper.txt", cwd=tmp_path)
    assert run("digest", "show", "--from", "2026-11-09", cwd=tmp_path, ok=False).returncode == 2


def test_every_export_names_its_fields(tmp_path: Path) -> None:
    """The table of fields says what the rows hold, and a CSV of nothing still has its header."""
    from aggregator.store import Store, exports

    with Store(tmp_path / "empty.db"):
        pass
    for what, fields in exports.FIELDS.items():
        table = run("--db", "empty.db", "export", what, "--format", "csv", cwd=tmp_path).stdout.decode()
        assert table.split() == [fields.replace(" ", ",")]


def test_standard_input_has_a_limit(tmp_path: Path) -> None:
    """A pipe that gives more than may be read at once is refused, and the message says what to do."""
    (tmp_path / "cuttings.toml").write_text("[ingest]\nmax_megabytes = 1\n")
    done = run("--db", "a.db", "ingest", "-", cwd=tmp_path, data=b"word " * 300_000, ok=False)
    assert done.returncode == 1
    assert "save it as a file" in done.stdout.decode()


def test_ingest_reads_standard_input_and_exports_stream(tmp_path: Path) -> None:
    """Files, folders and a pipe go in; exports come out as JSON lines and CSV."""
    (tmp_path / "paper.txt").write_text(PAPER)
    run("--db", "a.db", "ingest", "paper.txt", cwd=tmp_path)
    done = run("--db", "a.db", "ingest", "--outlet", "The Path", "--published", "2026-11-09", "--json", "-",
               cwd=tmp_path, data=ARTICLE.encode())  # fmt: skip
    assert json.loads(done.stdout)["format"] == "article-text"
    (row,) = map(json.loads, run("--db", "a.db", "export", "articles", cwd=tmp_path).stdout.splitlines())
    assert (row["outlet"], row["published_at"]) == ("The Path", "2026-11-09")
    table = run("--db", "a.db", "export", "statements", "--format", "csv", cwd=tmp_path).stdout.decode()
    assert len(list(csv.DictReader(io.StringIO(table)))) == 2


def test_one_bad_file_fails_the_command_and_loses_nothing(tmp_path: Path) -> None:
    """With a bad file among good ones the good ones are in, and the exit code tells."""
    (tmp_path / "paper.txt").write_text(PAPER)
    (tmp_path / "empty.txt").touch()
    done = run("--db", "a.db", "ingest", "empty.txt", "paper.txt", cwd=tmp_path, ok=False)
    assert done.returncode == 1
    assert "1 of 2 files could not be used" in done.stderr.decode()
    assert len(run("--db", "a.db", "export", "statements", cwd=tmp_path).stdout.splitlines()) == 2


def test_what_could_not_be_used_is_counted_with_the_members_of_bundles(tmp_path: Path) -> None:
    """Files and members of a zip count alike, a trial claims nothing, and an unknown text says how to help."""
    (tmp_path / "paper.txt").write_text(PAPER)
    (tmp_path / "note.txt").write_text("call Ada")
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as bundle:
        bundle.writestr("a.txt", "call Ida")
        bundle.writestr("b.txt", "call Bo")
    command = ("--db", "a.db", "ingest", "--dry-run", "all.zip", "note.txt", "paper.txt")
    done = run(*command, cwd=tmp_path, ok=False)
    assert "3 of 4 files could not be used; nothing was stored" in done.stderr.decode()
    said = done.stdout.decode()
    assert "say so with “ingest --kind”: positions, article," in said
    assert "under “It is”" not in said


def test_demo_shows_a_good_week(tmp_path: Path) -> None:
    """The demo ends with a digest of a second week that has every section, and what only a second issue can have."""
    done = run("demo", "--out", "d", cwd=tmp_path)
    assert b"a thread of 6" in done.stdout
    assert b"a thread of 5, part 3 missing" in done.stdout
    text = (tmp_path / "d" / "digest.txt").read_text(encoding="utf-8")
    for section in (
        "IN ONE MINUTE",
        "TOP STORIES",
        "BY POSITION",
        "OUR VOICES",
        "THREADS WORTH READING",
        "GAPS",
        "TO REVIEW",
        "CORRECTIONS",
    ):
        assert section in text
    for said in (
        "Last week  4-week mean", "[confirmed]", "[proposed]", "repeats our own words", "old line of ours quoted",
        "Updated since we mailed it", "that was wrong", "Silent sources: Museum Ledger",
    ):  # fmt: skip
        assert said in text
    for_one = (tmp_path / "d" / "digest-museums.html").read_text(encoding="utf-8")
    assert "Chosen for you" in for_one
    assert "follow-up" in for_one
    assert "Besides those above:" in for_one
    mails = [message_from_bytes(path.read_bytes()) for path in (tmp_path / "d" / "outbox").glob("2026-W45-*.eml")]
    assert len(mails) == 2
    assert "This is the first issue" in str(mails[0].get_payload()[0].get_payload(decode=True))  # type: ignore[index, union-attr]
    assert (tmp_path / "d" / "digest.eml").read_bytes().startswith(b"From: ")
    again = run("demo", "--out", "d", cwd=tmp_path).stdout.decode()
    command = shlex.split(again.splitlines()[-1].removeprefix("Next:"))
    explained = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert (explained.returncode, b"thread" in explained.stdout) == (0, True), "the command works where it was told"


def test_a_clean_scrape_tells_of_no_repair(tmp_path: Path) -> None:
    """Ingest speaks of repairs only where there were some, and counts one thing as one."""
    status = "09.11.2026 10:00 — 👍 1 🔁 2 💬 3 📌 4"
    (tmp_path / "clean.txt").write_text(f"Benches are for sitting.\n{status}\n", encoding="utf-8")
    (tmp_path / "bad.txt").write_text(f"Ida\u00e2\u20ac\u2122s bench.\n{status}\n", encoding="utf-8")
    clean = run("--db", "a.db", "ingest", "clean.txt", cwd=tmp_path).stdout.decode()
    assert "1 status line of" in clean
    assert "repaired" not in clean
    assert "repaired 1 character in 1 place" in run("--db", "a.db", "ingest", "bad.txt", cwd=tmp_path).stdout.decode()


def test_demo_does_not_touch_other_folders(tmp_path: Path) -> None:
    """A folder with somebody's files is refused."""
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "thesis.txt").write_text("years of work")
    done = run("demo", "--out", "d", cwd=tmp_path, ok=False)
    assert done.returncode == 1
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["thesis.txt"]


def test_settings_that_cannot_be_read_are_never_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given by --config they end a verb that needs none of them; found in the folder they are told; a backup is made."""
    monkeypatch.chdir(tmp_path)
    Store(tmp_path / "a.db").close()
    bad = tmp_path / SETTINGS
    assert bad.name == DEFAULT_FILE.name
    bad.write_text("[digst]\n", encoding="utf-8")
    given = ["--config", str(bad), "--db", "a.db"]
    for verb in (["search", "parks"], ["export", "links"], ["digest", "list"]):
        with pytest.raises(ConfigError, match="digst"):
            CliRunner().invoke(cli, [*given, *verb], catch_exceptions=False)
        told = CliRunner().invoke(cli, ["--db", "a.db", *verb], catch_exceptions=False)
        assert (told.exit_code, told.stderr.count("digst")) == (0, 1)
        assert "goes on without the settings" in told.stderr
    copied = CliRunner().invoke(cli, [*given, "backup", "--to", str(tmp_path / "copies")], catch_exceptions=False)
    assert copied.exit_code == 0
    assert "digst" in copied.stderr


def test_init_writes_settings_once(tmp_path: Path) -> None:
    """`init` writes a file that works and does not write over one."""
    run("init", cwd=tmp_path)
    (tmp_path / "paper.txt").write_text(PAPER)
    run("ingest", "paper.txt", cwd=tmp_path)
    run("digest", "show", "--issue", "2026-W46", cwd=tmp_path)
    assert run("init", cwd=tmp_path, ok=False).returncode == 1


def test_slip_in_db_is_no_empty_archive(tmp_path: Path) -> None:
    """Only what fills an archive makes one; reading from a name that is not there is an error."""
    for command in (["export", "posts"], ["digest", "show"], ["search", "x"], ["explain", "t-1"], ["link"]):
        done = run("--db", "typo.db", *command, cwd=tmp_path, ok=False)
        assert b"there is no archive" in done.stderr
    (tmp_path / "paper.txt").write_text(PAPER)
    assert b"2 statements" in run("--db", "typo.db", "ingest", "--dry-run", "paper.txt", cwd=tmp_path).stdout
    assert not (tmp_path / "typo.db").exists()


@pytest.mark.parametrize(
    "options",
    [["--url", "notaurl"], ["--timezone", "Mars"], ["--published", "soon"], ["--kind", "poem"]],
)
def test_slips_in_what_is_said_of_a_file_are_refused(tmp_path: Path, options: list[str]) -> None:
    """A wrong address, zone, date or kind stores nothing."""
    (tmp_path / "paper.txt").write_text(PAPER)
    assert run("ingest", *options, "paper.txt", cwd=tmp_path, ok=False).returncode == 2
    assert not (tmp_path / "data").exists()


def test_repair_keeps_sound_characters(tmp_path: Path) -> None:
    """No-break spaces and joined emoji come through a pipe unharmed."""
    sound = "£5\u00a0m 👩\u200d💻\n".encode()
    assert run("repair", cwd=tmp_path, data=sound).stdout == sound
    windows = "It’s on.\r\nThey don’t know.\r\n".encode()
    assert run("repair", cwd=tmp_path, data=windows).stdout == windows


def test_repair_restores_and_explains(tmp_path: Path) -> None:
    """Damaged text in, sound text out; --explain lists the steps."""
    damaged = "Donβt look away: itβs Β£5 and weβre late. They said βnoβ.\n".encode()
    assert run("repair", cwd=tmp_path, data=damaged).stdout.decode().startswith("Don’t look away: it’s £5")
    lines = run("repair", "--explain", cwd=tmp_path, data=damaged).stdout.decode().splitlines()
    assert "iso-8859-7" in lines[0]
    assert len(lines) > 4


def test_explain_tells_of_files_and_records(tmp_path: Path) -> None:
    """A file, an id and an unknown name each get an answer."""
    (tmp_path / "paper.txt").write_text(PAPER)
    assert b"recognised as positions" in run("explain", "paper.txt", cwd=tmp_path).stdout
    run("--db", "a.db", "ingest", "paper.txt", cwd=tmp_path)
    key = json.loads(run("--db", "a.db", "export", "statements", cwd=tmp_path).stdout.splitlines()[0])["id"]
    assert b"version 1" in run("--db", "a.db", "explain", key, cwd=tmp_path).stdout
    assert b"nothing in the archive" in run("--db", "a.db", "explain", "s-nothing", cwd=tmp_path, ok=False).stderr


def test_terminal_escapes_in_names_and_text_are_harmless(tmp_path: Path) -> None:
    """What comes from outside cannot steer the terminal."""
    name = "evil\x1b[2J.txt"
    (tmp_path / name).write_text(PAPER)
    done = run("--db", "a.db", "ingest", name, cwd=tmp_path)
    assert b"\x1b" not in done.stdout + done.stderr


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_csv_cells_are_not_formulas(value: str) -> None:
    """A spreadsheet shows the text instead of running it."""
    assert cell(value) == "'" + value


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_message(tmp_path: Path) -> None:
    """Data that finds no room ends with a message and 1, no traceback."""
    (tmp_path / "paper.txt").write_text(PAPER)
    run("ingest", "paper.txt", cwd=tmp_path)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, str(ROOT / "run.py"), "export", "statements"],
            cwd=tmp_path,
            stdout=full,
            stderr=subprocess.PIPE,
        )
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: the disk is full")
