"""Issues from draft to the mails of every reader: the part of the corridor between an archive and a sender.

    window closes → draft (frozen) → released by itself at its time, or held → mails made, stored → `sending`

An issue holds what came in before its cut-off and is in no other issue; its items are fixed from then on.
Decisions on their links still count until the mails are made, because that is what an editor's morning is for.
After that nothing is made again: what is stored is sent.
"""

from __future__ import annotations

import datetime as dt
import email.utils
import logging
import zoneinfo
from collections.abc import Sequence
from email import message_from_bytes, policy

import jinja2
import msgspec

from aggregator import mail, neutral, pipeline, since, weeks
from aggregator.config import Config, Recipient
from aggregator.digest import behind as behind
from aggregator.digest import compose, placements
from aggregator.digest import list_title as list_title
from aggregator.errors import ConfigError, CuttingsError
from aggregator.issue_model import Digest, Window
from aggregator.issue_readers import link_secret as link_secret
from aggregator.issue_readers import mail_for as mail_for
from aggregator.issue_readers import reader_of as reader_of
from aggregator.issue_readers import readers as readers
from aggregator.issue_readers import rendered_for as rendered_for
from aggregator.pipeline import NEWS_FOR, compose_with_items, refresh
from aggregator.store import Store
from aggregator.store.connect import Row
from aggregator.times import parse_utc
from parsers.model import Record

log = logging.getLogger("cuttings")

#: An issue that could not go out for so long is no news any more; a person decides.
TOO_LATE = dt.timedelta(days=6)
#: A mail within this time of its hour is on time.
ON_TIME = dt.timedelta(hours=1)
#: Who acts when nobody does.
SERVICE = "cuttings"


# ------------------------------------------------------------------ drafting


def draft_due(store: Store, config: Config) -> str | None:
    """Draft the issue whose cut-off has passed, if it is not there; gives its name.

    Windows that were missed before it become part of it.
    A new installation begins with the next cut-off: what lay in the archive before has never been awaited.
    """
    store.meta.setdefault("schedule_since", pipeline.now().isoformat())
    window = _due(store, config)
    return draft(store, config, window) if window else None


def _due(store: Store, config: Config) -> Window | None:
    """The window that closed last, where its issue is to be drafted and is not yet."""
    moment = pipeline.now()
    window = weeks.last_closed(moment, config)
    base = store.issues.last_cutoff() or parse_utc(store.meta.get("schedule_since")) or moment
    return None if window.until_at <= base or store.issues.find(window.issue) else window


def upcoming(store: Store, config: Config) -> Window:
    """The window whose issue is made next: one that has closed and waits for its draft, else the open one, or where
    its issue was closed early, the one after it."""
    window = _due(store, config) or weeks.window_at(pipeline.now(), config)
    while store.issues.find(window.issue):
        window = weeks.window_at(window.until_at, config)
    return _joined(store, window)


def waiting(store: Store) -> str | None:
    """The issue that is drafted or on its way and comes before any other; None where none is."""
    rows = store.issues.in_state("draft", "released", "sending")
    return rows[-1]["id"] if rows else None


def to_send(store: Store, config: Config) -> str | None:
    """The issue that sending without a name is about, which may be held; None where one has to be drafted for it."""
    rows = store.issues.in_state("draft", "released", "sending", "held")
    return rows[-1]["id"] if rows and _due(store, config) is None else None


def coming(store: Store, config: Config) -> Window:
    """The window of the issue that goes out next: the one that waits, else the one that is made next."""
    name = waiting(store)
    return store.issues.digest(name).window if name else upcoming(store, config)


def standing(store: Store, config: Config, issue: str | None = None) -> Digest:
    """An issue as it was frozen, else as it would be now; without a name, the one that goes out next."""
    name = issue or waiting(store)
    if name and store.issues.find(name):
        return store.issues.digest(name)
    window = upcoming(store, config)
    if name not in (None, window.issue):
        window = weeks.window_of(str(name), config)
    return pipeline.compose_digest(store, config, window)


def _joined(store: Store, window: Window) -> Window:
    """A window that begins where the latest issue ended, so that nothing falls between two."""
    covered = store.issues.covered_until()
    return msgspec.structs.replace(window, from_at=covered) if covered and covered < window.from_at else window


def draft(store: Store, config: Config, window: Window, *, who: str = SERVICE) -> str:
    """Freeze an issue, with the windows that were missed before it; gives its name."""
    refresh(store, config)
    with store.transaction():
        moment = pipeline.now()
        last = store.issues.last_cutoff()
        missed = [
            one
            for one in (weeks.between(last, window, config) if last else [])
            if one.issue != window.issue and not store.issues.find(one.issue)
        ]
        window = _joined(store, window)
        digest, items = compose_with_items(store, config, window)
        state, note = _first_state(digest, config, moment)
        store.issues.freeze(
            digest,
            placements(digest, items),
            state=state,
            send_at=weeks.send_time(window.until_at, config),
            now=moment,
            who=who,
            note=note,
            oldest=window.from_at - NEWS_FOR,
            merged=missed,
        )
    log.info("digest %s: %d pieces, %d stories, %s", window.issue, digest.items, len(digest.stories), state)
    return window.issue


def _first_state(digest: Digest, config: Config, moment: dt.datetime) -> tuple[str, str | None]:
    if digest.quiet and not digest.corrections and config.digest.quiet == "skip":
        return "skipped", "a quiet week: nothing came in"
    age = moment - digest.window.until_at
    if age > TOO_LATE:
        return "held", f"closed {age.days} days ago: a person decides whether it still goes out"
    return "draft", None


def redraft(store: Store, config: Config, issue: str, *, who: str | None = None) -> None:
    """Choose and order the same items again, with their words, links and stories as they stand now.

    With `who`, the log of the issue names them.
    Raises `CuttingsError` where its mails are made.
    """
    with store.transaction():
        row = store.issues.get(issue)
        if row["state"] not in ("draft", "held", "released") or store.deliveries.counts(issue):
            raise CuttingsError(f"{issue} is {row['state']}: its mails are made and do not change any more")
        old = store.issues.digest(issue)
        items = since.marked(store, store.windows.of_issue(issue))
        history = store.windows.history(
            old.window.from_at, zoneinfo.ZoneInfo(old.window.timezone), rules=pipeline.counted_by(config)
        )
        digest = compose(
            old.window,
            items,
            msgspec.structs.replace(history, older=old.older, weeks=history.weeks if old.window.is_week else ()),
            organisation=old.organisation,
            corrections=old.corrections,
            updates=[line for line in old.gaps if line.kind == "updated"],
            sources=old.sources,
            people_named=not any(cell.unasked for cell in old.numbers),
            ours=pipeline.names_of_ours(config),
        )
        store.issues.redraft(digest, placements(digest, items))
        if who:
            store.issues.note(issue, who=who, now=pipeline.now(), note="drafted anew")


# ------------------------------------------------------------------ what people do with it


def _refuse_gone(store: Store, issue: str, what: str) -> None:
    """Say of an issue that went out that nothing is left to do with it."""
    if store.issues.get(issue)["state"] == "sent":
        raise CuttingsError(f"{issue} has gone out; there is nothing to {what}")


def hold(store: Store, issue: str, *, who: str, reason: str | None = None) -> Row:
    """Keep an issue back until somebody releases it; mails that are not out yet wait as well."""
    with store.transaction():
        _refuse_gone(store, issue, "hold")
        row = store.issues.move(
            issue,
            ("draft", "released", "sending"),
            "held",
            who=who,
            now=pipeline.now(),
            note=reason or f"held by {who}",
        )
        store.deliveries.move_all(
            issue, "pending", "held", who=who, note=reason or "the issue is held", now=pipeline.now()
        )
    return row


def release(store: Store, issue: str, *, who: str, reason: str | None = None) -> Row:
    """Let an issue go: at its time, or at once where that has passed."""
    with store.transaction():
        _refuse_gone(store, issue, "release")
        row = store.issues.move(issue, ("draft", "held"), "released", who=who, now=pipeline.now(), note=reason)
        store.deliveries.move_all(
            issue, "held", "pending", who=who, note=reason or "the issue is released", now=pipeline.now()
        )
        if store.deliveries.counts(issue):
            row = store.issues.move(issue, ("released",), "sending", who=who, now=pipeline.now(), note=reason)
    return row


def skip(store: Store, issue: str, *, who: str, reason: str | None = None) -> Row:
    """Send this issue never; what it held waits for the next one."""
    with store.transaction():
        _refuse_gone(store, issue, "skip")
        row = store.issues.get(issue)
        if store.deliveries.counts(issue):
            instead = "it is held and stays so" if row["state"] == "held" else "hold it instead"
            raise CuttingsError(f"mails of {issue} are made already; {instead}")
        row = store.issues.move(
            issue,
            ("draft", "held", "released"),
            "skipped",
            who=who,
            now=pipeline.now(),
            note=reason or f"skipped by {who}",
        )
        store.issues.give_back(issue)
    return row


# ------------------------------------------------------------------ mails


class Made(Record, frozen=True, kw_only=True):
    """What making the mails of an issue came to."""

    issue: str
    mails: int
    problems: tuple[str, ...] = ()  # readers whose mail could not be made, and why


def make_mails(store: Store, config: Config, issue: str, *, only: str | None = None) -> Made:
    """Make and store the mails of an issue, which is `sending` from then on; what is stored already stays.

    With `only`, the others' mails wait for the issue's hour.
    One reader whose mail cannot be made does not keep the others from theirs.
    Raises `ConfigError` where there is nobody to send to, `CuttingsError` where no mail can be made at all.
    """
    people = readers(store, config)
    if only and only.casefold() not in {reader.address.casefold() for reader in people}:
        raise ConfigError(f"“{only}” is no reader of the digest; [[recipients]] in the settings lists them")
    if not people:
        raise ConfigError("nobody gets the digest yet: add [[recipients]] with an address to the settings")
    row = store.issues.get(issue)
    if not store.deliveries.counts(issue) and store.issues.decided_since(issue, row["frozen_at"]):
        redraft(store, config, issue)
    with store.transaction():
        if row["state"] != "sending":
            store.issues.move(
                issue, ("draft", "released", "sent"), "sending", who=SERVICE, now=pipeline.now(), note=None
            )
        if row["state"] in ("draft", "released"):
            hour = parse_utc(row["send_at"]) or pipeline.now()
            store.issues.set_late(issue, pipeline.now() > hour + ON_TIME)
        problems = _store_mails(store, config, issue, people)
        if only and row["state"] in ("draft", "released"):
            store.deliveries.postpone(issue, parse_utc(row["send_at"]) or pipeline.now(), but=only)
    made = Made(issue=issue, mails=sum(store.deliveries.counts(issue).values()), problems=tuple(problems))
    log.info("render %s: %d mails, %d could not be made", issue, made.mails, len(problems))
    return made


def _store_mails(store: Store, config: Config, issue: str, people: Sequence[Recipient]) -> list[str]:
    """The mails of those who have none yet; gives what went wrong, by reader."""
    there = {row["recipient"].casefold() for row in store.deliveries.of_issue(issue) if row["size"]}
    digest, moment, late = store.issues.digest(issue), pipeline.now().replace(microsecond=0), store.issues.get(issue)
    secret, sender = link_secret(store), config.digest.sender or mail.NO_SENDER
    problems: list[str] = []
    unmade: list[tuple[str, str]] = []
    for reader in people:
        if reader.address.casefold() in there:
            continue
        try:
            body = mail_for(digest, config, reader, date=moment, secret=secret, late=bool(late["late"]))
        except (CuttingsError, jinja2.TemplateError, ValueError) as exc:
            problems.append(f"{neutral.line(reader.address)}: {exc}")
            unmade.append((reader.address, str(exc)))
            continue
        store.deliveries.add(
            issue,
            reader.address,
            sender=sender,
            message_id=str(message_from_bytes(body, policy=policy.default)["Message-ID"]),
            body=body,
            now=moment,
        )
    if problems and len(problems) == len(people):
        raise CuttingsError(f"no mail of {issue} could be made: {problems[0]}")
    for address, why in unmade:
        id_ = mail.message_id(issue, address, sender.rsplit("@", 1)[-1])
        store.deliveries.add_unmade(
            issue, neutral.line(address), sender=sender, message_id=id_, note=f"not made: {why}", now=moment
        )
    return problems


def close_done(store: Store) -> list[str]:
    """Issues of which nothing is on its way any more become `sent`; gives their names."""
    done = []
    for row in store.issues.in_state("sending"):
        counts = store.deliveries.counts(row["id"])
        if counts and not {"pending", "sending", "held"} & set(counts):
            store.issues.move(row["id"], ("sending",), "sent", who=SERVICE, now=pipeline.now(), note=_summary(counts))
            done.append(row["id"])
    return done


def _summary(counts: dict[str, int]) -> str | None:
    """What did not go well, for the list of issues."""
    rest = [f"{n} {state}" for state, n in sorted(counts.items()) if state != "sent"]
    return ", ".join(rest) or None


class Replay(Record, frozen=True, kw_only=True):
    """Whether a mail made again from the frozen issue is the one that was sent."""

    recipient: str
    same: bool
    made: bytes


def replay(store: Store, config: Config, issue: str) -> Sequence[Replay]:
    """Make the mails of an issue again from what was frozen, and compare them with what is stored."""
    row, digest, secret = store.issues.get(issue), store.issues.digest(issue), link_secret(store, make=False)
    found = []
    for delivery in store.deliveries.of_issue(issue):
        if not delivery["size"]:  # its mail could not be made
            continue
        stored = store.deliveries.body(delivery["id"])
        date = email.utils.parsedate_to_datetime(str(message_from_bytes(stored, policy=policy.default)["Date"]))
        reader = reader_of(store, config, delivery["recipient"])
        made = mail_for(digest, config, reader, date=date, secret=secret, late=bool(row["late"]))
        found.append(Replay(recipient=delivery["recipient"], same=made == stored, made=made))
    return found
