"""A round of polls: ask each source that is due, take in what it has, write down how it went.

Which error is worse: to lose a poll is one hour, to let one source stop the others is a week without news.
So a source that fails is a line in its own row, with a longer pause before the next try, and the round goes on.

A source is claimed before it is asked, so that two processes never ask it at once, and a process that was killed
in the middle leaves a claim that runs out by itself.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import time
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import TracebackType
from typing import Any

import msgspec

from aggregator import fetch_guard, fetch_polite, pipeline
from aggregator.config import Config, SourceSetting
from aggregator.errors import ConfigError, CuttingsError, FetchError, NotFoundError
from aggregator.fetch_ahead import Ahead, Early
from aggregator.fetch_guard import Rules
from aggregator.fetch_http import Answer, Client, Limits
from aggregator.fetch_parse import ParseLimits, Reader
from aggregator.fetch_wire import READ_AS
from aggregator.model import Changes, FileReport, SourceReport
from aggregator.store import Store
from aggregator.store.connect import Error as StoreUnreadable
from aggregator.store.sources import SourceState
from parsers.errors import ParseError
from parsers.model import Hint, ParseResult, Problem, Record

log = logging.getLogger("cuttings")

AGENT = "Cuttings/0.1"
#: Which module polls which kind of source, with a function of the kind's name.
KINDS = {
    "feed": "polling_web",
    "page": "polling_web",
    "inbox": "polling_folders",
    "mailbox": "polling_folders",
    "bluesky": "polling_bluesky",
}
#: Formats that a feed may have.
FEEDS = ("feed", "bluesky-rss")
#: Waits between requests; replaced in tests.
sleep: Callable[[float], None] = time.sleep


class Outcome(Record, frozen=True, kw_only=True):
    """How a poll went."""

    changes: Changes = Changes()
    state: str = ""
    problems: tuple[Problem, ...] = ()
    gave: bool = False  # it brought something new
    validators: bool = True  # the server offers a way to ask "anything new?"
    wait: dt.timedelta | None = None  # how long the server wants us to wait
    error: str | None = None


def poll(
    store: Store, config: Config, now: dt.datetime, *, names: Iterable[str] = (), due_only: bool = False
) -> Iterator[SourceReport]:
    """Poll sources, one report each; `names` empty means all, `due_only` leaves out those whose time has not come.

    Raises `NotFoundError` for a name that no source has.
    """
    chosen = _chosen(config, tuple(names))
    states = store.sources.sync(config.sources, now)
    with Round(store, config, now) as this:
        claimed = (
            (s, states[s.name]) for s in chosen if store.sources.claim(states[s.name].id, now, due_only=due_only)
        )
        current = next(claimed, None)
        if current:
            this.look_ahead(*current)
        while current:
            following = next(claimed, None)
            if following:
                this.look_ahead(*following)
            yield this.poll(*current)
            current = following


def _chosen(config: Config, names: tuple[str, ...]) -> list[SourceSetting]:
    unknown = [name for name in names if name not in {source.name for source in config.sources}]
    if unknown:
        known = ", ".join(f"“{source.name}”" for source in config.sources) or "none"
        raise NotFoundError(f"there is no source “{unknown[0]}”; the settings name {known}")
    return [source for source in config.sources if not names or source.name in names]


class Round:
    """What all polls of one round share: the client, the reader of documents, the run."""

    def __init__(self, store: Store, config: Config, now: dt.datetime) -> None:
        self.store = store
        self.config = config
        self.now = now
        self.requests = 0
        self.reader = Reader()
        self._ahead = Ahead()
        wire = config.fetch.megabytes << 20
        self.agent = f"{AGENT} (+{config.fetch.contact})" if config.fetch.contact else AGENT
        self.client = Client(self.agent, Limits(seconds=config.fetch.seconds, wire=wire, decoded=2 * wire))
        self._rules = rules(config)
        self._run: int | None = None
        self._total = Changes()

    def __enter__(self) -> Round:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ahead.close()
        self.reader.close()
        if self._run is not None:
            self.store.runs.finish(self._run, pipeline.stamp(), msgspec.to_builtins(self._total))

    @property
    def run(self) -> int:
        """The run that problems are stored with, opened by the first poll."""
        if self._run is None:
            self._run = self.store.runs.start("fetch", pipeline.stamp())
        return self._run

    # -------------------------------------------------------------- one source

    def look_ahead(self, setting: SourceSetting, state: SourceState) -> None:
        """Ask a feed while the source before it is stored; what goes wrong is told when its turn comes."""
        if setting.kind != "feed":
            return
        url = state.url or setting.url or ""
        allowed = self.rules_for(setting.url or "")
        try:
            if self._stay_away(place(url, allowed)):
                return
        except FetchError:
            return
        headers = fetch_polite.conditional(state.etag, state.modified)

        def work() -> Early:
            answer = self.client.get(url, allowed, headers)
            if answer.status != 200 or hashlib.sha256(answer.body).hexdigest() == state.body_sha:
                return Early(answer=answer)
            return Early(answer=answer, result=self.reader.read(answer.body, self.web_hint(setting, answer), FEEDS))

        self._ahead.ask(url, work)

    def poll(self, setting: SourceSetting, state: SourceState) -> SourceReport:
        """Poll one source; whatever goes wrong with it is in the report."""
        before = self.requests
        try:
            work: Any = getattr(import_module(f"aggregator.{KINDS[setting.kind]}"), setting.kind)
            outcome: Outcome = work(self, setting, state)
        except (FetchError, ParseError) as exc:
            outcome = Outcome(error=str(exc), wait=getattr(exc, "wait", None))
        except OSError as exc:
            outcome = Outcome(error=f"{exc.filename or setting.folder}: {exc.strerror or exc}")
        except (CuttingsError, StoreUnreadable):
            raise  # the archive or a setting is in trouble, not the source
        except Exception as exc:
            # Without a failure written down, doctor would know nothing, and the source would be first in line again.
            log.exception("%s: a bug of Cuttings", setting.name)
            outcome = Outcome(error=f"a bug of Cuttings, which is in the log: {type(exc).__name__}: {exc}")
        self._write_down(setting, outcome, state.id)
        self._total += outcome.changes
        told = outcome.error or outcome.state or "something new"
        log.info("fetch %s: %s, %d requests, %s", setting.name, told, self.requests - before, outcome.changes)
        return SourceReport(
            name=setting.name,
            changes=outcome.changes,
            requests=self.requests - before,
            state=outcome.state,
            problems=outcome.problems,
            error=outcome.error,
        )

    def _write_down(self, setting: SourceSetting, outcome: Outcome, source_id: int) -> None:
        state, sources = self.store.sources.get(source_id), self.store.sources
        failures = state.failures + 1 if outcome.error else 0
        idle = 0 if outcome.gave or outcome.validators else state.idle + 1
        pause = fetch_polite.pause(
            interval(setting), failures=failures, idle=idle, asked=outcome.wait, chance=fetch_polite.chance()
        )
        values: dict[str, Any] = {"next_at": self.now + pause, "failures": failures, "idle": idle}
        values["failure"] = outcome.error
        if not outcome.error:
            values["answered_at"] = self.now
        if outcome.gave:
            values["gave_at"] = self.now
        problems = list(outcome.problems)
        if outcome.error:
            problems.append(Problem(message=outcome.error, severity="error"))
        with self.store.transaction():
            sources.update(source_id, **values)
            self.store.runs.add_problems(self.run, problems, name=setting.name)

    # -------------------------------------------------------------- tools of the kinds

    def rules_for(self, url: str) -> Rules:
        """What may be asked on behalf of a source at that address."""
        return fetch_guard.rules_for(url, self._rules)

    def get(self, url: str, allowed: Rules, headers: dict[str, str] | None = None, *, ahead: bool = False) -> Answer:
        """Ask a server, unless it asked us to stay away; raises `FetchError` for what no reader can use.

        `ahead` says that the question may have been asked already.
        """
        site = place(url, allowed)
        until = self._stay_away(site)
        if until:
            message = f"{site}: the server asked us to stay away until {until:%d %B %H:%M} UTC"
            raise FetchError(message, wait=until - self.now)
        self.requests += 1
        answer = self._ahead.answer(url) if ahead else None
        if answer is None:
            self._ahead.settle()  # the next feed may be on the same server, which is asked one thing at a time
            answer = self.client.get(url, allowed, headers)
        if answer.status in (429, 503):
            wait = fetch_polite.retry_after(answer.headers, self.now)
            if wait:
                self.store.sources.stay_away(site, self.now + wait)
            raise FetchError(f"{site}: the server is busy (status {answer.status})", wait=wait, status=answer.status)
        return answer

    def _stay_away(self, site: str) -> dt.datetime | None:
        """Until when a server does not want to be asked."""
        known = self.store.sources.host(site)
        until = dt.datetime.fromisoformat(known["not_before"]) if known and known["not_before"] else None
        return until if until and until > self.now else None

    def read(self, data: bytes, hint: Hint, kinds: tuple[str, ...], limits: ParseLimits | None = None) -> ParseResult:
        """Read a document in the child process; raises `ParseError` where it is none of the kinds or a bomb.

        A document of the right kind that cannot be read gives a result with an error and without records.
        """
        result = self._ahead.result(data) or self.reader.read(data, hint, kinds, limits)
        if result.error and (result.broken or not result.format):
            raise ParseError(result.error)
        return result.parsed()

    def take_in(self, name: str, data: bytes, result: ParseResult, hint: Hint) -> FileReport:
        """Keep a document and its records; inside the caller's transaction.

        What was read as another kind than its content says is read as that again by later parsers.
        """
        hint = msgspec.structs.replace(hint, kind=result.notes.get(READ_AS, hint.kind))
        return pipeline.take_in(self.store, name, data, result, hint, self.run, as_of=self.now)

    def web_hint(self, setting: SourceSetting, answer: Answer) -> Hint:
        """What is known about the body of an answer."""
        return self.hint(answer.url, setting, url=answer.url, content_type=answer.header("content-type"))

    def hint(self, name: str, setting: SourceSetting, **known: Any) -> Hint:
        """What is known about a document of a source."""
        return pipeline.with_defaults(
            Hint(outlet=setting.outlet, timezone=setting.timezone, **known), name, self.config
        )


def rules(config: Config) -> Rules:
    """What the settings allow; raises `ConfigError`."""
    for entry in config.fetch.own_hosts:
        try:
            fetch_guard.check_entry(entry)
        except ValueError as exc:
            raise ConfigError(f"[fetch] own_hosts: “{entry}” is no host, address or network ({exc})") from exc
    return Rules(ports=config.fetch.ports, own=config.fetch.own_hosts)


def place(url: str, allowed: Rules) -> str:
    """The server of an address, as its state is kept; raises `RefusedError`."""
    found = fetch_guard.target(url, allowed)
    return f"{found.scheme}://{found.authority}"


def interval(setting: SourceSetting) -> dt.timedelta:
    """How often a source is polled; nobody's feed or page more than once an hour."""
    least = 60 if setting.kind in ("feed", "page") else 5
    return dt.timedelta(minutes=max(setting.every_minutes, least))


def errors_of(result: ParseResult) -> str | None:
    """Why nothing of a document could be read, if nothing could."""
    if result.records:
        return None
    return next((problem.message for problem in result.problems if problem.severity == "error"), None)
