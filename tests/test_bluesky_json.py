"""Every JSON form of Bluesky posts, and what is left when it is broken."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from bluesky_forms import (
    DID,
    HANDLE,
    NAME,
    account,
    author_feed,
    dump,
    external,
    jetstream,
    link,
    list_records,
    record,
    ref,
    repo,
    sdk_dump,
    uri,
    view,
)
from conftest import CASES
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers import bluesky_car, bluesky_json, parse
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Post

FOLDER = CASES / "bluesky"


def read(value: Any, hint: Hint | None = None) -> ParseResult:
    """The result of a document, given as JSON value or bytes; it has to be recognised too."""
    data = value if isinstance(value, bytes) else dump(value)
    assert bluesky_json.looks_like(data), data[:100]
    return bluesky_json.parse(data, hint)


def posts(value: Any, hint: Hint | None = None) -> list[Post]:
    """The posts of a document that has no problems."""
    found = read(value, hint)
    assert found.problems == ()
    return [item for item in found.records if isinstance(item, Post)]


def one(made: dict[str, Any], **more: Any) -> Post:
    """The post of one record in a feed."""
    return posts({"feed": [{"post": view(made, 0), **more}]})[0]


def texts(value: Any) -> list[str]:
    """The texts of a document's posts."""
    return [post.text for post in read(value).records if isinstance(post, Post)]


# ------------------------------------------------------------------ the same account in each form


def facts(found: list[Post]) -> set[tuple[Any, ...]]:
    """What every form knows about a post."""
    return {
        (
            post.uri,
            post.cid,
            post.author_did,
            post.text,
            post.text_raw,
            post.created_at,
            post.reply_parent,
            post.reply_root,
            post.quote_uri,
            post.urls,
            post.alts,
            post.langs,
            post.card,
            post.steps,
        )
        for post in found
    }


def test_all_forms_give_the_same_posts() -> None:
    """Account export, author feed, record listing, library dump and event lines agree on every post."""
    made = account()
    exported = bluesky_car.parse(repo(made).file())
    expected = facts([post for post in exported.records if isinstance(post, Post)])
    assert len(expected) == len(made)
    for form in (author_feed, list_records, sdk_dump, jetstream):
        assert facts(posts(form(made))) == expected, form.__name__


# ------------------------------------------------------------------ one post


def test_a_view_fills_every_field() -> None:
    """Author, counts, labels and date come from the view and its record."""
    labels = {"$type": "com.atproto.label.defs#selfLabels", "values": [{"val": "graphic-media"}]}
    made = view(record("hello", 0, labels=labels), 0, labels=[{"val": "news"}, {"val": "spam", "neg": True}])
    post = posts({"posts": [made]})[0]
    assert (post.uri, post.author, post.author_did, post.author_name) == (uri(0), HANDLE, DID, NAME)
    counts = post.counts
    assert (counts.likes, counts.reposts, counts.replies, counts.quotes) == (3, 2, 1, 4)
    assert post.created_at == dt.datetime(2025, 3, 1, 9, 0, 30, 125000, dt.UTC)
    assert post.labels == ("graphic-media", "news")
    assert post.langs == ("en",)


def test_urls_are_written_out_and_listed() -> None:
    """A facet's url stands in the text, once in the list, beside that of the card."""
    text = "– See heads.example/policy/a-lon... –"
    url = "https://heads.example/policy/a-long-reply"
    made = record(
        text, facets=[link(text, "heads.example/policy/a-lon...", url)], embed=external(url, "Reply", "On pay")
    )
    post = one(made)
    assert post.text == f"– See {url} –"
    assert post.text_raw == text
    assert post.urls == (url,)
    assert post.card is not None
    assert (post.card.title, post.card.description, post.card.url) == ("Reply", "On pay", url)


def test_steps_lead_from_the_text_as_received_to_the_text_shown() -> None:
    """Urls written out and repairs are counted on the same text, whatever stands between them."""
    text = "We donβt agree – heads.example/policy/a-lon... says why β and heads canβt wait, it isnβt fair"
    url = "https://heads.example/policy/a-long-reply"
    post = one(record(text, facets=[link(text, "heads.example/policy/a-lon...", url)]))
    assert url in post.text
    assert "don’t" in post.text
    replayed, at = "", 0
    for step in post.steps:
        assert text.startswith(step.raw, step.offset)
        replayed += text[at : step.offset] + step.replacement
        at = step.offset + len(step.raw)
    assert replayed + text[at:] == post.text


def test_a_moving_picture_is_no_card() -> None:
    """What a picture service embeds has an alternative text, no card and no url."""
    gif = external("https://media.tenor.com/abc/cheering.gif?hh=1&ww=2", "cheering", "ALT: a cheering crowd")
    post = one(record("Yes!", embed=gif))
    assert (post.card, post.urls, post.alts) == (None, (), ("a cheering crowd",))


@pytest.mark.parametrize(
    "embed",
    [
        {"$type": "app.bsky.embed.images", "images": [{"alt": "one"}, {"alt": ""}, {"alt": "two"}]},
        {"$type": "app.bsky.embed.gallery", "items": [{"alt": "one"}, {"alt": "two"}]},
        {
            "$type": "app.bsky.embed.recordWithMedia",
            "record": {"record": {"uri": "at://did:plc:x/app.bsky.feed.generator/y"}},
            "media": {"$type": "app.bsky.embed.images", "images": [{"alt": "one"}, {"alt": "two"}]},
        },
    ],
)
def test_alternative_texts_are_kept(embed: dict[str, Any]) -> None:
    """Pictures of posts, galleries and quotes with pictures."""
    post = one(record("", embed=embed))
    assert post.alts == ("one", "two")
    assert post.quote_uri is None
    assert post.raw is None


def test_a_quote_with_a_card_has_both() -> None:
    """A record with media gives the quoted post and the page."""
    embed = {
        "$type": "app.bsky.embed.recordWithMedia",
        "record": {"$type": "app.bsky.embed.record", "record": ref(3, "did:plc:other")},
        "media": external("https://news.example/a", "A title", ""),
    }
    post = one(record("both", embed=embed))
    assert post.quote_uri == uri(3, "did:plc:other")
    assert post.card is not None
    assert (post.card.title, post.card.description) == ("A title", None)


def test_an_unknown_embed_is_kept_raw() -> None:
    """What a later lexicon brings is kept as JSON."""
    embed = {"$type": "app.bsky.embed.hologram", "beams": [1, 2]}
    post = one(record("new", embed=embed))
    assert json.loads(post.raw or "") == embed


@pytest.mark.parametrize(
    "embed", [7, "x", [], {"images": 3}, {"$type": 5}, {"$type": "app.bsky.embed.images", "images": 3}]
)
def test_an_odd_embed_does_not_cost_the_post(embed: Any) -> None:
    """Whatever stands in the embed's place, text and date stay."""
    assert one(record("kept", embed=embed)).text == "kept"


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2025-03-07T10:00:00Z", 10),
        ("2025-03-07T10:00:00.123456789012Z", 10),
        ("2025-03-07T10:00:00-07:00", 17),
        ("2025-03-07T10:00:00.1+00:00", 10),
        ("2025-03-07t10:00:00z", 10),
        ("2025-03-07T10:00:00", 10),
    ],
)
def test_dates_in_every_legal_form(written: str, hour: int) -> None:
    """Any number of digits and any offset come out as UTC."""
    post = one({**record("x"), "createdAt": written})
    assert post.created_at is not None
    assert (post.created_at.hour, post.created_at.tzinfo) == (hour, dt.UTC)


@pytest.mark.parametrize(
    "written", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59-01:00", "yesterday", "", "-0001-01-01T00:00:00Z"]
)
def test_an_unbelievable_date_is_a_problem(written: str) -> None:
    """The post stays, without its date, and the record is named."""
    found = read({"feed": [{"post": view({**record("x"), "createdAt": written}, 0)}]})
    assert found.records[0].created_at is None
    assert found.problems[0].where == "record 1"
    assert "date" in found.problems[0].message


# ------------------------------------------------------------------ feeds and threads


def test_a_repost_belongs_to_its_author() -> None:
    """The item's post is its author's; the reposter is named beside it."""
    by = {"did": "did:plc:reposter", "handle": "reposter.example"}
    post = one(record("shared"), reason={"$type": "app.bsky.feed.defs#reasonRepost", "by": by, "indexedAt": "x"})
    assert (post.author, post.reposted_by) == (HANDLE, "reposter.example")


def test_a_pinned_post_is_marked_and_comes_once() -> None:
    """The pin on top and the post in its place are one post."""
    made = view(record("pinned"), 0)
    found = posts({"feed": [{"post": made, "reason": {"$type": "app.bsky.feed.defs#reasonPin"}}, {"post": made}]})
    assert [post.pinned for post in found] == [True]


def test_an_own_post_reposted_is_not_only_a_repost() -> None:
    """An account that reposts itself still wrote the post in its own feed."""
    made = view(record("again"), 0)
    by = {"did": DID, "handle": HANDLE}
    found = posts({"feed": [{"post": made, "reason": {"$type": "x#reasonRepost", "by": by}}, {"post": made}]})
    assert [post.reposted_by for post in found] == [None]


@pytest.mark.parametrize(
    ("parent", "state"), [({"notFound": True}, "notFound"), ({"blocked": True}, "blocked"), ({}, None)]
)
def test_a_missing_parent_is_told(parent: dict[str, Any], state: str | None) -> None:
    """A reply whose parent is gone or blocked says so and keeps its references."""
    made = record("answer", reply={"root": ref(7), "parent": ref(8)})
    post = one(made, reply={"root": {}, "parent": {"uri": uri(8), **parent}})
    assert (post.parent_state, post.reply_parent, post.reply_root) == (state, uri(8), uri(7))


def test_threads_are_flattened_in_reading_order() -> None:
    """Ancestors, the post asked for, then what answers it; posts that are not shown are no posts."""
    node = {"post": view(record("b"), 1), "parent": {"post": view(record("a"), 0)}}
    below = [
        {"post": view(record("c"), 2), "replies": [{"post": view(record("d"), 3)}]},
        {"$type": "app.bsky.feed.defs#blockedPost", "uri": uri(9), "blocked": True, "author": {"did": "did:plc:x"}},
        {"$type": "app.bsky.feed.defs#notFoundPost", "uri": uri(8), "notFound": True},
        {"post": view(record("e"), 4)},
    ]
    assert texts({"thread": {**node, "replies": below}}) == ["a", "b", "c", "d", "e"]
    assert texts({**node, "replies": below}) == ["a", "b", "c", "d", "e"]


def test_the_second_thread_form_is_flat() -> None:
    """V2 lists items with depths; an account that hides from logged-out people is a problem."""
    items = [
        {"uri": uri(0), "depth": -1, "value": {"$type": "x#threadItemPost", "post": view(record("a"), 0)}},
        {"uri": uri(1), "depth": 0, "value": {"$type": "x#threadItemPost", "post": view(record("b"), 1)}},
        {"uri": uri(2), "depth": 1, "value": {"$type": "x#threadItemNoUnauthenticated"}},
        {"uri": uri(3), "depth": 1, "value": {"$type": "x#threadItemNotFound"}},
    ]
    found = read({"thread": items, "hasOtherReplies": False})
    assert [post.text for post in found.records] == ["a", "b"]
    assert len(found.problems) == 1


def test_hidden_accounts_are_left_out() -> None:
    """One problem per account says how many posts, and where the first one was."""
    shy = {"did": "did:plc:shy", "handle": "shy.example", "labels": [{"val": "!no-unauthenticated"}]}
    items = [{"post": view(record(f"post {n}"), n, author=shy)} for n in range(3)]
    found = read({"feed": [{"post": view(record("open"), 9)}, *items]})
    assert [post.text for post in found.records] == ["open"]
    assert [problem.where for problem in found.problems] == ["record 2"]
    assert "3 posts of shy.example" in found.problems[0].message


# ------------------------------------------------------------------ documents


def test_documents_of_every_shape() -> None:
    """A page, a list of pages, items or views, lines of them, and what clients wrap around."""
    first, second = view(record("one"), 0), view(record("two"), 1)
    page = {"feed": [{"post": first}], "cursor": "x"}
    other = {"posts": [second], "hitsTotal": 2}
    both = ["one", "two"]
    assert texts([page, other]) == both
    assert texts([first, second]) == both
    assert texts([{"post": first}, {"post": second}]) == both
    assert texts(dump(page) + b"\n\n" + dump(other) + b"\r\n") == both
    assert texts(dump(first) + b"\n" + dump(second)) == both
    assert texts({"success": True, "data": {"feed": [{"post": first}, {"post": second}]}}) == both
    saved = [
        {"uri": uri(n), "post_text": both[n], "author": {"handle": HANDLE}, "created_at": "2025-03-01"} for n in (0, 1)
    ]
    assert texts({"made": "2025-03-02", "saves": saved}) == both
    assert texts(first) == ["one"]
    assert texts(json.dumps(page, indent=2).encode()) == ["one"]
    assert texts(b"\xef\xbb\xbf" + dump(page)) == ["one"]
    assert texts(dump(page).decode().encode("utf-16")) == ["one"]


def test_an_empty_page_is_no_error() -> None:
    """A feed without posts is a feed."""
    assert posts({"feed": []}) == []
    assert posts({"feed": [], "cursor": 7, "kind": 7}) == []


def test_other_records_are_passed_over() -> None:
    """A listing of likes holds no posts and no problems."""
    like = {"$type": "app.bsky.feed.like", "subject": ref(1), "createdAt": "2025-03-01T00:00:00Z"}
    listing = {"records": [{"uri": f"at://{DID}/app.bsky.feed.like/x", "cid": "y", "value": like}]}
    found = read(listing)
    assert (found.records, found.problems, found.notes) == ((), (), {"other records": 1})


def test_the_hint_names_an_account_known_by_did_only() -> None:
    """A record listing knows no handle; that of the caller is used."""
    assert {post.author for post in posts(list_records(account()))} == {DID}
    assert {post.author for post in posts(list_records(account()), Hint(author=HANDLE))} == {HANDLE}
    assert {post.author for post in posts(author_feed(account()), Hint(author="someone.example"))} == {HANDLE}


def test_events_mark_deleted_posts() -> None:
    """A delete keeps the post and marks it; one for an unknown post is a mark alone."""
    found = posts(jetstream(account()[:2], deleted=(1, 5)))
    assert [(post.uri, post.gone, bool(post.text)) for post in found] == [
        (uri(0), False, True),
        (uri(1), True, True),
        (uri(5), True, False),
    ]


def test_events_may_begin_with_an_identity() -> None:
    """Lines that start with another kind of event are recognised."""
    first = {"did": DID, "time_us": 1, "kind": "identity", "identity": {"did": DID, "handle": HANDLE}}
    data = json.dumps(first).encode() + b"\n" + jetstream(account()[:1])
    assert [post.uri for post in posts(data)] == [uri(0)]


def test_events_of_the_second_form() -> None:
    """Jetstream v2 wraps the commit in a payload; likes and identities are no posts."""
    found = posts((FOLDER / "jetstream_v2.jsonl").read_bytes())
    assert [(post.text, post.gone) for post in found] == [("Doors open at nine", False), ("", True)]


def test_the_same_post_with_another_text_is_a_problem() -> None:
    """The first one is kept, the second is named with its record."""
    made = {"feed": [{"post": view(record("first"), 0)}, {"post": view(record("second"), 0)}]}
    found = read(made)
    assert [post.text for post in found.records] == ["first"]
    assert found.problems[0].where == "record 2"


def test_rows_of_an_actor() -> None:
    """Rows with postUri and counts: reposts are pointers, replies keep their parent."""
    first, second = posts((FOLDER / "actor_rows.json").read_bytes())
    assert (first.author, first.author_did, first.counts.likes, first.reposted_by) == (HANDLE, DID, 12, None)
    assert first.created_at == dt.datetime(2025, 4, 28, 7, 30, tzinfo=dt.UTC)
    assert (second.author, second.reposted_by, second.reply_parent) == ("governor.example", HANDLE, first.uri)
    assert second.langs == ("en", "cy")


def test_rows_of_a_campaign() -> None:
    """Rows with link_title: the card, and the shortened address in the text written out."""
    first, second = posts((FOLDER / "campaign_rows.json").read_bytes())
    assert first.card is not None
    assert first.card.url == "https://news.example/education/a-bill-that-falls-short"
    assert first.urls == (first.card.url,)
    assert first.text.endswith(f"told MPs {first.card.url}")
    assert first.created_at == dt.datetime(2025, 5, 6, 9, 15, tzinfo=dt.UTC)
    assert second.card is None


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("data", [b"<!DOCTYPE html><title>403 Forbidden</title>", b"", b"plain", b"   ", b"nan"])
def test_what_is_not_json_is_refused(data: bytes) -> None:
    """An error page saved as JSON is neither recognised nor read."""
    assert bluesky_json.looks_like(data) is None
    with pytest.raises(ParseError):
        bluesky_json.parse(data)


@pytest.mark.parametrize(
    "value",
    [
        {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_text": "x"}]},
        {"version": "https://jsonfeed.org/version/1", "items": [{"url": "https://bsky.app/profile/x.example/post/3a"}]},
        {"comments": [{"text": "see https://bsky.app/profile/x.example"}]},
        {"posts": [{"id": 1, "title": "A blog", "url": "https://blog.example"}]},
        [{"text": "hello", "id": 3}],
        {},
        [],
        [1, 2],
        {"name": "package", "version": "1"},
    ],
)
def test_other_json_is_not_ours(value: Any) -> None:
    """JSON Feed, blogs, packages and plain lists are left to others."""
    assert bluesky_json.looks_like(dump(value)) is None


def test_a_profile_is_no_list_of_posts() -> None:
    """An answer whose `posts` is a number is refused by its keys."""
    with pytest.raises(ParseError, match="followers"):
        bluesky_json.parse(b'{"did":"did:plc:x","posts":5,"followers":{"a":[1]}}')


def test_an_error_answer_says_what_it_said() -> None:
    """The service's own words are in the message."""
    with pytest.raises(ParseError, match="AuthMissing"):
        bluesky_json.parse(b'{"error":"AuthMissing","message":"Authentication Required"}')


@pytest.mark.parametrize(
    "bad",
    [
        '{"post": ' + "[" * 50_000 + "]" * 50_000 + "}",
        '{"post": {"uri": "at://x", "record": {"text": 3}}}',
        '{"post": 7}',
        '{"post": nope}',
        "7",
        "null",
        '{"post": {"uri": 5, "record": {"text": 9}}}',
    ],
)
def test_one_bad_item_costs_only_itself(bad: str) -> None:
    """In a page and in lines, whatever an item is, those before and after it are read."""
    before, after = dump({"post": view(record("before"), 0)}), dump({"post": view(record("after"), 1)})
    page = b'{"feed":[' + before + b"," + bad.encode() + b"," + after + b"]}"
    lines = before + b"\n" + bad.encode() + b"\n" + after + b"\n"
    for data, place in ((page, "record 2"), (lines, "line 2")):
        found = read(data)
        assert [post.text for post in found.records] == ["before", "after"]
        assert found.problems[0].where.startswith(place)


def test_bytes_that_are_no_utf_8_cost_one_item() -> None:
    """A byte of another encoding is one problem; the item's neighbours are read."""
    data = author_feed(account()).replace(b"office", b"off\xe9ce")
    found = read(data)
    assert len(found.records) >= 6


def test_a_broken_off_page_keeps_its_whole_items() -> None:
    """Cut anywhere, items before the cut are read and the cut is named with its byte."""
    data = author_feed(account())
    whole = {post.uri: post.text for post in posts(data)}
    for end in range(20, len(data), 97):
        try:
            found = bluesky_json.parse(data[:end])
        except ParseError:
            continue
        assert all(whole[post.uri] == post.text for post in found.records)
        assert found.problems
    assert len(bluesky_json.parse(data[: len(data) * 9 // 10]).records) >= 4


@pytest.mark.parametrize("bomb", [b"[" * 1_000_000, b'{"feed":' * 100_000, b'{"feed":[' * 100_000, b'{"a":[' * 200_000])
def test_a_bomb_is_refused(bomb: bytes) -> None:
    """A million brackets are no document."""
    with pytest.raises(ParseError):
        bluesky_json.parse(bomb)


def test_a_deep_thread_is_a_problem() -> None:
    """A thread nested beyond what a parser takes gives its posts, and says that something was odd."""
    node: dict[str, Any] = {"post": view(record("x"), 0)}
    text = dump(node)
    opening = b'{"post":' + dump(view(record("x"), 0)) + b',"replies":['
    found = bluesky_json.parse(b'{"thread":' + opening * 3000 + text + b"]}" * 3000 + b"}")
    assert len(found.records) == 1
    assert found.problems


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_never_raises_anything_else(draw: st.DataObject) -> None:
    """Flipped bytes in any form give posts and problems, or ParseError."""
    form = draw.draw(st.sampled_from([author_feed, list_records, sdk_dump, jetstream]))
    data = bytearray(form(account()[:4]))
    for _ in range(draw.draw(st.integers(1, 5))):
        data[draw.draw(st.integers(0, len(data) - 1))] = draw.draw(st.integers(0, 255))
    bluesky_json.looks_like(bytes(data))
    with contextlib.suppress(ParseError):
        bluesky_json.parse(bytes(data))


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["uri", "text", "post", "record", "feed", "posts", "records", "thread", "value", "author",
                         "commit", "payload", "did", "kind", "reply", "parent", "replies", "labels", "embed", "$type",
                         "createdAt", "data", "langs", "facets", "collection", "rkey", "operation"]),
        inner, max_size=5),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(_VALUES)
def test_any_json_raises_nothing_but_parse_error(value: Any) -> None:
    """Known names around values of any type."""
    with contextlib.suppress(ParseError):
        bluesky_json.parse(dump(value))


# ------------------------------------------------------------------ real files


def test_a_real_library_dump(shared: Path) -> None:
    """50 items of a real author feed: reposts, replies, quotes, cards."""
    path = shared / "samples" / "bluesky" / "author_feed_python_sdk.json"
    if not path.exists():
        pytest.skip("the sample is not there")
    found = parse(path.read_bytes())
    assert found.format == "bluesky-json"
    assert found.problems == ()
    made = [post for post in found.records if isinstance(post, Post)]
    assert len(made) == 50
    assert sum(post.reposted_by is not None for post in made) == 3
    assert sum(post.reply_parent is not None for post in made) == 10
    assert sum(post.quote_uri is not None for post in made) == 6
    assert sum(post.card is not None for post in made) == 5
    assert not any("..." in url for post in made for url in post.urls)
    assert all(post.created_at and post.counts.likes is not None and post.author for post in made)
