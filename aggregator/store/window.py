"""Coverage of a window of time, with all that an issue needs of it, and what came before.

Two ways to choose: a look back takes what was published in the window; an issue takes what came in before its
cut-off and is in no issue yet, so that nothing falls between two issues and nothing goes twice.
All reads touch the rows of the window and indexes, never the whole archive.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Sequence

import msgspec

from aggregator.issue_model import History, Item, LinkView, QuoteView, one_of_each
from aggregator.model import Term
from aggregator.store.connect import Connection, Row, one, rows
from aggregator.store.posts import Posts
from aggregator.times import parse_utc, utc
from parsers.model import Record

WEEK = dt.timedelta(days=7)
#: Letters of a text in which its first words are looked for.
BEGINNING = 600
_END = re.compile(r"[.!?\n]")
#: Words of a thread's first sentence that serve as its title.
TITLE_WORDS = 14

_ITEM = """
    SELECT c.id, c.key, c.kind, c.headline, c.summary, c.text, c.who, c.url, c.published_at, c.ingested_at,
      s.key, c.is_lead, t.parts_found, t.expected, t.missing, t.complete, a.date_only, a.stub,
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
        # Through an index, and to the wide rows only of what is in no issue: most of the last weeks is in one.
        items = self._items(
            "c.id IN (SELECT c.id FROM (SELECT id FROM coverage WHERE published_at >= ?2 UNION ALL "
            f"SELECT id FROM coverage WHERE published_at IS NULL AND ingested_at >= ?2) c WHERE {_FREE}) "
            "AND c.ingested_at < ?1",
            utc(until_at),
            utc(oldest),
        )
        return self._risen(self._followed(items), until_at)

    def of_issue(self, issue: str) -> list[Item]:
        """What an issue holds, with links and quotations as they stand now."""
        items = self._items("c.id IN (SELECT coverage_id FROM issue_item WHERE issue_id = ?)", issue)
        return list(self._followed(items, issue).values())

    def _risen(self, items: dict[int, Item], until_at: dt.datetime) -> list[Item]:
        """Items with how much their likes rose in the last week, where earlier readings are known."""
        threads = (coverage_id for coverage_id, item in items.items() if item.kind == "thread")
        for coverage_id, counts in Posts(self._db).growth(utc(until_at - WEEK) or "", threads).items():
            items[coverage_id] = msgspec.structs.replace(items[coverage_id], likes_risen=counts.likes)
        return list(items.values())

    def _followed(self, items: dict[int, Item], issue: str = "") -> dict[int, Item]:
        """Items marked with the latest earlier issue that had their story."""
        query = """
            SELECT c.id, max(i.issue_id) AS issue FROM coverage c
            JOIN coverage o ON o.story_id = c.story_id AND o.id != c.id
            JOIN issue_item i ON i.coverage_id = o.id
            WHERE c.id IN (SELECT value FROM json_each(?)) AND i.issue_id != ? GROUP BY c.id
        """
        for row in self._db.execute(query, (json.dumps(list(items)), issue)):
            items[row["id"]] = msgspec.structs.replace(items[row["id"]], follows=row["issue"])
        return items

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
        return list(self._items("c.published_at IS NULL AND c.kind = 'article'").values())

    def by_keys(self, keys: Sequence[str]) -> list[Item]:
        """Coverage by public names."""
        return list(self._items("c.key IN (SELECT value FROM json_each(?))", json.dumps(keys)).values())

    def _items(self, where: str, *parameters: object) -> dict[int, Item]:
        """Coverage by its row, with links and quotations."""
        found = rows(self._db, f"{_ITEM} WHERE {where}", *parameters)
        ids = json.dumps([row[0] for row in found])
        links, quotes = self._links(ids), self._quotes(ids)
        return {row[0]: _item(row, links.get(row[0], ()), quotes.get(row[0], ())) for row in found}

    def _links(self, ids: str) -> dict[int, tuple[LinkView, ...]]:
        """Links of coverage, rejected ones left out, near-same ones named once: decided ones first, then the best."""
        query = """
            SELECT l.coverage_id, l.statement_id, l.status, l.band, l.score, l.evidence, s.key, s.title
            FROM link l JOIN statement s ON s.id = l.statement_id
            WHERE l.coverage_id IN (SELECT value FROM json_each(?)) AND l.status != 'rejected'
            ORDER BY l.status = 'proposed', l.score DESC, s.key
        """
        areas: dict[int, tuple[str, ...]] = {}
        for row in self._db.execute("SELECT statement_id, area FROM statement_area ORDER BY statement_id, area"):
            areas[row[0]] = (*areas.get(row[0], ()), row[1])
        views: dict[int, tuple[LinkView, ...]] = {}
        for row in self._db.execute(query, (ids,)):
            view = link_view(row, areas.get(row["statement_id"], ()))
            views[row["coverage_id"]] = (*views.get(row["coverage_id"], ()), view)
        return {coverage: one_of_each(links) for coverage, links in views.items()}

    def _quotes(self, ids: str) -> dict[int, tuple[QuoteView, ...]]:
        """What our people said; parts of sentences are shown with their coverage and count nowhere."""
        query = (
            "SELECT * FROM quote WHERE coverage_id IN (SELECT value FROM json_each(?)) AND NOT partial "
            "ORDER BY coverage_id, n"
        )
        views: dict[int, tuple[QuoteView, ...]] = {}
        for row in self._db.execute(query, (ids,)):
            view = QuoteView(speaker=row["speaker"], quote=row["quote"], verb=row["verb"], partial=bool(row["partial"]))
            views[row["coverage_id"]] = (*views.get(row["coverage_id"], ()), view)
        return views

    def history(
        self, from_at: dt.datetime, zone: dt.tzinfo = dt.UTC, *, look_back: bool = False, rules: str = ""
    ) -> History:
        """The seven weeks before a window, and how each position fared; see `store.history`."""
        from aggregator.store.history import Histories

        return Histories(self._db).before(from_at, zone, look_back=look_back, rules=rules)


class _Told(Record, frozen=True, kw_only=True):
    """What a mail tells of a proposal; the rest of it is not read."""

    their_sentence: str | None = None
    our_sentence: str | None = None
    terms: tuple[Term, ...] = ()
    echo: tuple[str, ...] = ()
    old_echo: tuple[str, ...] = ()
    group: tuple[str, ...] = ()


def link_view(row: Row, areas: tuple[str, ...]) -> LinkView:
    """A row of `link` joined with its statement as the digest shows it."""
    told = msgspec.json.decode(row["evidence"], type=_Told)
    return LinkView(
        statement_id=row["key"],
        title=row["title"],
        areas=areas,
        status=row["status"],
        band=row["band"],
        score=row["score"],
        their_sentence=told.their_sentence,
        our_sentence=told.our_sentence,
        terms=tuple([term.text for term in told.terms]),
        echo=told.echo,
        old_echo=told.old_echo,
        group=told.group,
    )


def _item(row: Row, links: tuple[LinkView, ...], quotes: tuple[QuoteView, ...]) -> Item:
    # By place: looking up twenty names a row costs as much as reading the row.
    (
        _, key, kind, headline, summary, text, who, url, published_at, ingested_at, story, is_lead,
        parts_found, expected, missing, complete, date_only, stub, likes, reposts, card_title,
    ) = row  # fmt: skip
    return Item(
        id=key,
        kind=kind,
        title=thread_title(text, card_title) if kind == "thread" else headline or "(no headline)",
        who=who,
        url=url,
        published_at=parse_utc(published_at),
        came_at=None if published_at else parse_utc(ingested_at),
        date_only=bool(date_only),
        text=text or summary or "",
        story=story,
        is_lead=bool(is_lead),
        stub=bool(stub),
        links=links,
        quotes=quotes,
        parts_found=parts_found or 1,
        parts_expected=expected,
        missing=() if missing in (None, "[]") else tuple(json.loads(missing)),
        complete=None if complete is None else bool(complete),
        likes=likes or 0,
        reposts=reposts or 0,
    )


def thread_title(text: str, card_title: str | None = None) -> str:
    """The first sentence of a thread, cut to a headline's length; where it says little, the title of its link card.

    >>> thread_title("We asked 900 clerks. Their answer is plain.")
    'We asked 900 clerks.'
    >>> thread_title("Well worth a read!", "Clerks count the cost of lost mornings")
    'Clerks count the cost of lost mornings'
    """
    text = text[:BEGINNING].strip()
    ends = (match.end() for match in _END.finditer(text) if match[0] == "\n" or text[match.end() :][:1].isspace())
    first = text[: next(ends, len(text))].strip()
    if card_title and _says_little(first):
        return card_title
    words = first.split(None, TITLE_WORDS + 1)
    if len(words) < 3:
        words = text.split(None, TITLE_WORDS + 1)
    return " ".join(words[:TITLE_WORDS]) + (" …" if len(words) > TITLE_WORDS else "") or "(a post without text)"


def _says_little(sentence: str) -> bool:
    """Whether a sentence only points at what follows: few words that carry anything, or an opening for a link.

    >>> [_says_little(s) for s in ("Wow!", "Read our response here:", "Ministers cut the library grant.")]
    [True, True, False]
    """
    words = [word for word in sentence.split() if not word.startswith(("http", "@", "#", "www."))]
    telling = [word for word in words if len(word.strip(".,:;!?()“”\"'")) >= 5]
    return len(telling) < 3 or sentence.endswith((":", "👇", "⬇️", "→"))
