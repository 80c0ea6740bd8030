"""Documents on their way in: packed, endless, broken, hostile; what is whole goes in, the rest is told with its place."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import libipld
import pytest
from bluesky_forms import (
    POST,
    Repo,
    account,
    author_feed,
    cid_bytes,
    dump,
    jetstream,
    record,
    repo,
    rkey,
    uri,
    varint,
    view,
)
from conftest import ROOT
from make import ARTICLE, PAPER

import parsers
from aggregator import intake_keep, pipeline
from aggregator.config import Config
from aggregator.model import FileReport
from aggregator.store import Store, alone, exports
from aggregator.store.posts import Posts
from parsers.model import Hint, Post

COUNT = len(account())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "archive" / "test.db") as opened:
        yield opened


def ingest(store: Store, *paths: Path, dry_run: bool = False, force: bool = False) -> list[FileReport]:
    inputs = pipeline.find_inputs([str(path) for path in paths])
    return list(pipeline.ingest(store, inputs, Config(), Hint(), dry_run=dry_run, force=force))


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def zipped(**members: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def post_count(store: Store) -> int:
    return int(store.connection.execute("SELECT count(*) FROM post").fetchone()[0])


# ------------------------------------------------------------------ packed


def test_each_packed_file_is_a_document_of_its_own(store: Store, tmp_path: Path) -> None:
    """A zip gives one report for each file in it, named with it; what cannot be used stops nobody."""
    path = write(
        tmp_path,
        "week.zip",
        zipped(
            **{"paper.txt": PAPER.encode(), "deep/article.txt": ARTICLE.encode(), "repo.car": repo(account()).file(),
               "feed.json.gz": gzip.compress(author_feed(account())), "note.txt": b"Call Ada.\n"}
        ),
    )  # fmt: skip
    reports = ingest(store, path)
    assert [report.format for report in reports] == ["positions", "article-text", "bluesky-car", "bluesky-json", None]
    assert all(report.name.startswith(f"{path}/") for report in reports)
    assert [report.error is None for report in reports] == [True, True, True, True, False]
    assert post_count(store) == COUNT
    names = {row[0] for row in store.connection.execute("SELECT name FROM document")}
    assert {"week.zip/repo.car", "week.zip/deep/article.txt"} <= names


def test_gzipped_file_is_read_as_what_it_holds(store: Store, tmp_path: Path) -> None:
    """A gzipped export is the export."""
    (report,) = ingest(store, write(tmp_path, "repo.car.gz", gzip.compress(repo(account()).file())))
    assert (report.format, report.changes.new) == ("bluesky-car", COUNT)


def test_packed_traps_are_messages(store: Store, tmp_path: Path) -> None:
    """What unpacks beyond reason, a broken zip and an Office file are refused with a message; nothing is stored."""
    bomb = gzip.compress(bytes(64 << 20), 9)
    for name, data, says in (
        ("bomb.gz", bomb, "trap"),
        ("bomb.zip", zipped(**{"a.json": bytes(64 << 20)}), "trap"),
        ("cut.zip", zipped(**{"a.json": author_feed(account())})[:200], "damaged"),
        ("new.docx", zipped(**{"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>"}), "Office"),
        ("old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Office"),
    ):
        reports = ingest(store, write(tmp_path, name, data))
        assert [report.error is not None for report in reports] == [True], name
        assert says in str(reports[0].error), (name, reports[0].error)
    assert store.connection.execute("SELECT count(*) FROM document").fetchone()[0] == 0


# ------------------------------------------------------------------ again, and in portions


def test_known_file_is_not_read_again(store: Store, tmp_path: Path) -> None:
    """The same bytes again, under any name, are known; `force` reads them, and neither changes anything."""
    one = write(tmp_path, "one.car", repo(account()).file())
    two = write(tmp_path, "two.car", one.read_bytes())
    ingest(store, one)
    before = list(exports.posts(store.connection))
    for reports in (ingest(store, two), ingest(store, one, force=True)):
        assert [(r.changes.new, r.changes.changed, r.changes.unchanged) for r in reports] == [(0, 0, COUNT)]
    assert list(exports.posts(store.connection)) == before


def test_other_hint_reads_a_known_file_again(store: Store, tmp_path: Path) -> None:
    """What the giver says about a file may change what it means."""
    path = write(tmp_path, "repo.car", repo(account()).file())
    ingest(store, path)
    hint = Hint(author="heads.example")
    (report,) = pipeline.ingest(store, pipeline.find_inputs([str(path)]), Config(), hint)
    assert report.changes.changed == COUNT
    assert {row["author"] for row in store.posts.each()} == {"heads.example"}


#: Where an import ends, whether its posts are looked at one by one, whether they are there then, and their threads.
ENDS = {
    "before its rows are whole": ((alone, "index_new"), False, False, False),
    "after its rows": ((intake_keep, "unknown"), False, True, True),
    "after posts that were looked at one by one": ((intake_keep, "stitch"), True, True, False),
}


@pytest.mark.parametrize(("end", "one_by_one", "kept", "stitched"), ENDS.values(), ids=ENDS)
def test_killed_import_goes_on_when_run_again(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    end: tuple[Any, str],
    one_by_one: bool,
    kept: bool,
    stitched: bool,
) -> None:
    """What went in stays, nothing is there by halves or doubled, and threads are as if it had run through."""
    path = write(tmp_path, "repo.car", repo(account()).file())
    with Store(tmp_path / "other.db") as other:
        ingest(other, path)
        expected = [list(exports.EXPORTS[name](other.connection)) for name in ("posts", "threads")]
    with monkeypatch.context() as patch:
        patch.setattr(intake_keep, "PORTION", 2)
        patch.setattr(*end, _killed_with_posts if end[1] == "stitch" else _killed)
        if one_by_one:
            patch.setattr(Posts, "may_be_alone", lambda *_: False)
        with pytest.raises(KeyboardInterrupt):
            ingest(store, path)
    assert post_count(store) == (COUNT if kept else 0)
    assert list(exports.threads(store.connection)) == (expected[1] if stitched else [])
    waiting = store.connection.execute("SELECT count(*) FROM stitch_due").fetchone()[0]
    assert waiting == (COUNT if kept and not stitched else 0)
    (report,) = ingest(store, path)
    assert (report.changes.new, report.changes.unchanged) == ((0, COUNT) if kept else (COUNT, 0))
    assert [list(exports.EXPORTS[name](store.connection)) for name in ("posts", "threads")] == expected
    assert store.connection.execute("SELECT count(*) FROM stitch_due").fetchone()[0] == 0


def _killed(*_: Any) -> None:
    raise KeyboardInterrupt


def _killed_with_posts(store: Store, *_: Any) -> None:
    """The first look for posts that wait for their threads finds an empty archive."""
    if post_count(store):
        raise KeyboardInterrupt


def test_portions_and_windows_do_not_show(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Posts that go in and are stitched a few at a time make the archive that they make together."""
    from aggregator.store import neighbours

    made = [record(f"Part {n % 4 + 1} of thread {n // 4} on gates and ponds. {n % 4 + 1}/4", n) for n in range(60)]
    path = write(tmp_path, "repo.car", repo([*account(), *made]).file())
    ingest(store, path)
    monkeypatch.setattr(intake_keep, "PORTION", 7)
    monkeypatch.setattr(neighbours, "WINDOW", 5)
    monkeypatch.setattr(Posts, "may_be_alone", lambda *_: False)
    with Store(tmp_path / "other.db") as other:
        ingest(other, path)
        for name in ("posts", "threads"):
            assert list(exports.EXPORTS[name](other.connection)) == list(exports.EXPORTS[name](store.connection))


def test_dry_run_of_a_stream_stores_nothing(store: Store, tmp_path: Path) -> None:
    """A dry run says what an account export would bring and leaves the archive empty."""
    (report,) = ingest(store, write(tmp_path, "repo.car", repo(account()).file()), dry_run=True)
    assert report.changes.new == COUNT
    for table in ("document", "post", "coverage", "stitch_due"):
        assert store.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


def test_large_lines_are_read_as_a_stream(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Event lines beyond a size go in by portions; bad lines are told by their number."""
    import parsers

    lines = jetstream(account(), deleted=(5,)).splitlines()
    lines.insert(3, b'{"did": "did:plc:x", "commit": broken')
    path = write(tmp_path, "events.jsonl", b"\n".join(lines) + b"\n")
    monkeypatch.setattr(parsers, "_LARGE", 100)
    (report,) = ingest(store, path)
    assert (report.format, report.changes.new) == ("bluesky-json", COUNT)
    assert [problem.where for problem in report.problems] == ["line 4"]
    assert store.connection.execute("SELECT count(*) FROM post WHERE gone").fetchone()[0] == 1


_BIG = """
import re, sys
sys.path[:0] = {paths!r}
from pathlib import Path
from typing import Any
from aggregator import pipeline
from aggregator.config import Config
from aggregator.store import Store
from parsers.model import Hint
with Store(Path({db!r})) as store:
    for report in pipeline.ingest(store, pipeline.find_inputs([{path!r}]), Config(), Hint()):
        assert report.records == {{"post": 400}}, report
# Not ru_maxrss: that one remembers the process which started this one.
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """An account export of two hundred megabytes goes in with less memory than its size."""
    made = Repo()
    for number in range(400):
        made.add(f"{POST}/{rkey(number)}", record(f"Post number {number} on gates", number))
    data = made.file()
    path = tmp_path / "big.car"
    with path.open("wb") as file:
        file.write(data)
        filler = libipld.encode_dag_cbor({"$type": "example.blob", "data": bytes(1 << 20)})
        frame = varint(len(filler) + 36) + cid_bytes(filler) + filler
        for _ in range(200):
            file.write(frame)
    code = _BIG.format(paths=[str(ROOT)], db=str(tmp_path / "a.db"), path=str(path))
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert int(said) < 150


# ------------------------------------------------------------------ bad input


def test_cut_export_keeps_what_is_whole(store: Store, tmp_path: Path) -> None:
    """An account export that breaks off says where and how many posts are missing; the others go in."""
    data = repo(account()).file(root_first=True)
    (report,) = ingest(store, write(tmp_path, "cut.car", data[: data.index(b"A full hall")]))
    assert 0 < report.changes.new < COUNT
    assert any(problem.where.startswith("byte") for problem in report.problems)
    assert any("missing" in problem.message for problem in report.problems)


def test_flipped_byte_costs_one_post(store: Store, tmp_path: Path) -> None:
    """A changed record is told by its place and is not believed."""
    data = bytearray(repo(account()).file())
    data[data.index(b"Schools cannot recruit") + 3] ^= 1
    (report,) = ingest(store, write(tmp_path, "bad.car", bytes(data)))
    assert report.changes.new == COUNT - 1
    assert any(problem.where.startswith("byte") for problem in report.problems)


def test_export_without_root_is_kept_and_refused(store: Store, tmp_path: Path) -> None:
    """Where live and deleted posts cannot be told apart, nothing is taken, and the bytes stay for a better day."""
    data = repo(account()).file(root_first=True)
    (report,) = ingest(store, write(tmp_path, "cut.car", data[:120]))
    assert "download the export again" in str(report.error)
    assert post_count(store) == 0
    assert store.connection.execute("SELECT count(*) FROM document").fetchone()[0] == 1


def odd_views() -> list[dict[str, object]]:
    """Posts with something wrong each, between two good ones."""
    past_end = {
        "index": {"byteStart": 5, "byteEnd": 900},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://x.example/"}],
    }
    in_half = {
        "index": {"byteStart": 1, "byteEnd": 2},
        "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "https://x.example/"}],
    }

    def answer(number: int) -> dict[str, object]:
        return {"root": {"uri": uri(number), "cid": "x"}, "parent": {"uri": uri(number), "cid": "x"}}

    return [
        view(record("A good post on gates", 0), 0),
        view({**record("In the year one", 1), "createdAt": "0001-01-01T00:00:00Z"}, 1),
        view({**record("In the last year", 2), "createdAt": "9999-12-31T23:59:59-12:00"}, 2),
        view(record("A link past the end", 3, facets=[past_end]), 3),
        view(record("é splits a character", 4, facets=[in_half]), 4),
        view(record("Answers the one below", 5, reply=answer(6)), 5),
        view(record("Answers the one above", 6, reply=answer(5)), 6),
        view(record("A good post on gates", 0) | {"text": "Another text under the first one's name"}, 0),
        view(record("Another good post on ponds", 7), 7),
    ]


def test_odd_posts_go_in_and_are_told(store: Store, tmp_path: Path) -> None:
    """Odd dates, facets and circles of replies cost that detail; a doubled at-URI is kept once; places are named."""
    (report,) = ingest(store, write(tmp_path, "odd.json", dump({"posts": odd_views()})))
    rows = {row["uri"]: row for row in store.posts.each()}
    assert len(rows) == 8
    assert [rows[uri(n)]["created_at"] for n in (1, 2)] == [None, None]
    assert rows[uri(3)]["text"] == "A link past the end"
    places = {problem.where for problem in report.problems}
    assert {"record 2", "record 3", "record 8"} <= places
    flags = [json.loads(row[0]) for row in store.connection.execute("SELECT flags FROM thread")]
    assert sum(any("circle" in flag for flag in found) for found in flags) == 2


def test_json_bomb_costs_one_record(store: Store, tmp_path: Path) -> None:
    """A record nested beyond reason is told by its line; the others go in."""
    good = dump(view(record("A good post on gates", 0), 0))
    bomb = b'{"uri":"at://x","record":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    (report,) = ingest(store, write(tmp_path, "bomb.jsonl", good + b"\n" + bomb + b"\n"))
    assert post_count(store) == 1
    assert [problem.where for problem in report.problems] == ["line 2"]


def test_error_page_saved_as_json_is_named(store: Store, tmp_path: Path) -> None:
    """A server's error page under a JSON name is no post and says what it is."""
    page = b"<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Forbidden</h1></body></html>"
    (report,) = ingest(store, write(tmp_path, "feed.json", page))
    assert report.error
    inputs = pipeline.find_inputs([str(tmp_path / "feed.json")])
    (told,) = pipeline.ingest(store, inputs, Config(), Hint(kind="bluesky-json"))
    assert "web page" in str(told.error)


@pytest.mark.parametrize("together", [0, intake_keep.TOGETHER])
def test_a_fault_of_a_reader_keeps_the_bytes(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    """Whoever mends the reader finds the export in the archive, though none of its posts."""
    data = repo(account()).file()
    path = write(tmp_path, "repo.car", data)
    read = parsers.stream

    def breaks(*arguments: Any) -> Iterator[Post]:
        yield next(read(*arguments))
        raise RuntimeError("a fault")

    monkeypatch.setattr(parsers, "stream", breaks)
    monkeypatch.setattr(intake_keep, "TOGETHER", together)
    with pytest.raises(RuntimeError, match="a fault"):
        ingest(store, path)
    sha = hashlib.sha256(data).hexdigest()
    assert store.connection.execute("SELECT 1 FROM document WHERE sha256 = ?", (sha,)).fetchone()
    assert post_count(store) == 0
