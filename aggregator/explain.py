"""Tell the whole journey of a file or a record: how it was recognised, repaired, stitched, linked, and why.

Every line comes from what the stages wrote down when they decided; nothing is worked out again for the telling.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

import parsers
from aggregator import unknown
from aggregator.errors import NotFoundError
from aggregator.explain_post import documents_of, stored_post
from aggregator.explain_repair import repair_lines
from aggregator.explain_story import stored_issue, stored_story
from aggregator.model import LinkProposal
from aggregator.store import Store, names
from aggregator.store.connect import Row, one, rows
from aggregator.store.links import evidence
from parsers.detect import detect
from parsers.model import Article, Hint, ParseResult, Post, Statement

#: Longest text shown of a record; the archive has all of it.
SHOWN = 300
_ORDER = ("headline", "outlet", "date", "url").index


def explain_file(data: bytes, hint: Hint) -> Iterator[str]:
    """What would happen to a document; nothing is stored. Raises `ParseError`."""
    found = detect(data, hint)
    yield f"recognised as {found.format}: {found.reason}"
    result = parsers.read(found, data, hint)
    for name, value in result.notes.items():
        if value not in (None, "", [], ()):
            yield f"{name.replace('_', ' ')}: {_short(value)}"
    for problem in result.problems:
        place = f"{problem.where}: " if problem.where not in ("", "hint") else ""
        yield f"{problem.severity}: {place}{problem.message}"
    yield ""
    yield from _records(result)
    yield from _missing(unknown.unknown(result, hint), hint.name)


def _missing(names: Sequence[str], file: str | None, key: str | None = None) -> Iterator[str]:
    """What is not known, and the ways to give it."""
    asked = [name for name in names if name != "author"]
    if not asked:
        return
    yield f"not known: {', '.join(asked)}"
    is_named = file and "://" not in file and Path(file).suffix  # a paste has no file to give again
    command = unknown.command(asked, file) if file and is_named else None
    if command:
        yield f"  give it: {command}"
    if key:
        yield f"  {'or' if command else 'give it'} in the review app, on the page /coverage/{key}/complete"


def _records(result: ParseResult) -> Iterator[str]:
    posts = [record for record in result.records if isinstance(record, Post)]
    for record in result.records:
        if isinstance(record, Article):
            yield from _article(record)
        elif isinstance(record, Statement):
            yield f"statement {record.id}: {record.title} [{', '.join(record.areas)}]"
    if posts:
        yield from _threads(posts)


def _threads(posts: list[Post]) -> Iterator[str]:
    from parsers.threads import stitch

    for thread in stitch(posts):
        first = thread.posts[0]
        when = first.created_at.isoformat(" ", "minutes") if first.created_at else "no time"
        yield f"{when}  {_short(thread.text, 90)}"
        if len(thread.parts) > 1 or thread.flags:
            yield f"    {len(thread.parts)} parts, {thread.basis}: {thread.reason}"
        yield from (f"    note: {flag}" for flag in thread.flags)
        for place, part in enumerate(thread.parts, 1):
            if len(thread.parts) > 1 and (part.post.card or part.post.steps):
                yield f"    part {part.number or place}:"
            if part.post.card:
                yield f"    card: {part.post.card.title}"
            yield from (f"    {line}" for line in repair_lines(part.post))


def _article(article: Article) -> Iterator[str]:
    for name in ("headline", "standfirst", "byline", "outlet", "section", "published_at", "url", "extractor"):
        value = getattr(article, name)
        if name == "published_at" and value and article.date_only:
            value = value.date()  # nobody gave a time
        yield f"{name.replace('_', ' ')}: {value if value is not None else 'unknown'}"
    yield f"body: {len(article.blocks)} blocks, {len(article.text.split())} words"
    if article.blocks:
        yield f"  from “{_short(article.blocks[0].text, 80)}”"
        yield f"  to   “{_short(article.blocks[-1].text, 80)}”"
    if article.dropped:
        yield "left out:"
        yield from (f"  {_short(line.text, 70)}  ({line.reason})" for line in article.dropped)


def explain_record(store: Store, key: str) -> Iterator[str]:
    """The journey of a stored record, a story or an issue, by its id or url; raises `NotFoundError`."""
    post = one(store.connection, "SELECT * FROM post WHERE key = ?1 OR uri = ?1", key)
    if post:
        yield from stored_post(store, post)
        return
    coverage = _coverage(store, key)
    if coverage:
        yield from _stored_coverage(store, coverage)
        return
    story = one(store.connection, "SELECT * FROM story WHERE key = ?", key)
    if story:
        yield from stored_story(store, story)
        return
    if re.fullmatch(r"\d{4}-W\d{2}", key):
        yield from stored_issue(store, store.issues.get(key))
        return
    statement = next(iter(store.statements.rows("s.key = ?", key)), None)
    if statement is None:
        raise NotFoundError(
            f"nothing in the archive is called “{key}”; give a file, a url, a week as 2026-W46, "
            "or an id as “export” and “search” show it"
        )
    yield from _stored_statement(store, statement)


def _coverage(store: Store, key: str) -> Row | None:
    found = names.find(store.connection, key)
    return one(store.connection, "SELECT * FROM coverage WHERE id = ?1 OR url = ?2 ORDER BY id", found, key)


def _stored_coverage(store: Store, row: Row) -> Iterator[str]:
    db = store.connection
    article = store.articles.get(row["id"]) if row["kind"] == "article" else None
    yield f"{row['kind']} {row['key']}  {_when(row, article)}  {row['who'] or 'unknown'}"
    yield f"{row['headline'] or _short(row['text'], 100)}"
    if row["kind"] == "thread":
        yield from _stored_parts(store, row)
    else:
        if article:
            yield from _article(article)
        yield from _said_of(store, row)
        yield from (f"version {v['version']} seen {v['seen_at']}" for v in store.articles.versions(row["id"]))
    for document in documents_of(store, row["id"]):
        yield f"from {document['name']} ({document['format']}: {document['reason']})"
    if row["story_id"]:
        story = rows(db, "SELECT key, who FROM coverage WHERE story_id = ? AND id != ?", row["story_id"], row["id"])
        yield f"same story as {', '.join(other['key'] for other in story)}: {row['story_reason'] or 'the lead'}"
    yield from _stored_links(store, row["id"])
    for quote in rows(db, "SELECT * FROM quote WHERE coverage_id = ? ORDER BY n", row["id"]):
        yield f"quote: {quote['speaker']} {quote['verb'] or ''}: “{_short(quote['quote'])}” ({quote['reason']})"


def _when(row: Row, article: Article | None) -> str:
    """When a piece came out: the day alone where nobody gave a time."""
    at = row["published_at"] or "no date"
    return str(at[:10] if article and article.date_only and row["published_at"] else at)


def _said_of(store: Store, row: Row) -> Iterator[str]:
    """What people said of an article beside what its sources say, and what is still missing."""
    db, documents = store.connection, documents_of(store, row["id"])
    for document in documents:
        hint = msgspec.json.decode(document["hint"], type=Hint)
        given = [name for name, field in unknown.ARTICLE.items() if getattr(hint, field) is not None]
        if given and "://" not in (document["name"] or ""):
            name = document["name"] or "it"
            yield f"{', '.join(given)} given when {name} was taken in, which wins over what it says itself"
    for word in store.telling.words(row["id"]).values():
        value = "nobody knows" if word.value is None else "given"
        yield f"{word.field} {value} by {word.who}, {word.at}; the sources say {_short(word.source or 'nothing', 100)}"
    for other in rows(db, "SELECT url FROM article_address WHERE coverage_id = ? AND url != ?", row["id"], row["url"]):
        yield f"also found under {other['url']}"
    file = documents[0]["name"] if len(documents) == 1 else None
    yield from _missing(sorted(store.telling.missing([row["id"]]).get(row["id"], ()), key=_ORDER), file, row["key"])


def _stored_parts(store: Store, row: Row) -> Iterator[str]:
    thread = one(store.connection, "SELECT * FROM thread WHERE coverage_id = ?", row["id"])
    assert thread is not None
    yield f"{thread['parts_found']} of {thread['expected'] or '?'} parts, {thread['basis']}: {thread['reason']}"
    yield from (f"note: {flag}" for flag in json.loads(thread["flags"]))
    query = "SELECT * FROM post WHERE thread_id = ? ORDER BY role != 'part', part"
    for post in rows(store.connection, query, row["id"]):
        place = f"{post['number'] or post['part']}" if post["role"] == "part" else post["role"]
        yield f"  {place}: {_short(post['part_text'] or post['text'], 90)}  [{post['key']}]"


def _stored_links(store: Store, coverage_id: int) -> Iterator[str]:
    for link in store.links.of_coverage(coverage_id):
        score = f", {link['score']:.2f} {link['band'] or ''}" if link["score"] is not None else ""
        yield f"link to {link['key']} “{link['title']}”: {link['status']}{score} ({link['rule']})"
        found = evidence(link)
        if found:
            yield from (f"  {line}" for line in _evidence(found, link["statement_version"]))
        for event in store.links.events(link["id"]):
            note = f" ({event['note']})" if event["note"] else ""
            taken = " (taken back)" if event["undoes"] else ""
            yield f"  {event['at']} {event['who']}: {event['before'] or 'no link'} → {event['after']}{taken}{note}"


def _evidence(found: LinkProposal, version: int) -> Iterator[str]:
    """Why a link was proposed, as the linker wrote it down."""
    if found.their_sentence:
        yield f"they: {found.their_sentence}"
    yield f"we:   {found.our_sentence} (version {version})"
    yield found.reason
    if found.terms:
        yield "terms: " + ", ".join(f"“{term.text}” {term.weight:.1f}" for term in found.terms)
    yield from (f"old line quoted: “{words}” stands only in a former wording" for words in found.old_echo)
    if found.group:
        others = [key for key in found.group if key != found.statement_id]
        yield f"near-same positions, shown as one: {', '.join(others)}; the newest is {found.group[0]}"
    if found.next_best:
        yield f"next best: {found.next_best}"
    if found.note:
        yield f"note: {found.note}"


def _stored_statement(store: Store, row: Row) -> Iterator[str]:
    yield f"position {row['key']}: {row['title']}"
    yield f"areas: {', '.join(json.loads(row['areas'])) or 'none'}"
    yield f"from: {', '.join(json.loads(row['sources']))}"
    if json.loads(row["aliases"]):
        yield f"also known as: {', '.join(json.loads(row['aliases']))}"
    learned = [term.text for term in store.words.learned() if term.statement_id == row["key"]]
    if learned:
        yield f"learned words: {', '.join(learned)}"
    promise = store.words.promise(row["key"])
    if promise:
        yield promise.text
    for version in store.statements.versions(row["id"]):
        yield f"version {version['version']}, in force from {version['in_force_from']}: {_short(version['position'])}"
    for status, n in rows(
        store.connection, "SELECT status, count(*) FROM link WHERE statement_id = ? GROUP BY 1", row["id"]
    ):
        yield f"{n} {'link' if n == 1 else 'links'} {status}"


def _short(value: object, length: int = SHOWN) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value).decode("utf-8", "replace")
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def is_file(target: str) -> bool:
    """Whether a target names a file rather than a record."""
    try:
        return Path(target).is_file()
    except (OSError, ValueError):
        return False
