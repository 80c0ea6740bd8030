"""The journey of a story and of an issue: what is in it, and why.

Every line comes from what the stages wrote down when they decided; nothing is worked out again for the telling.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from aggregator.store import Store
from aggregator.store.connect import Row, rows

#: Pieces of a group that are named; of the rest it is said how many they are.
NAMED = 20
#: The section of what is counted in an issue and not listed.
_COUNTED = "archive"


def stored_story(store: Store, row: Row) -> Iterator[str]:
    """The pieces of a story with the reasons for which they joined, and the positions they are on."""
    db = store.connection
    pieces = rows(
        db, "SELECT * FROM coverage WHERE story_id = ? ORDER BY is_lead DESC, published_at IS NULL, published_at, key",
        row["id"],
    )  # fmt: skip
    yield f"story {row['key']}: {_pieces(len(pieces))}"
    for piece in pieces:
        yield f"  {_piece(piece)}"
        why = "the lead: the others joined it" if piece["is_lead"] else "no reason kept"
        yield f"    {piece['story_reason'] or why}"
    links = rows(
        db,
        "SELECT s.key, s.title, l.status, count(*) AS n FROM link l JOIN statement s ON s.id = l.statement_id "
        "JOIN coverage c ON c.id = l.coverage_id WHERE c.story_id = ? GROUP BY s.id, l.status ORDER BY s.key, l.status",
        row["id"],
    )
    for (key, title), group in groupby(links, lambda link: (link["key"], link["title"])):
        counts = ", ".join(f"{link['status']} of {_pieces(link['n'])}" for link in group)
        yield f"position {key} “{title}”: {counts}"
    if not links:
        yield "position: none of its pieces is linked to one"


def stored_issue(store: Store, row: Row) -> Iterator[str]:
    """The state of an issue, the time it covers, what went in, and what was left out for which reason."""
    issue = row["id"]
    yield f"issue {issue}: {row['state']}" + (f" ({row['note']})" if row["note"] else "")
    yield f"covers what came in from {row['from_at']} until {row['until_at']} and is in no other issue"
    if row["merged_into"]:
        yield f"what it would have held is in {row['merged_into']}"
    else:
        yield f"frozen {row['frozen_at']}; goes out {row['send_at']} unless it is held"
    for event in store.issues.events(issue):
        note = f" ({event['note']})" if event["note"] else ""
        yield f"  {event['at']} {event['who']}: {event['before'] or 'no issue'} → {event['after']}{note}"
    mails = Counter(mail["state"] for mail in store.deliveries.of_issue(issue))
    yield f"mails: {', '.join(f'{n} {state}' for state, n in sorted(mails.items())) or 'none yet'}"
    yield from _held(store.issues.items(issue))
    yield from _left_out(store, issue)


def _held(items: Sequence[Row]) -> Iterator[str]:
    yield f"holds {_pieces(len(items))}"
    for section, group in groupby(sorted(items, key=lambda item: item["section"] == _COUNTED), lambda i: i["section"]):
        found = list(group)
        if section == _COUNTED:
            yield f"  counted, not listed: {_pieces(len(found))}"
            continue
        yield f"  {section}: {_pieces(len(found))}"
        for item in found[:NAMED]:
            position = f" → {item['statement']} “{item['title']}”" if item["statement"] else ""
            yield f"    {_piece(item)}{position}"
        yield from _more(len(found))


def _left_out(store: Store, issue: str) -> Iterator[str]:
    left = rows(
        store.connection,
        "SELECT c.*, e.reason FROM issue_excluded e JOIN coverage c ON c.id = e.coverage_id "
        "WHERE e.issue_id = ? ORDER BY e.reason, c.published_at, c.key",
        issue,
    )
    for reason, group in groupby(left, lambda piece: piece["reason"]):
        found = list(group)
        yield f"left out, {reason}: {_pieces(len(found))}"
        yield from (f"    {_piece(piece)}" for piece in found[:NAMED])
        yield from _more(len(found))


def _piece(row: Row) -> str:
    """A piece in a line: its id, day, source and headline."""
    who = row["who"] or ("author unknown" if row["kind"] == "thread" else "outlet unknown")
    words = row["headline"] or (" ".join(row["text"].split()[:12]) if "text" in row.keys() else None)  # noqa: SIM118
    line = f"{row['key']}  {(row['published_at'] or 'no date')[:10]}  {who}"
    return f"{line}: {words}" if words else line


def _pieces(count: int) -> str:
    return "1 piece" if count == 1 else f"{count:,} pieces"


def _more(count: int) -> Iterator[str]:
    if count > NAMED:
        yield f"    and {count - NAMED:,} more"
