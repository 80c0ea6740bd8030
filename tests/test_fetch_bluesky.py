"""Bluesky from a service on loopback: pages, patience, threads made whole, searches with a session."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest
from appview import AppView
from bluesky_forms import POST
from loopback import Reply, site
from sources import Clock, poll, rows, settings

from aggregator import pipeline
from aggregator.config import Config, SourceSetting
from aggregator.fetch_bluesky import own_chain
from aggregator.model import SourceReport
from aggregator.store import Store

HEADS, ADA, OTHER = "did:plc:heads", "did:plc:ada", "did:plc:other"


@pytest.fixture
def view() -> Iterator[AppView]:
    with site() as made:
        yield AppView(made)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def config(view: AppView, *, pages: int = 5, user: str | None = None, **fields: object) -> Config:
    """One Bluesky source at that service."""
    source = SourceSetting(name="Heads", kind="bluesky", **fields)  # type: ignore[arg-type]
    made = settings(source, own=[view.site.authority], bluesky=view.site.url)
    bluesky = msgspec.structs.replace(made.bluesky, pages=pages, user=user, password_env="TEST_PASSWORD")
    return msgspec.structs.replace(made, bluesky=bluesky)


def one(store: Store, made: Config) -> SourceReport:
    (report,) = poll(store, made)
    return report


def texts(store: Store) -> list[str]:
    return sorted(str(row[0]) for row in rows(store, "SELECT text FROM post"))


def test_account(view: AppView, store: Store, clock: Clock) -> None:
    """A handle is resolved once; posts, threads and counts come in; a second round brings nothing new."""
    view.thread(HEADS, "Staffing, in three parts 1/3", "Schools cannot recruit 2/3", "And what would help 3/3")
    view.write(HEADS, "Good morning from the new office")
    made = config(view, account="@heads.example")
    report = one(store, made)
    assert (report.error, report.changes.new, report.requests) == (None, 4, 2)
    assert rows(store, "SELECT parts_found, complete FROM thread ORDER BY 1") == [(1, None), (3, 1)]
    again = one(store, made)
    assert (again.changes.new, again.state) == (0, "nothing new")
    assert len(view.called("resolveHandle")) == 1


def test_counts_move_with_each_reading(view: AppView, store: Store, clock: Clock) -> None:
    """Likes follow the newest reading; every reading is kept."""
    uri = view.write(HEADS, "Good morning from the new office")
    made = config(view, account=HEADS)
    one(store, made)
    view.likes[uri] = 7
    clock.on(hours=1)
    one(store, made)
    assert rows(store, "SELECT likes FROM post") == [(7,)]
    assert rows(store, "SELECT likes FROM post_reading ORDER BY read_at") == [(0,), (7,)]


def test_pages_overlap_and_nothing_is_read_twice(view: AppView, store: Store, clock: Clock) -> None:
    """The first round reads all pages; later ones stop at a page with a post that is known."""
    view.page_size = 10
    for number in range(35):
        view.write(HEADS, f"Post number {number} of the heads")
    made = config(view, account=HEADS)
    one(store, made)
    assert len(view.called("getAuthorFeed")) == 4
    view.write(HEADS, "One more post today")
    view.reposts.append((HEADS, view.write(ADA, "Ada says something worth repeating")))
    one(store, made)
    assert len(view.called("getAuthorFeed")) == 5
    assert len(texts(store)) == 37


def test_a_repost_of_an_old_post_hides_nothing(view: AppView, store: Store, clock: Clock) -> None:
    """An old own post that is reposted stands on top of the feed; new posts on later pages come in all the same."""
    view.page_size = 3
    old = view.write(HEADS, "Old news about benches")
    made = config(view, account=HEADS)
    one(store, made)
    for number in range(7):
        view.write(HEADS, f"New post number {number}")
    view.reposts.append((HEADS, old))
    one(store, made)
    assert len(texts(store)) == 8


def test_broken_round_is_caught_up_with(view: AppView, store: Store, clock: Clock) -> None:
    """Where the second page fails, the next round goes down to where the last complete one began."""
    view.page_size = 5
    view.write(HEADS, "The first post of all")
    made = config(view, account=HEADS)
    one(store, made)
    for number in range(12):
        view.write(HEADS, f"Post number {number} of the heads")
    ok = view.site.pages["/xrpc/app.bsky.feed.getAuthorFeed"]
    view.site.pages["/xrpc/app.bsky.feed.getAuthorFeed"] = lambda request: (
        Reply(status=500) if "cursor" in dict(request.query) else ok(request)  # type: ignore[operator]
    )
    report = one(store, made)
    assert "busy" in report.problems[0].message
    assert len(texts(store)) == 6
    view.site.pages["/xrpc/app.bsky.feed.getAuthorFeed"] = ok
    one(store, made)
    assert len(texts(store)) == 13


def test_cursor_that_comes_back_ends(view: AppView, store: Store, clock: Clock) -> None:
    """A cursor that was there before ends the reading."""
    view.loop = True
    view.write(HEADS, "Good morning from the new office")
    assert one(store, config(view, account=HEADS, pages=100)).error is None
    assert len(view.called("getAuthorFeed")) == 2


def test_pages_are_limited(view: AppView, store: Store, clock: Clock) -> None:
    """No more pages are read than the settings say."""
    view.page_size = 1
    for number in range(9):
        view.write(HEADS, f"Post number {number} of the heads")
    one(store, config(view, account=HEADS, pages=3))
    assert len(view.called("getAuthorFeed")) == 3


# ------------------------------------------------------------------ patience


def test_busy_service_is_asked_again(view: AppView, store: Store, clock: Clock) -> None:
    """429 waits as long as the service wants; 5xx and broken answers get three tries with growing pauses."""
    view.write(HEADS, "Good morning from the new office")
    view.failing = [
        Reply(status=429, headers={"RateLimit-Reset": str(int(clock.now.timestamp()) + 20)}),
        Reply(status=502),
    ]
    report = one(store, config(view, account=HEADS))
    assert (report.error, report.changes.new) == (None, 1)
    assert 20 <= clock.slept[0] <= 40
    assert 2 <= clock.slept[1] <= 4


def test_tries_are_bounded(view: AppView, store: Store, clock: Clock) -> None:
    """After three tries the source has failed for this round."""
    view.failing = [Reply(status=503)] * 9
    report = one(store, config(view, account=HEADS))
    assert "busy" in (report.error or "")
    assert len(view.site.asked) == 3


def test_long_waits_are_left_to_the_next_round(view: AppView, store: Store, clock: Clock) -> None:
    """A wait of an hour is not slept through; the service's wish is kept for the schedule."""
    view.failing = [Reply(status=429, headers={"Retry-After": "10800"})]
    made = config(view, account=HEADS)
    assert one(store, made).error
    assert clock.slept == []
    for _ in range(2):
        clock.on(hours=1)
        pipeline.fetch_due(store, made, clock.now)
    assert len(view.site.asked) == 1
    clock.on(hours=2)
    pipeline.fetch_due(store, made, clock.now)
    assert len(view.site.asked) == 2


@pytest.mark.parametrize(
    ("reply", "says"),
    [
        (Reply(b"<html>Forbidden</html>", 403, {"Content-Type": "text/html"}), "refuses"),
        (Reply(b'{"error":"InvalidRequest","message":"Profile not found"}', 400), "Profile not found"),
        (Reply(b"nothing here", 404), "refused"),
        (Reply(b"<html>busy</html>", 200), "no page of posts"),
        (Reply(b'{"feed": 7}', 200), "no page of posts"),
    ],
)
def test_refusals_are_reported_not_argued_with(
    view: AppView, store: Store, clock: Clock, reply: Reply, says: str
) -> None:
    """403, 400 and answers that are none: one request, one clear message."""
    view.failing = [reply]
    report = one(store, config(view, account=HEADS))
    assert says in (report.error or "")
    assert len(view.site.asked) == 1


def test_unknown_handle(view: AppView, store: Store, clock: Clock) -> None:
    """A handle that nobody has is the source's failure."""
    assert "Unable to resolve" in (one(store, config(view, account="nobody.example")).error or "")


# ------------------------------------------------------------------ lists, posts, searches


def test_lists_feeds_and_single_posts(view: AppView, store: Store, clock: Clock) -> None:
    """Lists of accounts, feeds, and single posts by at-URI or address come in; what is gone is said."""
    members, feed = "at://did:plc:x/app.bsky.graph.list/heads", "at://did:plc:x/app.bsky.feed.generator/news"
    view.lists = {members: [HEADS], feed: [ADA]}
    view.write(HEADS, "The heads say this today")
    view.write(ADA, "Ada says that today")
    first, second = view.write(OTHER, "A stranger asks something"), view.write(ADA, "Ada answers the stranger")
    address = "https://bsky.app/profile/ada.example/post/" + second.rpartition("/")[2]
    gone = f"at://{OTHER}/{POST}/gone"
    report = one(store, config(view, lists=(members, feed), posts=(first, address, gone)))
    assert report.error is None
    assert [problem.message for problem in report.problems] == [f"{gone} is not there (any more)"]
    assert len(texts(store)) == 4


def test_one_part_never_stops_the_others(view: AppView, store: Store, clock: Clock) -> None:
    """An account that is gone is a problem; the list beside it is read."""
    members = "at://did:plc:x/app.bsky.graph.list/heads"
    view.lists = {members: [HEADS]}
    view.write(HEADS, "The heads say this today")
    report = one(store, config(view, account="did:plc:gone", lists=(members,)))
    assert report.error is None
    assert "Profile not found" in report.problems[0].message
    assert len(texts(store)) == 1


def test_search_needs_a_session(view: AppView, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A search signs in once a round and sends the token to the service only."""
    monkeypatch.setenv("TEST_PASSWORD", "right horse")
    view.write(HEADS, "About benches in parks")
    view.write(ADA, "About something else")
    report = one(store, config(view, user="heads.example", search=("benches", "else")))
    assert report.error is None
    assert len(texts(store)) == 2
    assert len(view.sessions) == 1
    assert b"right horse" not in b"".join(request.path.encode() for request in view.site.asked)


@pytest.mark.parametrize(("password", "says"), [("wrong", "Invalid identifier"), ("", "no password")])
def test_wrong_or_missing_password(
    view: AppView, store: Store, clock: Clock, monkeypatch: pytest.MonkeyPatch, password: str, says: str
) -> None:
    """A sign-in that fails is said once and not tried again in this round."""
    monkeypatch.setenv("TEST_PASSWORD", password)
    report = one(store, config(view, user="heads.example", search=("benches",)))
    assert says in (report.error or "")
    assert len(view.sessions) <= 1


# ------------------------------------------------------------------ threads made whole


def test_missing_parents_are_asked_for(view: AppView, store: Store, clock: Clock) -> None:
    """A reply to an own post that is not in the archive brings the posts above it, once."""
    uris = view.thread(
        HEADS, "Part one of the story 1/4", "Part two of it 2/4", "Part three of it 3/4", "And the end 4/4"
    )
    made = config(view, posts=(uris[3],))
    one(store, made)
    assert rows(store, "SELECT parts_found, complete FROM thread") == [(4, 1)]
    asked = len(view.site.asked)
    one(store, made)
    assert len(view.site.asked) == asked + 1


def test_parents_by_others_and_deleted_ones(view: AppView, store: Store, clock: Clock) -> None:
    """A stranger's post above is not fetched; a deleted own one is asked for once."""
    stranger = view.write(OTHER, "What about benches?")
    answer = view.write(HEADS, "We count them each year", parent=stranger)
    uris = view.thread(HEADS, "Part one, which goes away", "Part two, which stays")
    del view.posts[uris[0]]
    made = config(view, posts=(answer, uris[1]))
    for _ in range(3):
        one(store, made)
    assert texts(store) == ["Part two, which stays", "We count them each year"]
    asked = [value for request in view.called("getPosts") for name, value in request.query if name == "uris"]
    assert (asked.count(uris[0]), asked.count(stranger)) == (1, 0)


def rss(view: AppView, uris: list[str]) -> Reply:
    """Bluesky's own RSS of an account: top-level posts only."""
    items = "".join(
        f"<item><link>https://bsky.app/profile/heads.example/post/{uri.rpartition('/')[2]}</link>"
        f"<description>{view.posts[uri]['text']}</description><pubDate>02 Nov 2026 09:0{n} +0000</pubDate>"
        f'<guid isPermaLink="false">{uri}</guid></item>'
        for n, uri in enumerate(uris)
    )
    return Reply(
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel><description></description>'
        "<link>https://bsky.app/profile/heads.example</link><title>@heads.example - Heads</title>"
        f"{items}</channel></rss>".encode()
    )


def test_rss_posts_get_their_threads(view: AppView, store: Store, clock: Clock) -> None:
    """Bluesky's RSS has no replies: the rest of a thread is fetched, strangers' replies are not; growth is followed."""
    uris = view.thread(HEADS, "Staffing, in parts 1/3", "Schools cannot recruit 2/3")
    view.write(OTHER, "I do not agree at all", parent=uris[0])
    alone = view.write(HEADS, "Good morning from the new office")
    view.site.pages["/rss"] = rss(view, [uris[0], alone])
    source = SourceSetting(name="RSS", kind="feed", url=view.site.url + "/rss")
    made = settings(source, own=[view.site.authority], bluesky=view.site.url)
    assert one(store, made).error is None
    assert rows(store, "SELECT parts_found FROM thread ORDER BY 1") == [(1,), (2,)]
    assert "I do not agree at all" not in texts(store)
    view.write(HEADS, "And what would help 3/3", parent=uris[1])
    view.write(OTHER, "Nor do I, to be honest", parent=uris[0])
    clock.on(hours=1)
    view.site.pages["/rss"] = rss(view, [uris[0], alone, view.write(HEADS, "Another top-level post")])
    one(store, made)
    assert rows(store, "SELECT max(parts_found) FROM thread") == [(3,)]


def test_own_chain_is_bounded_by_the_author() -> None:
    """Only what the author wrote below own posts, whatever else the tree holds."""

    def node(did: str, uri: str, *replies: object) -> dict[str, object]:
        return {"post": {"uri": uri, "author": {"did": did}}, "replies": list(replies)}

    tree = node("a", "1", node("b", "2", node("a", "3")), node("a", "4", {"notFound": True}, None, node("a", "5")))
    assert sorted(own_chain(msgspec.json.encode({"thread": tree}))) == ["1", "4", "5"]
    assert own_chain(b'{"thread": {"notFound": true}}') == []


def test_hidden_accounts_are_skipped(view: AppView, store: Store, clock: Clock) -> None:
    """An account that asks not to be shown without a login stays out, and the problem says so."""
    view.write(HEADS, "Only for people with an account")
    ok = view._author
    view._author = lambda did: {**ok(did), "labels": [{"val": "!no-unauthenticated", "src": did}]}  # type: ignore[method-assign]
    one(store, config(view, account=HEADS))
    assert texts(store) == []
    assert rows(store, "SELECT count(*) FROM problem WHERE message LIKE '%not logged in%'") == [(1,)]
