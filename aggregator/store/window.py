"""Coverage of a window of time, with all that an issue needs of it, and what came before.

Two ways to choose: a look back takes what was published in the window; an issue takes what came in before its
cut-off and is in no issue yet, so that nothing falls between two issues and nothing goes twice.
All reads touch the rows of the window and indexes, never the whole archive.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import msgspec

from aggregator.issue_model import History, Item, LinkView, QuoteView, one_of_each
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.links import evidence
from aggregator.store.posts import Posts
from aggregator.times import parse_utc, utc
from parsers.model import Record

WEEK = dt.timedelta(days=7)
#: How long an edit of what was mailed is news.
REMEMBERED = 5 * WEEK
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


class Edited(Record, frozen=True, kw_only=True):
    """An article that an issue named, in three of its versions."""

    item: Item
    mailed_at: str
    mailed: str  # the text when its issue was frozen
    before: str  # when the latest issue was
    now: str


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

    # -------------------------------------------------------------- against earlier issues

    def earlier_texts(self, keys: Sequence[str]) -> dict[str, list[str]]:
        """Key → what the same outlet has on the same story in earlier issues, as it reads now."""
        query = """
            SELECT c.key, o.text FROM coverage c
            JOIN coverage o ON o.story_id = c.story_id AND o.id != c.id AND o.who = c.who AND o.kind = c.kind
            JOIN issue_item i ON i.coverage_id = o.id
            LEFT JOIN issue_item own ON own.coverage_id = c.id
            WHERE c.key IN (SELECT value FROM json_each(?)) AND i.issue_id IS NOT own.issue_id
        """
        texts: dict[str, list[str]] = {}
        for row in self._db.execute(query, (json.dumps(keys),)):
            texts.setdefault(row["key"], []).append(row["text"])
        return texts

    def edited(self, frozen: dt.datetime, until: dt.datetime) -> list[Edited]:
        """Articles that an issue of the last weeks named and that have new versions since `frozen`."""
        found = rows(
            self._db,
            """
            SELECT c.key, c.id, n.frozen_at FROM issue n JOIN issue_item i ON i.issue_id = n.id
            JOIN coverage c ON c.id = i.coverage_id
            WHERE n.until_at >= ? AND n.until_at < ? AND n.state IN ('sending', 'sent') AND i.section != 'archive'
              AND c.kind = 'article' AND c.changed_at >= ?
              AND EXISTS (SELECT 1 FROM article_version v WHERE v.coverage_id = c.id AND v.seen_at >= ?)
            """,
            utc(frozen - REMEMBERED),
            utc(until),
            utc(frozen),
            utc(frozen),
        )
        items = {item.id: item for item in self.by_keys([row["key"] for row in found])}
        return [
            Edited(
                item=items[row["key"]],
                mailed_at=row["frozen_at"],
                mailed=self._version(row["id"], row["frozen_at"]),
                before=self._version(row["id"], utc(frozen)),
                now=self._version(row["id"], utc(until)),
            )
            for row in found
        ]

    def _version(self, coverage_id: int, moment: str | None) -> str:
        """The text of an article at a moment; its first one where it came later."""
        query = "SELECT text FROM article_version WHERE coverage_id = ? AND {} ORDER BY version {} LIMIT 1"
        row = one(self._db, query.format("seen_at < ?", "DESC"), coverage_id, moment) or one(
            self._db, query.format("seen_at >= ?", "ASC"), coverage_id, moment
        )
        return row["text"] if row else ""

    def history(self, from_at: dt.datetime, zone: dt.tzinfo = dt.UTC, *, look_back: bool = False) -> History:
        """The seven weeks before a window, and how each position fared; see `store.history`."""
        from aggregator.store.history import Histories

        return Histories(self._db).before(from_at, zone, look_back=look_back)


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
