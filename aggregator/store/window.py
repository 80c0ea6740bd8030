"""Coverage of a window of time, with all that an issue needs of it, and what came before.

Two ways to choose: a look back takes what was published in the window; an issue takes what came in before its
cut-off and is in no issue yet, so that nothing falls between two issues and nothing goes twice.
All reads touch the rows of the window and indexes, never the whole archive.
"""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterable, Sequence

import msgspec

from aggregator.issue_model import History, Item, LinkView, PositionCount, QuoteView, WeekCount, one_of_each
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.links import evidence
from aggregator.store.posts import Posts
from aggregator.times import parse_utc, utc

WEEK = dt.timedelta(days=7)
#: An archive whose first piece is this far into a week has the week: nothing may have been said on its Monday.
BEGINNING = dt.timedelta(days=2)
#: Words of a thread's first sentence that serve as its title.
TITLE_WORDS = 14

_ITEM = """
    SELECT c.*, s.key AS story_key, t.parts_found, t.expected, t.missing, t.complete, a.date_only, a.stub,
      (SELECT sum(likes) FROM post WHERE thread_id = c.id) AS likes,
      (SELECT sum(reposts) FROM post WHERE thread_id = c.id) AS reposts,
      (SELECT card_title FROM post WHERE thread_id = c.id AND card_title IS NOT NULL ORDER BY part) AS card_title
    FROM coverage c LEFT JOIN story s ON s.id = c.story_id
    LEFT JOIN thread t ON t.coverage_id = c.id LEFT JOIN article a ON a.coverage_id = c.id
"""


#: In no issue, and not left out of all of them.
_FREE = (
    "NOT EXISTS (SELECT 1 FROM issue_item i WHERE i.coverage_id = c.id) "
    "AND NOT EXISTS (SELECT 1 FROM issue_excluded e WHERE e.coverage_id = c.id)"
)


class Windows:
    """Reads of coverage by time."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    def published(self, from_at: dt.datetime, until_at: dt.datetime) -> list[Item]:
        """Coverage published in the window."""
        items = self._items("c.published_at >= ? AND c.published_at < ?", utc(from_at), utc(until_at))
        return self._risen(items, until_at)

    def fresh(self, until_at: dt.datetime, oldest: dt.datetime) -> list[Item]:
        """Coverage that came in before `until_at`, is in no issue, and is not older than `oldest`."""
        # Both ways through an index: nothing older than `oldest` is looked at.
        items = self._items(
            "(c.published_at >= ?2 OR c.published_at IS NULL AND c.ingested_at >= ?2) AND c.ingested_at < ?1 "
            f"AND {_FREE}",
            utc(until_at),
            utc(oldest),
        )
        follows = self._follows([item.id for item in items])
        items = [msgspec.structs.replace(item, follows=follows.get(item.id)) for item in items]
        return self._risen(items, until_at)

    def _risen(self, items: list[Item], until_at: dt.datetime) -> list[Item]:
        """Items with how much their likes rose in the last week, where earlier readings are known."""
        keys = json.dumps([item.id for item in items])
        ids = {
            row["id"]: row["key"]
            for row in self._db.execute(
                "SELECT id, key FROM coverage WHERE kind = 'thread' AND key IN (SELECT value FROM json_each(?))",
                (keys,),
            )
        }
        grown = Posts(self._db).growth(utc(until_at - WEEK) or "", ids)
        risen = {ids[coverage_id]: counts.likes for coverage_id, counts in grown.items()}
        return [
            msgspec.structs.replace(item, likes_risen=risen[item.id]) if item.id in risen else item for item in items
        ]

    def _follows(self, keys: Sequence[str], issue: str = "") -> dict[str, str]:
        """Which of these have a story that an earlier issue had, and the latest such issue."""
        query = """
            SELECT c.key, max(i.issue_id) AS issue FROM coverage c
            JOIN coverage o ON o.story_id = c.story_id AND o.id != c.id
            JOIN issue_item i ON i.coverage_id = o.id
            WHERE c.key IN (SELECT value FROM json_each(?)) AND i.issue_id != ? GROUP BY c.id
        """
        return {row["key"]: row["issue"] for row in self._db.execute(query, (json.dumps(keys), issue))}

    def of_issue(self, issue: str) -> list[Item]:
        """What an issue holds, with links and quotations as they stand now."""
        items = self._items("c.id IN (SELECT coverage_id FROM issue_item WHERE issue_id = ?)", issue)
        follows = self._follows([item.id for item in items], issue)
        return [msgspec.structs.replace(item, follows=follows.get(item.id)) for item in items]

    def too_old(self, from_at: dt.datetime, until_at: dt.datetime, oldest: dt.datetime) -> int:
        """How many pieces came in too old for an issue since `from_at`."""
        row = one(
            self._db,
            "SELECT count(*) FROM coverage c WHERE c.ingested_at >= ? AND c.ingested_at < ? AND c.published_at < ? "
            f"AND {_FREE}",
            utc(from_at),
            utc(until_at),
            utc(oldest),
        )
        return row[0] if row else 0

    def undated(self) -> list[Item]:
        """Articles without a date of publication."""
        return self._items("c.published_at IS NULL AND c.kind = 'article'")

    def by_keys(self, keys: Sequence[str]) -> list[Item]:
        """Coverage by public names."""
        return self._items(f"c.key IN ({', '.join('?' * len(keys))})", *keys)

    def _items(self, where: str, *parameters: object) -> list[Item]:
        found = rows(self._db, f"{_ITEM} WHERE {where}", *parameters)
        ids = [row["id"] for row in found]
        links, quotes = self._links(ids), self._quotes(ids)
        return [_item(row, links.get(row["id"], ()), quotes.get(row["id"], ())) for row in found]

    def _links(self, ids: Sequence[int]) -> dict[int, tuple[LinkView, ...]]:
        """Links of coverage, rejected ones left out, near-same ones named once: decided ones first, then the best."""
        query = """
            SELECT l.*, s.key, s.title,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas
            FROM link l JOIN statement s ON s.id = l.statement_id
            WHERE l.coverage_id IN (SELECT value FROM json_each(?)) AND l.status != 'rejected'
            ORDER BY l.status = 'proposed', l.score DESC, s.key
        """
        views: dict[int, tuple[LinkView, ...]] = {}
        for row in self._db.execute(query, (json.dumps(ids),)):
            views[row["coverage_id"]] = (*views.get(row["coverage_id"], ()), link_view(row))
        return {coverage: one_of_each(links) for coverage, links in views.items()}

    def _quotes(self, ids: Sequence[int]) -> dict[int, tuple[QuoteView, ...]]:
        query = "SELECT * FROM quote WHERE coverage_id IN (SELECT value FROM json_each(?)) ORDER BY coverage_id, n"
        views: dict[int, tuple[QuoteView, ...]] = {}
        for row in self._db.execute(query, (json.dumps(ids),)):
            view = QuoteView(speaker=row["speaker"], quote=row["quote"], verb=row["verb"], partial=bool(row["partial"]))
            views[row["coverage_id"]] = (*views.get(row["coverage_id"], ()), view)
        return views

    # -------------------------------------------------------------- history

    def history(self, from_at: dt.datetime, zone: dt.tzinfo = dt.UTC) -> History:
        """The seven weeks before a window, by publication, and how each position fared.

        Weeks begin at the window's time of day in the team's `zone`, whatever the clocks did in between.
        A week in which the archive only began is left out: what is missing of it would look like a rise.
        """
        since = self._since()
        local = from_at.astimezone(zone).replace(tzinfo=None)
        starts = [(local - n * WEEK).replace(tzinfo=zone).astimezone(dt.UTC) for n in range(7, -1, -1)]
        known = [
            self._week(start, end) for start, end in itertools.pairwise(starts) if since and since - start <= BEGINNING
        ]
        return History(weeks=tuple(known), positions=tuple(self._positions(from_at)), archive_since=since)

    def _since(self) -> dt.datetime | None:
        """When the archive's coverage begins."""
        row = one(self._db, "SELECT min(published_at) FROM coverage")
        return parse_utc(row[0]) if row else None

    def _week(self, from_at: dt.datetime, until_at: dt.datetime) -> WeekCount:
        span = (utc(from_at), utc(until_at))
        row = one(
            self._db,
            """
            WITH piece AS (
              SELECT coalesce(c.story_id, -c.id) AS story, c.kind = 'article' AS article, t.parts_found > 1 AS thread,
                EXISTS (SELECT 1 FROM link l WHERE l.coverage_id = c.id AND (l.status IN ('confirmed', 'added')
                  OR l.status = 'proposed' AND l.band = 'likely')) AS linked,
                (SELECT count(*) FROM quote q WHERE q.coverage_id = c.id) AS quotes
              FROM coverage c LEFT JOIN thread t ON t.coverage_id = c.id
              WHERE c.published_at >= ? AND c.published_at < ?
            ), grouped AS (
              SELECT count(*) AS n, sum(article) AS articles, sum(thread) AS threads, sum(linked) AS linked,
                sum(quotes) AS quotes FROM piece GROUP BY story
            )
            -- A lone post on none of our positions is coverage and no story.
            SELECT coalesce(sum(n), 0) AS coverage,
              count(*) FILTER (WHERE n > 1 OR articles OR linked OR threads) AS stories,
              coalesce(sum(linked), 0) AS linked, coalesce(sum(quotes), 0) AS quotes,
              coalesce(sum(threads), 0) AS threads FROM grouped
            """,
            *span,
        )
        assert row is not None
        return WeekCount(from_at=from_at, **{name: row[name] for name in row.keys()})  # noqa: SIM118

    def _positions(self, from_at: dt.datetime) -> Iterable[PositionCount]:
        query = """
            SELECT s.key, s.title,
              (SELECT json_group_array(area) FROM statement_area WHERE statement_id = s.id) AS areas,
              count(c.id) FILTER (WHERE c.published_at >= ?1) AS last_week,
              count(c.id) FILTER (WHERE c.published_at >= ?2) AS four_weeks,
              max(c.published_at) AS last_covered
            FROM statement s
            LEFT JOIN link l ON l.statement_id = s.id AND l.status != 'rejected'
              AND (l.band = 'likely' OR l.status != 'proposed')
            LEFT JOIN coverage c ON c.id = l.coverage_id AND c.published_at < ?3
            WHERE s.retired_at IS NULL GROUP BY s.id ORDER BY s.key
        """
        for row in self._db.execute(query, (utc(from_at - WEEK), utc(from_at - 4 * WEEK), utc(from_at))):
            yield PositionCount(
                statement_id=row["key"],
                title=row["title"],
                areas=tuple(json.loads(row["areas"])),
                last_week=row["last_week"],
                four_weeks=row["four_weeks"],
                last_covered=parse_utc(row["last_covered"]),
            )


def link_view(row: Row) -> LinkView:
    """A row of `link` joined with its statement as the digest shows it."""
    found = evidence(row)
    return LinkView(
        statement_id=row["key"],
        title=row["title"],
        areas=tuple(json.loads(row["areas"])),
        status=row["status"],
        band=row["band"],
        score=row["score"],
        their_sentence=found.their_sentence if found else None,
        our_sentence=found.our_sentence if found else None,
        terms=tuple(term.text for term in found.terms) if found else (),
        echo=found.echo if found else (),
        old_echo=found.old_echo if found else (),
        group=found.group if found else (),
    )


def _item(row: Row, links: tuple[LinkView, ...], quotes: tuple[QuoteView, ...]) -> Item:
    is_thread = row["kind"] == "thread"
    return Item(
        id=row["key"],
        kind=row["kind"],
        title=thread_title(row["text"], row["card_title"]) if is_thread else row["headline"] or "(no headline)",
        who=row["who"],
        url=row["url"],
        published_at=parse_utc(row["published_at"]),
        date_only=bool(row["date_only"]),
        text=row["text"] or row["summary"] or "",
        story=row["story_key"],
        is_lead=bool(row["is_lead"]),
        stub=bool(row["stub"]),
        links=links,
        quotes=quotes,
        parts_found=row["parts_found"] or 1,
        parts_expected=row["expected"],
        missing=tuple(json.loads(row["missing"] or "[]")),
        complete=None if row["complete"] is None else bool(row["complete"]),
        likes=row["likes"] or 0,
        reposts=row["reposts"] or 0,
    )


def thread_title(text: str, card_title: str | None = None) -> str:
    """The first sentence of a thread, cut to a headline's length; where it says little, the title of its link card.

    >>> thread_title("We asked 900 clerks. Their answer is plain.")
    'We asked 900 clerks.'
    >>> thread_title("Well worth a read!", "Clerks count the cost of lost mornings")
    'Clerks count the cost of lost mornings'
    """
    import re

    text = text.strip()
    first = re.split(r"(?<=[.!?])\s|\n", text, maxsplit=1)[0].strip()
    if card_title and _says_little(first):
        return card_title
    words = (first if len(first.split()) > 2 else text).split()
    return " ".join(words[:TITLE_WORDS]) + (" …" if len(words) > TITLE_WORDS else "") or "(a post without text)"


def _says_little(sentence: str) -> bool:
    """Whether a sentence only points at what follows: few words that carry anything, or an opening for a link.

    >>> [_says_little(s) for s in ("Wow!", "Read our response here:", "Ministers cut the library grant.")]
    [True, True, False]
    """
    words = [word for word in sentence.split() if not word.startswith(("http", "@", "#", "www."))]
    telling = [word for word in words if len(word.strip(".,:;!?()“”\"'")) >= 5]
    return len(telling) < 3 or sentence.endswith((":", "👇", "⬇️", "→"))
