"""Stories, and the quotations of our people: what grouping and quote finding gave, and what people changed."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence

import msgspec

from aggregator import identity
from aggregator.issue_model import QuoteView
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.posts import PostExtra
from aggregator.story_model import StoryGroup, StoryItem
from aggregator.times import parse_utc
from parsers.short_urls import shortened

_ITEMS = """
    SELECT c.*, a.standfirst, a.outlet, a.stub,
      (SELECT json_group_array(json_object('text', p.text, 'extra', p.extra, 'title', p.card_title,
        'url', p.card_url)) FROM post p WHERE p.thread_id = c.id) AS posts
    FROM coverage c LEFT JOIN article a ON a.coverage_id = c.id
"""


class Stories:
    """Coverage of the same event, put together."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def stale_span(self) -> tuple[str, str] | None:
        """First and last publication of coverage that came or changed since grouping; None when there is none."""
        row = one(
            self._db,
            "SELECT min(coalesce(published_at, '9999')), max(coalesce(published_at, '')) FROM coverage "
            "WHERE grouped_sha IS NOT text_sha",
        )
        return (row[0], row[1]) if row and row[0] is not None else None

    def items(self, from_at: str, until_at: str) -> list[StoryItem]:
        """Coverage of a span of publication as the grouping sees it; what has no date comes along."""
        # A story that reaches into the span is seen whole, or its members outside would be torn off.
        query = (
            f"{_ITEMS} WHERE c.published_at IS NULL OR c.published_at BETWEEN ?1 AND ?2 OR c.story_id IN "
            "(SELECT story_id FROM coverage WHERE published_at BETWEEN ?1 AND ?2 AND story_id IS NOT NULL)"
        )
        return [_story_item(row) for row in self._db.execute(query, (from_at, until_at))]

    def hand_made(self) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
        """Pairs that people split, and pairs that they merged."""
        found = rows(
            self._db,
            # What was named then may bear another name now.
            """
            SELECT d.verdict, coalesce(a.key, d.one) AS one, coalesce(b.key, d.two) AS two FROM story_decision d
            LEFT JOIN coverage_name x ON x.key = d.one LEFT JOIN coverage a ON a.id = x.coverage_id
            LEFT JOIN coverage_name y ON y.key = d.two LEFT JOIN coverage b ON b.id = y.coverage_id
            ORDER BY d.at, d.one, d.two
            """,
        )
        return (
            [(row["one"], row["two"]) for row in found if row["verdict"] == "apart"],
            [(row["one"], row["two"]) for row in found if row["verdict"] == "together"],
        )

    def save(self, groups: Sequence[StoryGroup], among: Collection[str]) -> int:
        """Store the grouping of the coverage `among` these keys; gives how many stories of two and more there are.

        The caller holds the transaction.
        """
        wanted: dict[str, tuple[str | None, str | None, int]] = dict.fromkeys(among, (None, None, 0))
        for group in groups:
            if len(group.ids) < 2:
                continue
            story = identity.digest("y", group.lead_id)
            reasons = {joined.id: joined.reason for joined in group.joined}
            for key in group.ids:
                wanted[key] = (story, reasons.get(key), int(key == group.lead_id))
        self._write(wanted)
        return sum(len(group.ids) > 1 for group in groups)

    def _write(self, wanted: dict[str, tuple[str | None, str | None, int]]) -> None:
        names = {story for story, _, _ in wanted.values() if story}
        self._db.executemany("INSERT INTO story (key) VALUES (?) ON CONFLICT DO NOTHING", [(key,) for key in names])
        ids = {row["key"]: row["id"] for row in self._db.execute("SELECT id, key FROM story")}
        query = "SELECT key, story_id, story_reason, is_lead FROM coverage"
        changed = [
            (story_id, reason, lead, row["key"])
            for row in self._db.execute(query).fetchall()
            if row["key"] in wanted
            for story, reason, lead in [wanted[row["key"]]]
            for story_id in [ids[story] if story else None]
            if (row["story_id"], row["story_reason"], row["is_lead"]) != (story_id, reason, lead)
        ]
        self._db.executemany("UPDATE coverage SET story_id = ?, story_reason = ?, is_lead = ? WHERE key = ?", changed)
        self._db.executemany(
            "UPDATE coverage SET grouped_sha = text_sha WHERE key = ? AND grouped_sha IS NOT text_sha",
            [(key,) for key in wanted],
        )
        self._db.execute("DELETE FROM story WHERE id NOT IN (SELECT story_id FROM coverage WHERE story_id IS NOT NULL)")


class Quotes:
    """Words of our people."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def waiting(self, rule: str) -> list[tuple[int, str, str | None, str]]:
        """Id, text, author or outlet, and mark of coverage whose text was not searched by `rule` yet."""
        query = """
            SELECT c.id, c.text, c.who, c.text_sha FROM coverage c
            WHERE c.quoted_sha IS NOT c.text_sha || '/' || ?
        """
        found = rows(self._db, query, rule)
        return [(row["id"], row["text"], row["who"], f"{row['text_sha']}/{rule}") for row in found]

    def save(
        self, coverage_id: int, quotes: Sequence[tuple[QuoteView, str, Sequence[tuple[int, int]]]], mark: str
    ) -> None:
        """Replace the quotations of one coverage, each with the reason for its speaker and its places in the text."""
        self._db.execute("DELETE FROM quote WHERE coverage_id = ?", (coverage_id,))
        self._db.executemany(
            "INSERT INTO quote (coverage_id, speaker, quote, verb, reason, partial, n, spans) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (coverage_id, quote.speaker, quote.quote, quote.verb, reason, int(quote.partial), n, json.dumps(spans))
                for n, (quote, reason, spans) in enumerate(quotes)
            ],
        )
        self._db.execute("UPDATE coverage SET quoted_sha = ? WHERE id = ?", (mark, coverage_id))

    def count(self) -> int:
        """All quotations."""
        row = one(self._db, "SELECT count(*) FROM quote")
        return row[0] if row else 0


def _story_item(row: Row) -> StoryItem:
    posts = json.loads(row["posts"] or "[]")
    urls: dict[str, None] = {row["url"]: None} if row["kind"] == "article" and row["url"] else {}
    for post in posts:
        urls |= dict.fromkeys(msgspec.json.decode(post["extra"], type=PostExtra).urls)
        urls |= {post["url"]: None} if post["url"] else {}
    if row["kind"] == "thread":
        urls |= dict.fromkeys(shortened(row["text"]))  # a scrape holds no other address
    return StoryItem(
        id=row["key"],
        kind=row["kind"],
        headline=row["headline"],
        text=row["text"],
        standfirst=row["standfirst"],
        outlet=row["outlet"],
        published_at=parse_utc(row["published_at"]),
        urls=tuple(urls),
        card_titles=tuple(post["title"] for post in posts if post["title"]),
        stub=bool(row["stub"]),
    )
