"""Feeds and pages from real servers on loopback: everything once, politely, whatever goes wrong."""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from loopback import Reply, Request, Site, raw, site
from sources import BODY, HOUR, NOW, Clock, article, feed, poll, rows, settings, source

from aggregator import pipeline
from aggregator.config import Config, SourceSetting
from aggregator.errors import ConfigError, NotFoundError
from aggregator.store import Store


@pytest.fixture
def server() -> Iterator[Site]:
    with site() as made:
        yield made


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def conditional(reply: Reply) -> object:
    """A page that answers 304 where its validators come back."""

    def answer(request: Request) -> Reply:
        etag, modified = reply.headers.get("ETag"), reply.headers.get("Last-Modified")
        same = (etag and request.headers.get("if-none-match") == etag) or (
            modified and request.headers.get("if-modified-since") == modified
        )
        return Reply(status=304) if same else reply

    return answer


# ------------------------------------------------------------------ feeds and their pages


def test_an_entry_whose_page_is_a_position_paper_is_an_article(server: Site, store: Store, clock: Clock) -> None:
    """Somebody's positions come in as news, now and when the archive is read anew: ours come from nobody's feed."""
    parts = "".join(
        f"<h2>{title}</h2><h3>Context</h3><p>{title} have become dearer every year, and nobody has counted.</p>"
        f"<h3>Position</h3><p>The Rowan Guild calls on ministers: {title} should be free for every child.</p>"
        for title in ("Bus fares", "School meals", "Swimming lessons")
    )
    server.pages |= {
        "/feed": feed(server, ("/1", "What we stand for")),
        "/1": Reply(body=f"<html><body><main><h1>What we stand for</h1>{parts}</main></body></html>".encode()),
    }
    (report,) = poll(store, settings(source(server, outlet="Rowan Guild"), own=[server.authority]))
    assert (report.error, report.changes.new, report.changes.changed) == (None, 1, 1)
    for _ in range(2):
        ((kind, text),) = rows(store, "SELECT kind, text FROM coverage")
        assert (kind, "School meals should be free" in str(text)) == ("article", True)
        assert rows(store, "SELECT * FROM statement") == []
        run = store.runs.start("reprocess", "2026-11-20T09:00:00Z")
        for row in rows(store, "SELECT id FROM document"):
            pipeline.reread(store, Config(), int(str(row[0])), run)


def test_entry_page_replaces_the_teaser(server: Site, store: Store, clock: Clock) -> None:
    """A feed gives a stub, its page the whole article: one item, with the feed's date and the page's text."""
    server.pages |= {
        "/feed": feed(server, ("/1", "Benches vanish from city parks")),
        "/1": article("Benches vanish from city parks"),
    }
    config = settings(source(server, outlet="The Courier"), own=[server.authority])
    (report,) = poll(store, config)
    assert (report.error, report.changes.new, report.changes.changed) == (None, 1, 1)
    assert server.paths() == ["/feed", "/robots.txt", "/1"]
    ((headline, text, who, date, stub),) = rows(
        store,
        "SELECT c.headline, c.text, c.who, c.published_at, a.stub FROM coverage c JOIN article a ON a.coverage_id = c.id",
    )
    assert (headline, who, date, stub) == ("Benches vanish from city parks", "The Courier", "2026-11-09T08:00:00Z", 0)
    assert text == "\n\n".join(BODY)


def test_second_round_asks_only_for_what_is_new(server: Site, store: Store, clock: Clock) -> None:
    """Validators go back letter by letter; a page that was had is not asked for again."""
    etag, modified = 'W/"weak :1"', "Mon,  9 Nov 2026 08:00:00 GMT"
    reply = feed(server, ("/1", "Benches vanish from city parks"), ETag=etag, Last_Modified=modified)
    server.pages |= {"/feed": conditional(reply), "/1": article("Benches vanish from city parks")}  # type: ignore[dict-item]
    config = settings(source(server), own=[server.authority])
    poll(store, config)
    before = len(server.asked)
    (report,) = poll(store, config)
    assert report.state == "nothing new"
    (again,) = server.asked[before:]
    assert again.headers["if-none-match"] == etag
    assert again.headers["if-modified-since"] == modified


def test_unchanged_body_is_not_read_again(
    server: Site, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that knows no validators sends the same bytes; their fingerprint is all that is worked out."""
    from aggregator.fetch_parse import Reader

    server.pages["/feed"] = feed(server, ("/1", "Benches vanish"))
    config = settings(source(server, follow_pages=False), own=[server.authority])
    poll(store, config)
    monkeypatch.setattr(Reader, "read", lambda *args: pytest.fail("the same bytes were read again"))
    assert poll(store, config)[0].state == "nothing new"


def test_304_may_bring_new_validators(server: Site, store: Store, clock: Clock) -> None:
    """Validators of a 304 replace the old ones."""
    server.pages["/feed"] = feed(server, ETag='"1"')
    config = settings(source(server), own=[server.authority])
    poll(store, config)
    server.pages["/feed"] = Reply(status=304, headers={"ETag": '"2"'})
    poll(store, config)
    poll(store, config)
    assert [request.headers.get("if-none-match") for request in server.asked] == [None, '"1"', '"2"']


def test_edited_article_becomes_a_version(server: Site, store: Store, clock: Clock) -> None:
    """An entry that the feed shows with other words is fetched again; the archive keeps both wordings."""
    server.pages |= {
        "/feed": feed(server, ("/1", "Benches vanish from parks")),
        "/1": article("Benches vanish from parks"),
    }
    config = settings(source(server), own=[server.authority])
    poll(store, config)
    edited = (*BODY[:-1], "After publication the council announced that it would replace all benches by next spring.")
    server.pages |= {
        "/feed": feed(server, ("/1", "Benches return to parks")),
        "/1": article("Benches return to parks", edited),
    }
    clock.on(hours=1)
    poll(store, config)
    versions = rows(store, "SELECT text FROM article_version WHERE coverage_id = 1 ORDER BY version")
    assert ("\n\n".join(BODY),) in versions
    assert versions[-1] == ("\n\n".join(edited),)
    assert rows(store, "SELECT headline FROM coverage") == [("Benches return to parks",)]


def test_edited_page_is_noticed_before_the_issue_closes(server: Site, store: Store, clock: Clock) -> None:
    """The feed says nothing of an edit: each page is asked for once more in the last hours before the cut-off."""
    title = "Benches vanish from city parks"
    one, two = article(title, [*BODY, "One."]), article(title, [*BODY, "One."])
    one.headers["ETag"] = '"1"'
    server.pages |= {
        "/feed": feed(server, ("/1", title), ("/2", "Benches are counted again in the parks")),
        "/1": conditional(one),  # type: ignore[dict-item]
        "/2": two,
    }
    config = settings(source(server), own=[server.authority])
    poll(store, config)
    clock.on(days=3)
    poll(store, config)
    assert server.paths().count("/1") == server.paths().count("/2") == 1
    server.pages["/2"] = article(
        "Benches are counted again in the parks", [*BODY, "Corrected: eleven parks, not nine."]
    )
    clock.on(days=3, hours=18)  # four hours before the cut-off
    (report,) = poll(store, config)
    assert (report.error, report.changes.new, report.changes.changed) == (None, 0, 1)
    assert [request.headers.get("if-none-match") for request in server.asked if request.path == "/1"] == [
        None,
        '"1"',
    ]
    assert rows(store, "SELECT max(version) FROM article") == [(2,)]
    clock.on(hours=1)
    poll(store, config)
    assert server.paths().count("/1") == server.paths().count("/2") == 2


def test_pages_are_not_asked_for_again_where_that_is_off(server: Site, store: Store, clock: Clock) -> None:
    """The setting keeps a source to one reading of each page, and a page that is gone stays as it was read."""
    server.pages |= {"/feed": feed(server, ("/1", "Benches vanish from city parks")), "/1": article("Benches vanish")}
    quiet = settings(source(server, recheck="off"), own=[server.authority])
    poll(store, quiet)
    clock.on(days=6, hours=18)
    poll(store, quiet)
    assert server.paths().count("/1") == 1
    del server.pages["/1"]
    (report,) = poll(store, settings(source(server), own=[server.authority]))
    assert report.error is None and [problem.severity for problem in report.problems] == ["info"]
    assert rows(store, "SELECT count(*) FROM coverage") == [(1,)]


def test_feed_link_and_canonical_address_are_one_article(server: Site, store: Store, clock: Clock) -> None:
    """A feed's link that leads to a page with another canonical address is the same article, in later rounds too."""
    canonical = f"<link rel='canonical' href='{server.url}/news/benches'>"
    server.pages |= {
        "/feed": feed(server, ("/r?id=1", "Benches vanish from city parks")),
        "/r": Reply(status=302, headers={"Location": "/news/benches"}),
        "/news/benches": article("Park benches are vanishing", head=canonical),
    }
    config = settings(source(server), own=[server.authority])
    poll(store, config)
    assert rows(store, "SELECT url FROM coverage") == [(server.url + "/news/benches",)]
    server.pages["/feed"] = feed(server, ("/r?id=1", "Benches vanish from city parks"), ("/2", "Other news of today"))
    server.pages["/2"] = article("Other news of today", BODY[::-1])
    poll(store, config)
    assert rows(store, "SELECT count(*) FROM coverage") == [(2,)]


def test_full_entries_need_no_page(server: Site, store: Store, clock: Clock) -> None:
    """An entry that holds the whole article is not asked for again."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in BODY * 3)
    item = f"<item><title>Benches vanish</title><link>{server.url}/1</link><description><![CDATA[{text}]]></description></item>"
    server.pages["/feed"] = Reply(f'<rss version="2.0"><channel><title>T</title>{item}</channel></rss>'.encode())
    poll(store, settings(source(server), own=[server.authority]))
    assert server.paths() == ["/feed"]


def test_pages_can_be_left_out(server: Site, store: Store, clock: Clock) -> None:
    """With follow_pages off only the feed is asked."""
    server.pages["/feed"] = feed(server, ("/1", "Benches vanish"))
    poll(store, settings(source(server, follow_pages=False), own=[server.authority]))
    assert server.paths() == ["/feed"]


def test_robots_txt_keeps_pages_not_feeds(server: Site, store: Store, clock: Clock) -> None:
    """A site's robots.txt is read once a day and obeyed for article pages; its feed is an invitation."""
    server.pages |= {
        "/feed": feed(server, ("/open/1", "Open news of today"), ("/shut/1", "Shut news of today")),
        "/robots.txt": Reply(b"User-agent: *\nDisallow: /shut\nDisallow: /feed\nCrawl-delay: 7"),
        "/open/1": article("Open news of today"),
        "/shut/1": article("Shut news of today"),
    }
    config = settings(source(server), own=[server.authority])
    (report,) = poll(store, config)
    assert report.error is None
    assert "robots.txt keeps" in report.problems[0].message
    assert "/shut/1" not in server.paths()
    poll(store, config)
    assert server.paths().count("/robots.txt") == 1
    clock.on(hours=25)
    server.pages["/feed"] = feed(server, ("/open/2", "More news of today"), ("/open/3", "Yet more news of today"))
    poll(store, config)
    assert server.paths().count("/robots.txt") == 2
    assert 7 in clock.slept  # what the site wants between two requests
    poll(store, settings(source(server, robots=False), own=[server.authority]))


def test_robots_txt_that_fails_is_no_permission(server: Site, store: Store, clock: Clock) -> None:
    """A site whose robots.txt cannot be had at the moment is asked later; the teaser is in."""
    server.pages |= {
        "/feed": feed(server, ("/1", "Benches vanish")),
        "/robots.txt": Reply(status=500),
        "/1": article("Benches vanish"),
    }
    config = settings(source(server), own=[server.authority])
    poll(store, config)
    assert "/1" not in server.paths()
    assert rows(store, "SELECT count(*) FROM coverage") == [(1,)]
    server.pages["/robots.txt"] = Reply(status=404)
    clock.on(hours=3)
    poll(store, config)
    assert "/1" in server.paths()


def test_page_that_fails_is_tried_again_then_given_up(server: Site, store: Store, clock: Clock) -> None:
    """A page with a passing failure gets five tries with growing pauses; one that is gone gets one."""
    server.pages |= {
        "/feed": feed(server, ("/busy", "Busy news of today"), ("/gone", "Gone news of today")),
        "/busy": Reply(status=500),
        "/gone": Reply(status=410),
    }
    config = settings(source(server), own=[server.authority])
    for _ in range(60):
        poll(store, config)
        clock.on(hours=1)
    assert server.paths().count("/gone") == 1
    assert server.paths().count("/busy") == 5
    assert rows(store, "SELECT count(*) FROM coverage") == [(2,)]


def test_paywalled_and_odd_pages_keep_the_teaser(server: Site, store: Store, clock: Clock) -> None:
    """A page that is no article is said so once and not asked for again."""
    server.pages |= {"/feed": feed(server, ("/1", "Benches vanish")), "/1": Reply(b"%PDF-1.4 ...")}
    config = settings(source(server), own=[server.authority])
    (report,) = poll(store, config)
    assert "PDF" in report.problems[0].message
    poll(store, config)
    assert server.paths().count("/1") == 1
    assert rows(store, "SELECT stub FROM article") == [(1,)]


def test_only_so_many_pages_a_round(server: Site, store: Store, clock: Clock) -> None:
    """The pages of a round are limited; the others come with the next rounds."""
    names = [f"News number {word} of today" for word in ("one", "two", "three", "four", "five")]
    server.pages["/feed"] = feed(server, *((f"/{number}", name) for number, name in enumerate(names)))
    for number, name in enumerate(names):
        server.pages[f"/{number}"] = article(name, [f"{name}. {paragraph}" for paragraph in BODY])
    config = settings(source(server), own=[server.authority], pages=2)
    counts = []
    for _ in range(4):
        poll(store, config)
        counts.append(rows(store, "SELECT count(*) FROM article WHERE stub = 0")[0][0])
    assert counts == [2, 4, 5, 5]


def test_entries_cannot_point_inside(store: Store, clock: Clock) -> None:
    """A feed's links to our own network are refused, each with a problem; the feed itself goes in."""
    with raw() as trap, site() as server:
        inside = f"http://127.0.0.1:{trap.port}/x"
        server.pages["/feed"] = Reply(
            f"<rss version='2.0'><channel><title>T</title><item><title>One</title><link>{inside}</link></item>"
            f"<item><title>Two</title><link>http://localhost:{server.port}/y</link></item></channel></rss>".encode()
        )
        (report,) = poll(store, settings(source(server), own=[server.authority]))
        assert report.error is None
        assert len(report.problems) == 2
        assert trap.connections == 0
        assert server.paths() == ["/feed"]


def test_one_server_is_asked_one_thing_at_a_time(server: Site, store: Store, clock: Clock) -> None:
    """Several feeds of one outlet, with pages: requests never overlap, and each source gets its own answers."""
    busy, worst = [0], [0]

    def slow(reply: Reply) -> object:
        def answer(request: Request) -> Reply:
            busy[0] += 1
            worst[0] = max(worst[0], busy[0])
            time.sleep(0.03)
            busy[0] -= 1
            return reply

        return answer

    sources = []
    for number in range(4):
        name = f"News of outlet number {number} today"
        server.pages |= {
            f"/feed{number}": slow(feed(server, (f"/{number}", name))),  # type: ignore[dict-item]
            f"/{number}": slow(article(name, [f"{name}. {paragraph}" for paragraph in BODY])),  # type: ignore[dict-item]
        }
        sources.append(source(server, f"/feed{number}", name=f"Feed {number}", outlet=f"Outlet {number}"))
    reports = poll(store, settings(*sources, own=[server.authority]))
    assert [(report.error, report.changes.new, report.changes.changed) for report in reports] == [(None, 1, 1)] * 4
    assert rows(store, "SELECT who, headline FROM coverage ORDER BY 1") == [
        (f"Outlet {number}", f"News of outlet number {number} today") for number in range(4)
    ]
    assert worst == [1]


# ------------------------------------------------------------------ single pages


def test_page_source(server: Site, store: Store, clock: Clock) -> None:
    """A single page is an article; other words make a version, the same words nothing."""
    server.pages["/p"] = article("Our charter for parks")
    config = settings(source(server, "/p", "page"), own=[server.authority])
    assert poll(store, config)[0].changes.new == 1
    assert poll(store, config)[0].state == "nothing new"
    server.pages["/p"] = article("Our charter for parks", BODY[:3])
    assert poll(store, config)[0].changes.changed == 1
    assert rows(store, "SELECT max(version) FROM article_version") == [(2,)]


def test_page_source_obeys_robots(server: Site, store: Store, clock: Clock) -> None:
    """A page that robots.txt keeps from us is a failure of the source that says so."""
    server.pages |= {"/p": article("Our charter"), "/robots.txt": Reply(b"User-agent: *\nDisallow: /")}
    (report,) = poll(store, settings(source(server, "/p", "page"), own=[server.authority]))
    assert report.error and "robots.txt" in report.error
    assert server.paths() == ["/robots.txt"]


# ------------------------------------------------------------------ schedule and state


def test_never_more_than_once_an_hour(server: Site, tmp_path: Path, clock: Clock) -> None:
    """Over a week of ticks each ten minutes, with restarts, a feed is asked at most once an hour."""
    server.pages["/feed"] = conditional(feed(server, ETag='"1"'))  # type: ignore[assignment]
    config = settings(source(server, every_minutes=5), own=[server.authority])
    asked = []
    for tick in range(7 * 24 * 6):
        if tick % 14 == 0:  # a restart, each time at another minute
            store = Store(tmp_path / "a.db")
        before = len(server.asked)
        pipeline.fetch_due(store, config, clock.now)
        asked += [clock.now] * (len(server.asked) - before)
        if tick % 14 == 13:
            store.close()
        clock.on(minutes=10)
    assert 120 <= len(asked) <= 7 * 24
    assert all(two - one >= HOUR for one, two in itertools.pairwise(asked))


def test_feed_without_validators_is_asked_ever_more_seldom(server: Site, store: Store, clock: Clock) -> None:
    """A feed that cannot be asked “anything new?” and has nothing new is polled down to once a day."""
    server.pages["/feed"] = feed(server)
    config = settings(source(server), own=[server.authority])
    for _ in range(7 * 24):
        pipeline.fetch_due(store, config, clock.now)
        clock.on(hours=1)
    assert 7 <= len(server.asked) <= 14


@pytest.mark.parametrize(
    ("headers", "hours"),
    [({"Retry-After": "7200"}, 2), ({"Retry-After": "Mon, 09 Nov 2026 14:00:00 GMT"}, 5)],
    ids=["seconds", "date"],
)
def test_retry_after_is_obeyed(server: Site, store: Store, clock: Clock, headers: dict[str, str], hours: int) -> None:
    """A server that asks us to wait is not asked before, by the service or by hand."""
    server.pages["/feed"] = Reply(status=429, headers=headers)
    config = settings(source(server), own=[server.authority])
    assert "busy" in (poll(store, config)[0].error or "")
    for _ in range(hours - 1):
        clock.on(minutes=59)
        assert "stay away" in (poll(store, config)[0].error or "")
        pipeline.fetch_due(store, config, clock.now)
    assert len(server.asked) == 1
    server.pages["/feed"] = feed(server)
    clock.now = NOW + hours * HOUR
    assert poll(store, config)[0].error is None


def test_failures_make_pauses_longer(server: Site, store: Store, clock: Clock) -> None:
    """Each failure in a row doubles the pause, up to a day; a success sets it back."""
    server.pages["/feed"] = Reply(status=500)
    config = settings(source(server), own=[server.authority])
    for _ in range(10 * 24):
        pipeline.fetch_due(store, config, clock.now)
        clock.on(hours=1)
    assert len(server.asked) < 18
    server.pages["/feed"] = feed(server)
    poll(store, config)
    assert rows(store, "SELECT failures, failure FROM source") == [(0, None)]


def test_gone_stops_the_source(server: Site, store: Store, clock: Clock) -> None:
    """After 410 the service never asks again; a person can, and a success starts it anew."""
    server.pages["/feed"] = Reply(status=410)
    config = settings(source(server), own=[server.authority])
    assert "gone for good" in (poll(store, config)[0].error or "")
    for _ in range(50):
        clock.on(hours=24)
        pipeline.fetch_due(store, config, clock.now)
    assert len(server.asked) == 1
    server.pages["/feed"] = feed(server)
    assert poll(store, config)[0].error is None
    clock.on(hours=24)
    pipeline.fetch_due(store, config, clock.now)
    assert len(server.asked) == 3


def test_moves_are_believed_after_confirmation(server: Site, store: Store, clock: Clock) -> None:
    """Three polls that are sent for ever to the same address make it the feed's address."""
    server.pages |= {"/feed": Reply(status=301, headers={"Location": "/new"}), "/new": feed(server)}
    config = settings(source(server), own=[server.authority])
    for _ in range(4):
        poll(store, config)
    assert server.paths() == ["/feed", "/new", "/feed", "/new", "/feed", "/new", "/new"]


def test_passing_moves_are_not(server: Site, store: Store, clock: Clock) -> None:
    """A temporary redirect is followed and forgotten."""
    server.pages |= {"/feed": Reply(status=302, headers={"Location": "/new"}), "/new": feed(server)}
    config = settings(source(server), own=[server.authority])
    for _ in range(5):
        poll(store, config)
    assert server.paths().count("/feed") == 5


def test_max_age_is_obeyed(server: Site, store: Store, clock: Clock) -> None:
    """What the server calls fresh for three hours is not asked for before."""
    server.pages["/feed"] = feed(server, Cache_Control="max-age=10800", ETag='"1"')
    config = settings(source(server), own=[server.authority])
    for _ in range(3):
        pipeline.fetch_due(store, config, clock.now)
        clock.on(minutes=58)
    assert len(server.asked) == 1


def test_contact_stands_in_user_agent(server: Site, store: Store, clock: Clock) -> None:
    """Outlets can see who reads them."""
    server.pages["/feed"] = feed(server)
    poll(store, settings(source(server), own=[server.authority], contact="https://seh.example/cuttings"))
    assert server.asked[0].headers["user-agent"] == "Cuttings/0.1 (+https://seh.example/cuttings)"


# ------------------------------------------------------------------ failures stay where they are


def test_a_bug_in_one_source_never_stops_the_others(
    server: Site, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """What nobody foresaw is a failure of that source, with its traceback in the log; a broken archive still stops."""
    from aggregator import polling_folders
    from aggregator.store.connect import sqlite3

    def broken(*_: object) -> None:
        raise failure

    monkeypatch.setattr(polling_folders, "inbox", broken)
    server.pages["/feed"] = feed(server, ("/1", "Benches vanish"))
    box = SourceSetting(name="box", kind="inbox", folder="x")
    config = settings(box, source(server, follow_pages=False), own=[server.authority])
    failure: Exception = OverflowError("beyond the calendar")
    first, second = poll(store, config)
    assert "OverflowError: beyond the calendar" in (first.error or "")
    assert (second.error, second.changes.new) == (None, 1)
    assert "Traceback" in caplog.text
    assert rows(store, "SELECT failures FROM source WHERE name = 'box'") == [(1,)]
    failure = sqlite3.OperationalError("database disk image is malformed")
    with pytest.raises(sqlite3.OperationalError):
        poll(store, config, "box")


def test_one_failing_source_never_stops_the_others(server: Site, store: Store, clock: Clock) -> None:
    """Dead hosts, error pages, bombs, refusals: each a line in the report, and the last source still works."""
    deep = b"<rss version='2.0'><channel>" + b"<item>" * 200_000
    server.pages |= {
        "/html": article("Not a feed at all"),
        "/deep": Reply(deep),
        "/500": Reply(status=500),
        "/empty": Reply(b""),
        "/feed": feed(server, ("/1", "Benches vanish")),
    }
    config = settings(
        SourceSetting(name="inside", kind="feed", url="http://127.0.0.1:1/feed"),
        SourceSetting(name="nowhere", kind="feed", url="http://nowhere.invalid/feed"),
        SourceSetting(name="folder", kind="inbox", folder="not-there"),
        *(source(server, f"/{name}", name=name) for name in ("html", "deep", "500", "empty", "missing")),
        source(server, follow_pages=False),
        own=[server.authority],
    )
    reports = {report.name: report for report in poll(store, config)}
    good = reports.pop("Courier")
    assert (good.error, good.changes.new) == (None, 1)
    reports.pop("deep")  # a feed of empty entries: nothing in it, nothing lost
    assert all(report.error for report in reports.values()), reports
    assert rows(store, "SELECT count(*) FROM problem WHERE severity = 'error'")[0][0] >= len(reports)


def test_documents_that_break_the_reader_do_not_break_us(
    server: Site, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A feed that takes the child beyond its limits is a failure of its source; the next one gets a new child."""
    from aggregator import fetch_parse

    server.pages |= {
        "/first": feed(server),
        "/bomb": feed(server, ("/1", "x" * 200)),
        "/feed": feed(server, ("/1", "Benches vanish")),
    }
    real = fetch_parse.Reader.read

    def read(self: fetch_parse.Reader, data: bytes, *others: object) -> object:
        if b"xxx" in data and self._child is not None:
            self._child.kill()  # as a limit would
        return real(self, data, *others)  # type: ignore[arg-type]

    monkeypatch.setattr(fetch_parse.Reader, "read", read)
    config = settings(
        source(server, "/first", name="first", follow_pages=False),
        source(server, "/bomb", name="bomb"),
        source(server, follow_pages=False),
        own=[server.authority],
    )
    _, bomb, good = poll(store, config)
    assert bomb.error and "more" in bomb.error
    assert good.changes.new == 1
    assert rows(store, "SELECT body_sha, etag FROM source WHERE name = 'bomb'") == [(None, None)]


def test_unknown_names_are_errors(store: Store, clock: Clock) -> None:
    """A name that no source has is an error that lists the known ones."""
    with pytest.raises(NotFoundError, match="Courier"):
        poll(store, settings(SourceSetting(name="Courier", kind="feed", url="https://x.example/")), "Currier")


def test_wrong_own_hosts_are_errors(store: Store) -> None:
    """An entry that is no host is an error in the settings."""
    with pytest.raises(ConfigError, match="own_hosts"):
        poll(store, settings(SourceSetting(name="a", kind="feed", url="https://x.example/"), own=["a b"]))


def test_a_claimed_source_is_left_alone(server: Site, store: Store, clock: Clock) -> None:
    """Two processes never poll one source at once; a claim of a killed one runs out."""
    server.pages["/feed"] = feed(server)
    config = settings(source(server), own=[server.authority])
    states = store.sources.sync(config.sources, clock.now)
    assert store.sources.claim(states["Courier"].id, clock.now, due_only=True)
    assert not pipeline.fetch_due(store, config, clock.now)
    clock.on(minutes=16)
    assert pipeline.fetch_due(store, config, clock.now)


def test_killed_between_body_and_store(server: Site, tmp_path: Path) -> None:
    """SIGKILL after the body came and before it is stored: the next run gets the body, and each entry is there once."""
    reply = feed(server, ("/1", "Benches vanish"), ("/2", "Benches return"), ETag='"1"')
    server.pages["/feed"] = conditional(reply)  # type: ignore[assignment]
    code = f"""
        import os, signal, sys
        from pathlib import Path
        sys.path[:0] = {[str(Path(__file__).parents[1]), str(Path(__file__).parent)]!r}
        from sources import settings, poll
        from aggregator import pipeline
        from aggregator.config import Config, SourceSetting
        from aggregator.store import Store
        real = pipeline.take_in
        def killed(*args, **options):
            if sys.argv[1] == "during":
                real(*args, **options)
            os.kill(os.getpid(), signal.SIGKILL)
        pipeline.take_in = killed
        config = settings(SourceSetting(name="Courier", kind="feed", url="{server.url}/feed", follow_pages=False),
                          own=["{server.authority}"])
        poll(Store(Path({str(tmp_path / "a.db")!r})), config)
    """
    for moment in ("before", "during"):
        done = subprocess.run([sys.executable, "-c", textwrap.dedent(code), moment], check=False)
        assert done.returncode == -signal.SIGKILL
    config = settings(source(server, follow_pages=False), own=[server.authority])
    with Store(tmp_path / "a.db") as store:
        assert rows(store, "SELECT etag, body_sha FROM source") == [(None, None)]
        assert poll(store, config)[0].changes.new == 2
        assert poll(store, config)[0].changes.new == 0
        assert rows(store, "SELECT headline FROM coverage ORDER BY 1") == [("Benches return",), ("Benches vanish",)]
    assert [request.headers.get("if-none-match") for request in server.asked] == [None, None, None, '"1"']


# ------------------------------------------------------------------ what the digest says


def test_lines_tell_silence(server: Site, store: Store, clock: Clock) -> None:
    """A source that gave nothing new for longer than its settings say is called silent; 0 never."""
    server.pages |= {"/feed": feed(server, ("/1", "Benches vanish"), ETag='"1"'), "/never": feed(server)}
    config = settings(
        source(server, follow_pages=False, silence_days=3),
        source(server, "/never", name="Quiet", follow_pages=False, silence_days=0),
        own=[server.authority],
    )
    poll(store, config)
    first = store.sources.lines(clock.now)[0]
    assert (first.name, first.last_success, first.silent) == ("Courier", NOW, False)
    clock.on(days=4)
    poll(store, config)
    assert [(line.name, line.silent) for line in store.sources.lines(clock.now)] == [
        ("Courier", True),
        ("Quiet", False),
    ]


def test_renamed_source_keeps_its_memory(server: Site, store: Store, clock: Clock) -> None:
    """Another name in the settings changes the name only; a source that was taken out is in no digest."""
    server.pages["/feed"] = feed(server, ETag='"1"')
    poll(store, settings(source(server), own=[server.authority]))
    poll(store, settings(source(server, name="The Courier"), own=[server.authority]))
    assert server.asked[1].headers["if-none-match"] == '"1"'
    assert [line.name for line in store.sources.lines(clock.now)] == ["The Courier"]
    poll(store, settings())
    assert store.sources.lines(clock.now) == []


def test_command_line(server: Site, tmp_path: Path) -> None:
    """`fetch` polls, links, tells what it found, and ends with 1 where a source failed."""
    server.pages |= {"/feed": feed(server, ("/1", "Benches vanish")), "/1": article("Benches vanish")}
    path = tmp_path / "cuttings.toml"
    path.write_text(
        f'[fetch]\nown_hosts = ["{server.authority}"]\n'
        f'[[sources]]\nname = "Courier"\nkind = "feed"\nurl = "{server.url}/feed"\n'
        '[[sources]]\nname = "Dead"\nkind = "inbox"\nfolder = "nowhere"\n',
        encoding="utf-8",
    )
    root = Path(__file__).parents[1]
    command = [sys.executable, str(root / "run.py"), "--config", str(path), "--db", str(tmp_path / "a.db"), "fetch"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == 1
    assert "1 new, 1 changed" in done.stdout
    assert "not polled" in done.stdout
    assert "1 source could not be polled" in done.stderr
    done = subprocess.run([*command, "Courier", "--json"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert '"name":"Courier"' in done.stdout
