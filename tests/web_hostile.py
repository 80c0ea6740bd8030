"""Hostile text in every stored field: no field can be forgotten, because all that are not exempt here are planted."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import Any

from web_site import SAMPLE, Site, get, post

from aggregator import issues, weeks
from aggregator.store.connect import Connection, Error

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "javascript:alert(1)",
    "</title></textarea><svg/onload=alert(1)>",
    "{{ 7*191 }}{% raw %}",
    "\u202ereversed\u202c &lt;b&gt; \x00",
)
#: Columns that our own code fills with names, states, times and checksums, never with words from outside.
OURS = re.compile(
    r"(^|_)(at|sha|sha256|key|fold|state|status|kind|band|role|severity|from_on|valid_from|in_force_from|verdict|rule|uri)$"
)
EXEMPT = {
    "meta.name", "meta.value", "account.name", "account.password", "session.agent", "document.hint",
    "issue.id", "issue_event.issue_id", "issue_item.issue_id", "issue_item.section", "issue_excluded.issue_id",
    "issue.merged_into", "delivery.issue_id", "delivery.message_id", "issue.digest",
    "audit.action", "audit.coverage", "audit.statement", "thread_event.action", "statement.adopted_on",
    "source.memory", "host.robots", "thread.basis", "delivery.recipient", "preference.address", "preference.depth",
    "preference.format", "link.stance", "post_reading.read_at", "document.format", "issue.until_at",
    "story_decision.one", "story_decision.two", "run.counts", "upload.hint", "statement_version.text_key",
    "article.extractor", "post.cid", "post.reply_parent", "post.reply_root", "issue_event.before", "issue_event.after",
    "delivery_event.before", "delivery_event.after", "document.read_as", "document.records",
    "thread_event.threads", "thread_event.result", "thread_event.posts", "thread.missing",
}  # fmt: skip
#: Names in JSON whose values are ours.
OURS_IN_JSON = {"kind", "band", "statement_id", "action", "name", "at"}


def plant(shop: Site) -> None:
    """A row in every table that pages show, then hostile text in every column of every table that is not exempt."""
    _live(shop)
    with shop.store() as store:
        db = store.connection
        db.execute("PRAGMA recursive_triggers = OFF")
        for (name,) in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger' AND name LIKE '%no_%'"
        ).fetchall():
            db.execute(f"DROP TRIGGER {name}")
        for table, column in columns(db):
            _poison(db, table, column)


def columns(db: Connection) -> list[tuple[str, str]]:
    """Every text column that has to be planted."""
    tables = [
        row[0]
        for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND sql NOT LIKE '%fts%'")
        if not row[0].startswith(("sqlite_", "_sqlite")) and "_fts" not in row[0]
    ]
    return [
        (table, row["name"])
        for table in tables
        for row in db.execute(f"PRAGMA table_info({table})")
        if row["type"] == "TEXT" and not OURS.search(row["name"]) and f"{table}.{row['name']}" not in EXEMPT
    ]


def _poison(db: Connection, table: str, column: str) -> None:
    keys = ", ".join(row["name"] for row in db.execute(f"PRAGMA table_info({table})") if row["pk"]) or "rowid"
    found = db.execute(f"SELECT {keys}, {column} AS value FROM {table}").fetchall()
    where = " AND ".join(f"{key} IS ?" for key in keys.split(", "))
    for place, row in enumerate(found):
        value = _hostile(row["value"], HOSTILE[place % len(HOSTILE)])
        with contextlib.suppress(Error):  # twice the same where it has to be unique
            db.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value, *tuple(row)[:-1]))


def _hostile(value: Any, bad: str) -> str:
    """The hostile text, inside the same JSON where the value was that."""
    with contextlib.suppress(ValueError, TypeError):
        found = json.loads(value)
        if isinstance(found, (dict, list)):
            return json.dumps(_inside(found, bad))
    return bad


def _inside(value: Any, bad: str) -> Any:
    if isinstance(value, dict):
        return {name: part if name in OURS_IN_JSON else _inside(part, bad) for name, part in value.items()}
    if isinstance(value, list):
        return [_inside(part, bad) for part in value]
    return bad if isinstance(value, str) else value


def _live(shop: Site) -> None:
    """What a week of use leaves behind: decisions, a draft with its mails, uploads, sources, problems."""
    admin = shop.client("<i>Ann</i>", "admin")
    _decide(shop, admin)
    post(admin, "/account/mail", {"mail": "ann@example.org"})
    post(admin, "/account/tokens", {"name": HOSTILE[0]})
    post(admin, "/searches", {"q": HOSTILE[1], "name": HOSTILE[0]})
    data = (SAMPLE / "bluesky-profile.txt").read_bytes()
    for name in ("a.txt", "b.txt", "c.txt"):
        post(admin, "/add", {"files": (io.BytesIO(data), name)}, content_type="multipart/form-data")
    at = "2026-11-10T10:00:00Z"
    with shop.store() as store:
        db = store.connection
        report = {"format": "x", "reason": "y", "records": {"post": 3}, "new": 3, "changed": 0, "unchanged": 0,
                  "repair": "z", "problems": [{"where": "line 3", "message": "odd"}], "coverage": []}  # fmt: skip
        store.uploads.finish(2, failed=False, progress="", report=report)
        store.uploads.finish(3, failed=True, progress="why", report={})
        issues.draft(store, shop.config, weeks.window_of("2026-W46", shop.config))
        db.execute("UPDATE issue SET note = 'x'")
        run = db.execute("INSERT INTO run (verb, started_at) VALUES ('ingest', ?)", (at,)).lastrowid
        db.execute(
            "INSERT INTO problem (run_id, name, message, place, severity, excerpt) VALUES (?, 'a', 'b', 'c', 'error', 'd')",
            (run,),
        )
        db.execute(
            "INSERT INTO source (key, name, kind, silence_days, place, added_at, failure, stopped, url, failures) "
            "VALUES ('feed x', 'x', 'feed', 7, 1, ?, 'f', 's', 'u', 2)",
            (at,),
        )
        db.execute("INSERT INTO statement_alias SELECT id, 'a' || id, 'x', ? FROM statement", (at,))
        db.execute("INSERT INTO forgotten_word SELECT id, 'w' || id, 'x', ? FROM statement LIMIT 5", (at,))
        db.execute(
            "INSERT INTO delivery (issue_id, recipient, sender, message_id, body, body_sha256, state, created_at, "
            "updated_at, answer) VALUES ('2026-W46', 'x@example.org', 'y', 'm', x'00', 'z', 'unknown', ?, ?, 'a')",
            (at, at),
        )
        db.execute(
            "INSERT INTO delivery_event (delivery_id, at, before, after, who, note) "
            "SELECT id, ?, 'sending', 'unknown', 'w', 'n' FROM delivery",
            (at,),
        )


def _decide(shop: Site, admin: Any) -> None:
    """One of each decision, so that every page has a history."""
    for action in ("confirm", "reject"):
        html = get(admin, "/review").text
        form = html[html.index('class="prop here"') :]
        data = {name: re.findall(rf'name="{name}" value="([^"]*)"', form)[0] for name in ("link", "version")}
        post(admin, "/review/decide", {**data, "action": action, "stance": "supports"})
    html = get(admin, "/review").text
    path = re.findall(r'action="(/review/no-fit/[^"]*)"', html)[0]
    post(admin, path, {"seen": re.findall(r'name="seen" value="([^"]*)"', html)})


def no_trace(html: str, where: str) -> None:
    """Nothing hostile stands in a page as anything but letters."""
    lower = html.lower()
    for bad in (
        "<script>alert",
        "<img src=x",
        "<svg/onload",
        'href="javascript:',
        "href='javascript:",
        "\u202e",
        "\x00",
    ):
        assert bad not in lower, (where, bad)
    assert "style=" not in lower.replace("text-style=", "") or "mail" in where, where
    assert ">1337<" not in lower
