"""The corridor: documents in, everything once, whatever the order; bad ones never stop the others."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

import msgspec
import pytest
from make import ARTICLE, PAPER, scrape

from aggregator import pipeline, weeks
from aggregator.config import Config
from aggregator.model import FileReport
from aggregator.store import Store, exports
from parsers.model import Hint

POSTS = scrape(
    ("A full report follows tomorrow, thanks for reading this far. 2/2", "09.11.2026 09:00", (1, 0, 0, 0)),
    ("We walked every main path in the city and counted its benches. 1/2", "09.11.2026 09:00", (5, 2, 1, 0)),
    ("Every park should have a bench each two hundred metres. Our survey: example.org/benches", "08.11.2026 10:00",
     (2, 0, 0, 0)),
    ("Lovely autumn colours in the woods today!", "07.11.2026 10:00", (9, 0, 0, 0)),
)  # fmt: skip
FILES = {"paper.txt": PAPER.encode(), "article.txt": ARTICLE.encode(), "posts.txt": POSTS}


def ingest(store: Store, folder: Path, names: list[str], **options: object) -> list[FileReport]:
    inputs = pipeline.find_inputs([str(folder / name) for name in names])
    reports = list(pipeline.ingest(store, inputs, Config(), Hint(), **options))  # type: ignore[arg-type]
    pipeline.link(store, Config())
    return reports


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in FILES.items():
        (tmp_path / name).write_bytes(data)
    return tmp_path


def everything(store: Store) -> dict[str, list[str]]:
    """All exports, as sorted lines."""
    return {
        name: sorted(json.dumps(row, sort_keys=True) for row in export(store.connection))
        for name, export in exports.EXPORTS.items()
    }


def test_each_kind_is_recognised_by_content(folder: Path) -> None:
    """Names say nothing: the same bytes under another name are the same kind."""
    for name in FILES:
        (folder / name).rename(folder / f"{name}.bin")
    with Store(folder / "a.db") as store:
        reports = ingest(store, folder, [f"{name}.bin" for name in FILES])
    assert [report.format for report in reports] == ["positions", "article-text", "bluesky-scrape"]
    assert [report.records for report in reports] == [{"statement": 2}, {"article": 1}, {"post": 4}]


@pytest.mark.parametrize("order", list(itertools.permutations(FILES)))
def test_order_and_grouping_of_files_do_not_matter(folder: Path, order: tuple[str, ...]) -> None:
    """Files give the same archive in any order, alone or together."""
    with Store(folder / "one.db") as store:
        ingest(store, folder, list(FILES))
        expected = everything(store)
    with Store(folder / "two.db") as store:
        for name in order:
            ingest(store, folder, [name])
        assert everything(store) == expected


def test_second_ingest_changes_nothing(folder: Path) -> None:
    """The same files again: all unchanged, and not one row written but the run itself."""
    with Store(folder / "a.db") as store:
        ingest(store, folder, list(FILES))
        before = everything(store)
        for report in ingest(store, folder, list(FILES)):
            assert (report.changes.new, report.changes.changed) == (0, 0), report
        assert everything(store) == before


def test_dry_run_stores_nothing(folder: Path) -> None:
    """A dry run reports what would be new and leaves the archive as it was."""
    with Store(folder / "a.db") as store:
        reports = ingest(store, folder, list(FILES), dry_run=True)
        assert sum(report.changes.new for report in reports) == 7
        assert not any(everything(store).values())
        assert store.connection.execute("SELECT count(*) FROM document").fetchone()[0] == 0


def test_link_has_evidence(folder: Path) -> None:
    """A proposal shows their sentence beside ours and the words they share; small talk gets none."""
    with Store(folder / "a.db") as store:
        ingest(store, folder, list(FILES))
        links = list(exports.links(store.connection))
        titles = {row["id"]: row["title"] for row in exports.statements(store.connection)}
        threads = {row["id"]: row["text"] for row in exports.threads(store.connection)}
    assert links
    for link in links:
        assert link["their_sentence"] and link["our_sentence"] and link["terms"] and link["reason"]
        assert "bench" in titles[link["statement_id"]].lower()
        assert "autumn colours" not in threads.get(link["coverage_id"], "")


BAD = {
    "empty.txt": (b"", "empty"),
    "blank.txt": (b" \n\t\n", "empty"),
    "binary.bin": (bytes(range(256)) * 40, "binary"),
    "picture.png": (b"\x89PNG\r\n\x1a\n" + bytes(50), "picture"),
    "paper.pdf": (b"%PDF-1.7\n" + b"x" * 300, "PDF"),
    "note.txt": (b"Call Ada on Monday.\n", "say so"),
    "old.doc": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Office"),
}


def test_bad_files_name_the_next_step_and_stop_nobody(folder: Path) -> None:
    """Each bad file is named with what is wrong; the good ones between them go in."""
    for name, (data, _) in BAD.items():
        (folder / name).write_bytes(data)
    names = [
        "empty.txt",
        "paper.txt",
        "binary.bin",
        "missing.txt",
        "picture.png",
        "posts.txt",
        *list(BAD)[4:],
        "article.txt",
    ]
    with Store(folder / "a.db") as store:
        reports = {Path(report.name).name: report for report in ingest(store, folder, names)}
        assert len(list(exports.posts(store.connection))) == 4
        problems = store.connection.execute("SELECT count(*) FROM problem WHERE severity = 'error'").fetchone()[0]
    for name, (_, says) in BAD.items():
        if name in reports:
            assert says in str(reports[name].error), name
    assert "no such file" in str(reports["missing.txt"].error)
    assert reports["article.txt"].error is None
    assert problems == sum(report.error is not None for report in reports.values())


def test_unreadable_file_is_reported(folder: Path) -> None:
    """A file without the right to read it is one error, not a crash."""
    secret = folder / "secret.txt"
    secret.write_text("x")
    secret.chmod(0)
    if os.access(secret, os.R_OK):
        pytest.skip("this user may read every file")
    with Store(folder / "a.db") as store:
        (report,) = ingest(store, folder, ["secret.txt"])
    assert "ermission" in str(report.error)


def test_folder_is_searched_and_hidden_files_are_not(folder: Path) -> None:
    """A folder stands for the files below it."""
    (folder / ".hidden").write_text("x")
    (folder / "deeper").mkdir()
    (folder / "paper.txt").rename(folder / "deeper" / "paper.txt")
    found = [Path(item.name).name for item in pipeline.find_inputs([str(folder)])]
    assert sorted(found) == ["article.txt", "paper.txt", "posts.txt"]


def test_truncated_scrape_keeps_whole_posts(folder: Path) -> None:
    """A scrape cut off in the middle of a post gives the posts before the cut."""
    (folder / "cut.txt").write_bytes(POSTS[: POSTS.index(b"07.11.2026") + 8])
    with Store(folder / "a.db") as store:
        (report,) = ingest(store, folder, ["cut.txt"])
    assert report.records == {"post": 3}
    assert report.problems


def test_latin_1_is_read(folder: Path) -> None:
    """A file in Latin-1 keeps its accents and pounds."""
    text = ARTICLE.replace("nine hundred pounds", "£900 at the café").replace("“", '"').replace("”", '"')
    (folder / "latin.txt").write_bytes(text.encode("latin-1"))
    with Store(folder / "a.db") as store:
        ingest(store, folder, ["latin.txt"])
        (row,) = exports.articles(store.connection)
    assert "£900 at the café" in row["text"]


def test_file_over_the_limit_is_refused(folder: Path) -> None:
    """A file beyond the configured size is refused before it is read."""
    config = Config()
    big = folder / "big.txt"
    with big.open("wb") as file:
        file.truncate((config.ingest.max_megabytes + 1) << 20)
    with Store(folder / "a.db") as store:
        (report,) = ingest(store, folder, ["big.txt"])
    assert "max_megabytes" in str(report.error)


def test_paper_without_headings_says_so(folder: Path) -> None:
    """A position paper without any heading goes in when it is named as one, with a note."""
    text = "The Guild believes that ponds need railings.\n\nThe Guild believes that gates should open both ways.\n"
    (folder / "bare.txt").write_text(text)
    with Store(folder / "a.db") as store:
        inputs = pipeline.find_inputs([str(folder / "bare.txt")])
        (report,) = pipeline.ingest(store, inputs, Config(), Hint(kind="positions"))
    assert report.records["statement"] >= 1
    assert any("heading" in problem.message for problem in report.problems)


def test_look_back_takes_what_was_published_in_its_days(folder: Path) -> None:
    """A look back holds its days and says what has no date."""
    import datetime as dt

    with Store(folder / "a.db") as store:
        ingest(store, folder, list(FILES))
        window = weeks.look_back(dt.date(2026, 11, 9), dt.date(2026, 11, 10), Config())
        digest = pipeline.compose_digest(store, Config(), window)
    assert [item.parts_found for item in digest.threads] == [2]
    assert digest.items == 1
    assert [gap.subject for gap in digest.gaps if gap.kind == "undated"] == ["Benches vanish from city parks"]


def test_news_from_another_week_leaves_stories_whole(tmp_path: Path) -> None:
    """A story whose pieces lie days apart stays together when something unrelated comes in between."""
    import datetime as dt

    other = (
        "Harbour ferry stops for winter repairs\n\nThe ferry across the estuary will lie in dock from Monday while its "
        "hull is scraped and painted, the operator told passengers.\n\nBuses will run over the northern bridge instead "
        "and take about forty minutes longer, according to the timetable that was put up at both piers.\n\nAnglers who "
        "cross each morning said that they had been given two days to make other plans for the whole of December.\n"
    )
    pieces = ((ARTICLE, 1), (ARTICLE.replace("nine parks", "nine large parks"), 4), (other, 13))
    with Store(tmp_path / "a.db") as store:
        for n, (text, day) in enumerate(pieces):
            (tmp_path / f"{n}.txt").write_text(text)
            hint = Hint(outlet=f"Outlet {n}", published_at=dt.datetime(2026, 3, day, tzinfo=dt.UTC))
            list(pipeline.ingest(store, pipeline.find_inputs([str(tmp_path / f"{n}.txt")]), Config(), hint))
            pipeline.refresh(store, Config())
        stories = [row["coverage_ids"] for row in exports.stories(store.connection)]
    assert [len(ids) for ids in stories] == [2]


def test_scrapes_stay_in_utc_whatever_the_house_does(folder: Path) -> None:
    """The team's zone is for news; a scrape's minute names its posts, and only a person may shift it."""
    config = msgspec.convert({"ingest": {"timezone": "America/New_York"}}, Config)
    with Store(folder / "a.db") as store:
        list(pipeline.ingest(store, pipeline.find_inputs([str(folder / "posts.txt")]), config, Hint()))
        times = {row["created_at"] for row in exports.posts(store.connection)}
    assert "2026-11-09T09:00:00Z" in times
