"""Operations: backups that open, a restore that loses nothing, a doctor that finds what is broken."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from make import PAPER, post

from aggregator import lock, migrations, operations, pipeline, times
from aggregator.config import Config, SourceSetting, load
from aggregator.doctor import doctor, settings
from aggregator.doctor_settings import choices
from aggregator.errors import ConfigError, NotFoundError, StoreError
from aggregator.store import Store, care, exports
from aggregator.web import serve
from parsers.model import Hint


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Path]:
    path = tmp_path / "a.db"
    with Store(path) as store:
        add(store, "one")
    yield path


def add(store: Store, name: str) -> None:
    with store.transaction():
        document = store.documents.add(name.encode(), name=name, hint=Hint(), received_at="2026-11-10T00:00:00Z")
        posts = [post(f"A post of {name} about the benches of park {n}.", n) for n in range(20)]
        _, touched = store.posts.save(posts, document_id=document, as_of="2026-11-10T00:00:00Z")
        pipeline.stitch(store, touched)


def count(db: Path) -> int:
    with Store(db) as store:
        return len(list(exports.posts(store.connection)))


def findings(db: Path) -> dict[str, bool]:
    return {finding.name: finding.ok for finding in doctor(db)}


def test_backup_and_restore_bring_back_what_was(db: Path) -> None:
    """After a restore the archive is as it was at the backup, and what was there in between is kept aside."""
    with Store(db) as store:
        path, counts = operations.backup(store)
        add(store, "two")
    assert counts["post"] == 20
    assert count(db) == 40
    source, counts, aside = operations.restore(db)
    assert (source, counts["post"]) == (path, 20)
    assert count(db) == 20
    assert aside is not None
    assert count(aside) == 40


def test_backup_while_somebody_writes(db: Path) -> None:
    """A backup taken beside an open writer holds what was committed."""
    with Store(db) as writer, Store(db) as other:
        path, counts = operations.backup(other)
        add(writer, "two")
    assert counts["post"] == 20
    assert path.exists()


def test_damaged_backup_is_refused_and_changes_nothing(db: Path) -> None:
    """A truncated backup is found out before anything is replaced."""
    with Store(db) as store:
        path, _ = operations.backup(store)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    for check_only in (True, False):
        with pytest.raises(StoreError):
            operations.restore(db, check_only=check_only)
    assert count(db) == 20


@pytest.mark.parametrize(
    ("cut", "says"),
    [(0, "it is empty"), (1, "not a database"), (50, "cut short"), (511, "cut short"), (40_960, "cut short")],
)
@pytest.mark.parametrize("check_only", [True, False])
def test_an_empty_or_cut_backup_is_never_an_archive(db: Path, cut: int, says: str, check_only: bool) -> None:
    """What SQLite would make a new archive of is refused, by its own name, with what to do; nothing is changed."""
    with Store(db) as store:
        path, _ = operations.backup(store)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(StoreError) as refused:
        operations.restore(db, path, check_only=check_only)
    message = str(refused.value)
    assert message.startswith(f"{path}: this backup is damaged; nothing was changed. Name an older one")
    assert says in message
    assert "copy.db" not in message
    assert "partial" not in message
    assert "--db" not in message
    assert count(db) == 20
    assert path.stat().st_size == cut


@pytest.mark.parametrize("marked", [True, False])
def test_a_database_without_an_archive_is_no_backup(db: Path, tmp_path: Path, marked: bool) -> None:
    """Another program's database, and one with our sign but nothing of an archive in it, are refused."""
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as connection:
        if marked:
            connection.execute(f"PRAGMA application_id = {migrations.APPLICATION_ID}")
        connection.execute("CREATE TABLE post (text)")
        connection.execute("DROP TABLE post")
    for check_only in (True, False):
        with pytest.raises(StoreError, match="this backup is damaged"):
            operations.restore(db, other, check_only=check_only)
    assert count(db) == 20


def test_a_garbled_backup_is_told_by_its_name(db: Path) -> None:
    """Damage inside names the backup and no copy of it, and asks for an older one."""
    with Store(db) as store:
        path, _ = operations.backup(store)
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) // 2] = b"\xa5" * (len(data) // 2 - len(data) // 3)
    path.write_bytes(data)
    with pytest.raises(StoreError) as refused:
        operations.restore(db, check_only=True)
    assert str(refused.value).startswith(f"{path}: this backup is damaged")
    assert "/copy.db" not in str(refused.value)
    assert "run.py doctor" not in str(refused.value)


def test_restored_archive_says_so_from_its_first_moment(db: Path) -> None:
    """The mark that holds back mails is in the copy before the copy takes the archive's place."""
    with Store(db) as store:
        operations.backup(store)
    operations.restore(db)
    with Store(db) as store:
        assert store.care.meta("restored_at")


def test_restore_refuses_while_somebody_has_the_archive_open(db: Path) -> None:
    """A service that is running would go on writing into the archive that was put aside."""
    with Store(db) as store:
        operations.backup(store)
        if store.connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            pytest.skip("without WAL an idle reader leaves no trace")
        assert count(db) == 20
        store.connection.execute("BEGIN")
        store.connection.execute("SELECT count(*) FROM post").fetchone()
        with pytest.raises(StoreError, match="in use"):
            operations.restore(db)
        store.connection.execute("ROLLBACK")
    assert count(db) == 20


def test_restore_refuses_while_the_web_app_or_the_service_runs(db: Path) -> None:
    """Between two requests or two minutes nobody has the archive open, and yet it is in use."""
    with Store(db) as store:
        operations.backup(store)
    with lock.use(db), lock.use(db), pytest.raises(StoreError, match="web app; stop it"):
        operations.restore(db)
    with lock.hold(db), pytest.raises(StoreError, match=r"service .*pid \d+"):
        operations.restore(db)
    assert not list(db.parent.glob("*.before-*"))
    with lock.use(db):
        operations.restore(db, check_only=True)
    operations.restore(db)


def test_the_web_app_holds_the_archive_it_serves(db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While `serve` runs a restore is refused, and no app starts while an archive is put in place."""
    with Store(db) as store:
        operations.backup(store)
    tried: list[str] = []

    def open_door(*_: object) -> object:
        with pytest.raises(StoreError, match="in use by the web app"):
            operations.restore(db)
        tried.append("restore")
        raise OSError(98, "taken")

    monkeypatch.setattr(serve, "open_door", open_door)
    with pytest.raises(ConfigError, match="listen"):
        serve.serve(db, Config(), "127.0.0.1", 8000)
    assert tried == ["restore"]
    with lock.replace(db), pytest.raises(StoreError, match="restored at this moment"):
        serve.serve(db, Config(), "127.0.0.1", 8000)


def test_no_backup_is_a_message(db: Path) -> None:
    """Without a backup, restore says where it looked."""
    with pytest.raises(NotFoundError, match="backups"):
        operations.restore(db)


def test_restore_on_a_fresh_machine(db: Path, tmp_path: Path) -> None:
    """A backup goes to a folder that is not there yet; a name that is no file is said so."""
    with Store(db) as store:
        path, _ = operations.backup(store)
    operations.restore(tmp_path / "new" / "data" / "c.db", path)
    assert count(tmp_path / "new" / "data" / "c.db") == 20
    with pytest.raises(NotFoundError, match="no such backup"):
        operations.restore(db, tmp_path / "gone.db")


def test_rotation_keeps_days_weeks_and_months() -> None:
    """Of daily copies over two years, seven days, five weeks and twelve months stay."""
    start = dt.datetime(2026, 11, 22, 2, tzinfo=dt.UTC)
    paths = [Path(f"cuttings-{start - dt.timedelta(days=n):%Y%m%dT%H%M%S}Z.db") for n in range(730)]
    kept = set(paths) - set(operations.superfluous(paths))
    assert paths[0] in kept
    assert set(paths[:7]) <= kept
    assert 7 + 3 + 10 <= len(kept) <= 7 + 5 + 12
    assert operations.superfluous([Path("thesis.db"), Path("cuttings-notes.db")]) == []


def test_doctor_finds_a_stale_index_and_reindex_mends_it(db: Path) -> None:
    """An index that lost a row is found, although SQLite calls the file sound, and rebuilt."""
    with Store(db) as store:
        operations.backup(store)
        store.connection.execute("DELETE FROM coverage_fts_docsize WHERE id = 1")
        store.connection.execute(
            "INSERT INTO coverage_fts(coverage_fts, rowid, headline, summary, text) "
            "SELECT 'delete', id, headline, summary, text FROM coverage WHERE id = 2"
        )
    assert findings(db)["search index of coverage"] is False
    with Store(db) as store:
        assert store.care.reindex()["coverage"] == 20
    assert all(findings(db).values())


def test_doctor_finds_a_damaged_page(db: Path) -> None:
    """Overwritten pages are a finding with advice, not a traceback."""
    with db.open("r+b") as file:
        file.seek(4096 * 6)
        file.write(b"\xa5" * 4096 * 4)
    try:
        bad = [finding for finding in doctor(db) if not finding.ok]
    except StoreError as exc:
        assert "damaged" in str(exc)
    else:
        assert any("restore" in finding.advice or "reindex" in finding.advice for finding in bad)


def test_doctor_asks_for_a_backup(db: Path) -> None:
    """An archive without a backup is not healthy."""
    assert findings(db)["backup"] is False
    json.dumps([finding.name for finding in doctor(db)])


@pytest.mark.parametrize(
    ("text", "ok", "says"),
    [
        ("[digest]\nweekdy = 'monday'", False, "did you mean “weekday”"),
        ("[[recipients]]\naddress = 'nonsense'", False, "line 2: “nonsense” is no mail address"),
        ("", True, "names nobody to quote"),
        ("[[organisation.spokespeople]]\nname = 'Ada Example'", True, "understood"),
    ],
)
def test_doctor_reads_the_settings(tmp_path: Path, text: str, ok: bool, says: str) -> None:
    """What no service could start with is a finding, as are mails that would go nowhere."""
    path = tmp_path / "cuttings.toml"
    path.write_text(text, encoding="utf-8")
    finding = settings(lambda: load(path), path)
    assert finding.ok is ok
    assert says in finding.detail
    assert bool(finding.advice) is not ok


@pytest.mark.parametrize(
    ("text", "name", "ok", "says"),
    [
        ("[[recipients]]\naddress = 'ada@example.org'\nareas = ['Parks and Path']", "readers", False, "no position has the area “Parks and Path”; “Parks and Paths” is"),
        ("[[recipients]]\naddress = 'ada@example.org'\nareas = ['parks and paths']", "readers", True, "1 reader gets"),
        ("[[recipients]]\naddress = 'ada@example.org'\npositions = ['s-none']", "readers", False, "position “s-none”"),
        ("[[recipients]]\naddress = 'press'", "readers", False, "press gets nothing"),
        ("[linking]\nglossary = 'nofile.toml'", "glossary", False, "there is no such file"),
        ("[digest]\ncutoff = '11:00'\nsend_at = '10:00'", "hours", False, "23 hours later"),
        ("[digest]\ncutoff = '18:00'\nsend_at = '08:00'", "hours", True, "14 hours later"),
        ("", "hours", True, "closes at"),
    ],
)  # fmt: skip
def test_doctor_names_settings_that_nobody_means(
    tmp_path: Path, db: Path, text: str, name: str, ok: bool, says: str
) -> None:
    """An area that no position has, a glossary that is not there, and a cut-off after the hour of sending."""
    path, paper = tmp_path / "cuttings.toml", tmp_path / "paper.txt"
    path.write_text(text, encoding="utf-8")
    paper.write_text(PAPER, encoding="utf-8")
    with Store(db) as store:
        list(pipeline.ingest(store, pipeline.find_inputs([str(paper)]), Config(), Hint()))
    found = {finding.name: finding for finding in choices(lambda: load(path), db, NOW)}
    assert found[name].ok is ok, found[name]
    assert says in found[name].detail
    assert bool(found[name].advice) is not ok


# ------------------------------------------------------------------ what a keeper is told

NOW = dt.datetime(2026, 11, 22, 12, tzinfo=dt.UTC)


@pytest.fixture
def well(db: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An archive with nothing to complain about, at a fixed hour."""
    monkeypatch.setattr(times, "now", lambda: NOW)
    with Store(db) as store:
        operations.backup(store)
    assert told(db) == {}
    return db


def told(db: Path) -> dict[str, tuple[str, str]]:
    """What is not well: detail and advice by name."""
    bad = {finding.name: (finding.detail, finding.advice) for finding in doctor(db) if not finding.ok}
    assert all(detail and advice for detail, advice in bad.values()), bad
    return bad


def later(monkeypatch: pytest.MonkeyPatch, **ago: float) -> None:
    """Let time pass."""
    monkeypatch.setattr(times, "now", lambda: NOW + dt.timedelta(**ago))


def test_doctor_tells_of_a_full_disk(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk on which the next backup would not fit is told before it is full."""
    monkeypatch.setattr("shutil.disk_usage", lambda _: shutil._ntuple_diskusage(10**9, 9 * 10**8, 10**8))
    detail, advice = told(well)["disk"]
    assert "100.0 MB free" in detail
    assert "make room" in advice


def test_doctor_tells_of_an_old_backup(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night without a backup is a finding, a morning is none."""
    later(monkeypatch, hours=24)
    assert told(well) == {}
    later(monkeypatch, hours=26)
    detail, advice = told(well)["backup"]
    assert "2026-11-22 12:00" in detail
    assert "run.py backup" in advice


@pytest.mark.parametrize(("cut", "says"), [(0, "it is empty"), (511, "cut short"), (-4096, "cut short")])
def test_doctor_looks_into_the_newest_backup(well: Path, cut: int, says: str) -> None:
    """A backup that cannot be restored is a finding, however fresh it is."""
    path = operations.newest_backup(well)
    assert path is not None
    path.write_bytes(path.read_bytes()[:cut])
    detail, advice = told(well)["backup"]
    assert says in detail
    assert str(path) in detail
    assert "run.py backup" in advice


def test_a_backup_of_the_future_counts_for_nothing(well: Path) -> None:
    """A name with a year to come hides neither the age of the real backups nor takes their place in a restore."""
    path = operations.newest_backup(well)
    assert path is not None
    ahead = path.with_name("cuttings-20990101T000000Z.db")
    shutil.copyfile(path, ahead)
    path.with_name("cuttings-20261399T000000Z.db").touch()
    assert told(well) == {}
    assert operations.newest_backup(well) == path
    path.unlink()
    assert "has not come" in told(well)["backup"][0]
    assert operations.newest_backup(well) == ahead


def test_doctor_knows_backups_elsewhere(db: Path, tmp_path: Path) -> None:
    """A backup that was put onto another disk counts as long as it is there."""
    with Store(db) as store:
        path, _ = operations.backup(store, tmp_path / "other disk")
    assert findings(db)["backup"]
    path.unlink()
    assert not findings(db)["backup"]


def test_doctor_tells_of_a_service_that_stands_still(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schedule without a sign of life for five minutes is a finding; one that never ran is not."""
    with Store(well) as store:
        store.care.set_meta("heartbeat", pipeline.stamp())
    assert told(well) == {}
    later(monkeypatch, minutes=6)
    detail, advice = told(well)["service"]
    assert "2026-11-22 12:00" in detail
    assert "run.py schedule" in advice


def test_doctor_tells_of_odd_sources(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Silent, failing and stopped sources are told by name with the reason; sources that are alive are counted."""
    settings = [
        SourceSetting(name=name, kind="feed", url=f"https://{name}.example.org/feed")
        for name in ("quiet", "broken", "gone", "fine")
    ]
    with Store(well) as store:
        sources = store.sources.sync(settings, NOW)
        assert told(well) == {}
        later(monkeypatch, days=0.9)
        store.sources.update(sources["broken"].id, failures=6, failure="no answer within 30 s", gave_at=NOW)
        store.sources.update(sources["gone"].id, stopped="410 Gone", gave_at=NOW)
        store.sources.update(sources["quiet"].id, gave_at=NOW - dt.timedelta(days=8))
    detail, advice = told(well)["sources"]
    assert "broken failed 6 times in a row: no answer within 30 s" in detail
    assert "gone is no longer asked: 410 Gone" in detail
    assert "quiet gave nothing new since 2026-11-14" in detail
    assert "fine" not in detail
    assert "run.py fetch" in advice


def test_doctor_knows_sources_that_nobody_asked_yet(well: Path) -> None:
    """A source of the settings is counted before its first poll and is not called alive; a lost folder fails at once."""
    folder = well.parent / "mails"
    folder.mkdir()
    lines = SourceSetting(name="Lines", kind="feed", url="https://lines.example.org/feed")
    mails = SourceSetting(name="Mails", kind="mailbox", folder="mails")
    lost = SourceSetting(name="Lost", kind="inbox", folder="nope")

    def found(*settings: SourceSetting) -> tuple[bool, str]:
        (one,) = [one for one in doctor(well, lambda: Config(sources=settings)) if one.name == "sources"]
        return one.ok, one.detail

    assert found() == (True, "none in the settings")
    assert found(mails) == (True, "1, none asked yet")
    assert found(mails, lost) == (False, f"Lost: {well.parent / 'nope'}: there is no such folder")
    with Store(well) as store:
        mailbox = store.sources.sync([mails, lines], NOW)["Mails"].id
        store.sources.update(mailbox, asked_at=NOW, gave_at=NOW)
        assert found(mails, lines) == (True, "1 of 2 are alive, 1 not asked yet")
        (folder / "one.eml").touch()
        for name in ("one.eml", "gone since.eml"):
            store.sources.done(mailbox, name, "0 0", NOW, note="this is no mail")
    assert found(mails) == (True, "the one is alive; Mails: 1 file there could not be read")
    assert found(lost)[0] is False


def test_doctor_tells_of_a_dangerous_sqlite(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A log with an SQLite that can damage it is a finding that says which package helps."""
    with Store(well) as store:
        if store.connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            pytest.skip("no log with this SQLite")
    monkeypatch.setattr(care, "sqlite_version", lambda: (3, 40, 1))
    detail, advice = told(well)["engine"]
    assert "3.40.1" in detail
    assert "pysqlite3" in advice


def test_doctor_answers_for_what_it_cannot_open(well: Path, tmp_path: Path) -> None:
    """No archive, and a file that is none, are findings like others: monitoring gets its lines."""
    assert "run.py ingest" in told(tmp_path / "none.db")["archive"][1]
    (tmp_path / "text.db").write_text("not a database, but long enough to look like one. " * 40, encoding="utf-8")
    assert "not a database" in told(tmp_path / "text.db")["archive"][0]


# ------------------------------------------------------------------ what is kept, what is found


def test_a_backup_thins_out_older_ones_and_sweeps(well: Path) -> None:
    """Copies that no day, week or month needs go with the next backup, as does what a killed one left behind."""
    folder = operations.backup_folder(well)
    needed = folder / "cuttings-20261121T020000Z.db"
    needless = [folder / f"cuttings-20261121T0{hour}0000Z.db" for hour in (0, 1)]
    mine = folder / "notes.db"
    old, fresh = folder / "cuttings-x.db.partial", folder / "cuttings-y.db.partial"
    for path in (needed, *needless, mine, old, fresh):
        path.write_bytes(b"")
    os.utime(old, (0, (NOW - dt.timedelta(days=1)).timestamp()))
    os.utime(fresh, (0, (NOW - dt.timedelta(minutes=5)).timestamp()))
    with Store(well) as store:
        path, _ = operations.backup(store)
    assert {one.name for one in folder.iterdir()} == {one.name for one in (path, needed, mine, fresh)}


def test_the_newest_backup_is_restored(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name it is the latest copy, not the first."""
    later(monkeypatch, days=1)
    with Store(well) as store:
        add(store, "two")
        path, _ = operations.backup(store)
        add(store, "three")
    assert operations.restore(well)[0] == path
    assert count(well) == 40


def test_doctor_finds_rows_that_point_nowhere(well: Path) -> None:
    """A foreign key without its row is a finding that names the backup as the way back."""
    with Store(well) as store:
        store.connection.execute("PRAGMA foreign_keys = OFF")
        store.connection.execute("DELETE FROM document")
    detail, advice = told(well)["references"]
    assert "point nowhere" in detail
    assert "restore" in advice


def test_doctor_finds_half_a_schema(well: Path) -> None:
    """An archive that lacks a change of its schema is not well."""
    with Store(well) as store:
        store.connection.execute("DELETE FROM _sqlite_migrations WHERE rowid = 1")
        bad = [finding for finding in store.care.check() if not finding.ok]
    assert [finding.name for finding in bad] == ["schema"]


def test_a_copy_is_private_while_it_is_written(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Until it has the archive's rights, nobody else can read what is already in a copy."""
    seen = []
    copymode = shutil.copymode

    def look(source: Path, target: Path) -> None:
        seen.append(target.stat().st_mode & 0o077)
        copymode(source, target)

    monkeypatch.setattr(shutil, "copymode", look)
    before = os.umask(0)
    try:
        with Store(well) as store:
            operations.backup(store)
        operations.restore(well)
    finally:
        os.umask(before)
    assert seen == [0, 0]


@pytest.mark.parametrize(("state", "is_well"), [("sent", True), ("unknown", False), ("failed", False), ("held", False)])
def test_doctor_tells_of_mails_that_wait_for_a_person(well: Path, state: str, is_well: bool) -> None:
    """A mail whose fate is unknown, that failed or is held is a finding; one that was sent is none."""
    with Store(well) as store:
        at = pipeline.stamp()
        store.connection.execute(
            "INSERT INTO issue (id, from_at, until_at, send_at, state, frozen_at, digest) "
            "VALUES ('2026-W47', ?1, ?1, ?1, 'sent', ?1, '{}')",
            (at,),
        )
        store.connection.execute(
            "INSERT INTO delivery (issue_id, recipient, sender, message_id, body, body_sha256, state, created_at, "
            "updated_at) VALUES ('2026-W47', 'ada@example.org', 'x@example.org', 'm', x'00', 'x', ?2, ?1, ?1)",
            (at, state),
        )
    if is_well:
        assert "deliveries" not in told(well)
    else:
        detail, advice = told(well)["deliveries"]
        assert detail == f"1 {state}"
        assert "digest" in advice


def test_doctor_tells_of_a_wrong_setting_of_linking(well: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What linking could not use is told until it is corrected."""
    with Store(well) as store:
        kind = type(store.words)
        state = store.words.state()
    told_of = msgspec.structs.replace(state, problems=("[linking] glossary: there is no such file.",))
    monkeypatch.setattr(kind, "state", lambda _: told_of)
    detail, advice = told(well)["links"]
    assert "no such file" in detail
    assert "run.py link" in advice
