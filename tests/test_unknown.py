"""After ingesting: what a document does not say and how to add it, told calmly and once."""

from __future__ import annotations

from pathlib import Path

import pytest
from make import ARTICLE, PAPER, scrape
from test_cli import run

from aggregator.store import Store
from aggregator.store.people import Person

POST = scrape(("Every park should have a bench each two hundred metres.", "08.11.2026 10:00", (2, 0, 0, 0)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "article.txt").write_text(ARTICLE, encoding="utf-8")
    (tmp_path / "paper.txt").write_text(PAPER, encoding="utf-8")
    (tmp_path / "posts.txt").write_bytes(POST)
    return tmp_path


def test_what_is_not_known_is_told_with_the_option_that_gives_it(folder: Path) -> None:
    """A line names what is missing; what was said, now or before, is not asked for again."""
    told = run("ingest", "article.txt", cwd=folder).stdout.decode()
    assert "not known: outlet, date, url; add them by ingesting it again with --outlet, --published and --url" in told
    told = run("ingest", "--outlet", "The Park Post", "--published", "2025-03-14", "article.txt", cwd=folder).stdout
    assert b"1 changed" in told
    assert b"not known: url; add it by ingesting it again with --url\n" in told
    told = run("ingest", "--url", "https://news.example.org/benches", "article.txt", cwd=folder).stdout
    assert b"1 changed" in told
    assert b"not known" not in told


def test_a_file_that_is_read_again_says_it_again(folder: Path) -> None:
    """What is still open is told however often a file comes; what a person gave meanwhile on its page is not."""
    run("ingest", "article.txt", cwd=folder)
    told = run("ingest", "article.txt", cwd=folder).stdout
    assert b"read before" in told and b"not known: outlet, date, url;" in told
    with Store(folder / "data" / "cuttings.db") as store:
        (key,) = store.connection.execute("SELECT key FROM coverage").fetchone()
        row = store.reading.coverage(key)
        assert row is not None
        now = store.telling.current(row["id"])
        rosa = Person(id=1, name="Rosa", role="reviewer", session="1")
        wanted = {**now, "outlet": "The Park Post"}
        store.telling.save(row, wanted, hush=False, seen=store.telling.mark(now), who=rosa, now="2026-11-20T09:00:00Z")
    assert b"not known: date, url;" in run("ingest", "article.txt", cwd=folder).stdout
    assert b"not known: date, url;" in run("ingest", "--force", "article.txt", cwd=folder).stdout


def test_posts_from_standard_input_are_asked_for_their_author(tmp_path: Path) -> None:
    """Posts that name nobody say so, also when they are piped in, and again."""
    for _ in range(2):
        told = run("ingest", "-", cwd=tmp_path, data=POST).stdout
        assert b"not known: who wrote the posts;" in told
    table = b"text,createdAt,uri\nMore benches.,2026-11-09T08:30:00Z,\n"
    told = run("ingest", "--kind", "bluesky-csv", "-", cwd=tmp_path, data=table).stdout
    assert b"not known: author; add it by ingesting it again with --author" in told


def test_explain_gives_the_command(folder: Path) -> None:
    """The journey of a file ends with what it leaves open and the command that gives it."""
    told = run("explain", "article.txt", cwd=folder).stdout.decode()
    assert "not known: outlet, date, url" in told
    assert "python run.py ingest --outlet NAME --published 2026-11-09 --url https://… article.txt" in told


def test_a_copied_profile_names_nobody(folder: Path) -> None:
    """That the author of copied posts is unknown is said, with what adds it; an author given has no doubled label."""
    told = run("ingest", "posts.txt", cwd=folder).stdout.decode()
    assert "not known: who wrote the posts; a copied profile names nobody, an export of the account adds it" in told
    told = run("ingest", "--author", "parks.example.org", "posts.txt", cwd=folder).stdout.decode()
    assert "info: A profile page shows posts of several people" in told


def test_positions_miss_nothing(folder: Path) -> None:
    """A position paper has no outlet to ask for."""
    assert b"not known" not in run("ingest", "paper.txt", cwd=folder).stdout


def test_a_slip_in_a_name_makes_no_archive(tmp_path: Path) -> None:
    """A file that is not there is told, and leaves no empty archive behind."""
    done = run("--db", "a.db", "ingest", "nofile", cwd=tmp_path, ok=False)
    assert done.returncode == 1
    assert b"there is no such file" in done.stdout
    assert b"nothing went in" in done.stderr
    assert not list(tmp_path.iterdir())


def test_repairs_of_a_thread_name_the_part(tmp_path: Path) -> None:
    """`explain` says of which part of a thread a table of repairs is."""
    posts = scrape(
        ("It doesnβt end here: the pond needs two more seats by spring. 2/2", "09.11.2026 09:00", (1, 0, 0, 0)),
        ("We donβt know why the councilβs benches went, so we counted all of them. 1/2", "09.11.2026 09:00", (5, 2, 1, 0)),
    )  # fmt: skip
    (tmp_path / "posts.txt").write_bytes(posts)
    told = run("explain", "posts.txt", cwd=tmp_path).stdout.decode()
    assert "    part 1:\n" in told
    assert told.index("    part 1:\n") < told.index("    part 2:\n")
