"""Bluesky: accounts, lists, single posts, searches; and the parts of threads that did not come by themselves.

Every answer with posts goes into the archive as it came, like a file.
Pages are read until one holds a post that stood at the top of the last complete reading: rounds overlap, and a
round that broke off is caught up with by the next.
Threads are asked for only to learn which posts their author added; those come by `getPosts`, so that strangers'
replies stay out of the archive.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from aggregator import polling
from aggregator.config import SourceSetting
from aggregator.errors import ConfigError, FetchError
from aggregator.fetch_bluesky import BATCH, Page, Service, own_chain
from aggregator.model import Changes
from aggregator.polling import Outcome, Round
from aggregator.store.sources import SourceState
from parsers.errors import ParseError
from parsers.model import Problem

POSTS = ("bluesky-json",)
#: Posts at the top of a reading that the next one looks for.
ANCHORS = 20
#: Questions for missing parts in one round; the rest comes in the next.
MOST_QUESTIONS = 40
#: Threads still grow for so long after their first post was seen.
YOUNG = dt.timedelta(days=2)
_WEB = re.compile(r"https://bsky\.app/profile/([^/?#]+)/post/([^/?#]+)")


def bluesky(this: Round, setting: SourceSetting, state: SourceState) -> Outcome:
    """Poll everything that a Bluesky source names; what one part of it refuses does not stop the others."""
    work = _Work(this, setting, state)
    work.account()
    for uri in setting.lists:
        work.listed(uri)
    work.posts()
    work.searches()
    changes = work.changes + complete(this, setting, state)
    this.store.sources.update(state.id, memory=work.memory)
    failed = [problem.message for problem in work.problems]
    return Outcome(
        changes=changes,
        gave=changes.new > 0,
        state="" if changes.new or changes.changed else "nothing new",
        problems=tuple(work.problems),
        error="; ".join(failed) if failed and not work.answered else None,
        wait=work.wait,
    )


def _service(this: Round, base: str) -> Service:
    def counted() -> None:
        this.requests += 1

    return Service(this.client, base, this.rules_for(base), this.now, polling.sleep, counted)


def _take(this: Round, setting: SourceSetting, page: Page) -> Changes:
    """A page of posts into the archive; one that came before, byte for byte, costs nothing."""
    if this.store.documents.find(page.data) is not None:
        return Changes()
    name = f"{setting.name} (Bluesky)"
    hint = this.hint(name, setting, author=setting.account)
    result = this.read(page.data, hint, POSTS)
    with this.store.transaction():
        report = this.take_in(name, page.data, result, hint)
    return report.changes


class _Work:
    """One poll of a Bluesky source."""

    def __init__(self, this: Round, setting: SourceSetting, state: SourceState) -> None:
        self._this = this
        self._setting = setting
        self._service = _service(this, this.config.bluesky.service)
        self.memory: dict[str, Any] = dict(state.memory)
        self.changes = Changes()
        self.problems: list[Problem] = []
        self.wait: Any = None
        self.answered = False

    def account(self) -> None:
        """The author's feed: own posts, threads and reposts."""
        if not self._setting.account:
            return
        with self._part():
            did = self._did(self._setting.account)
            params = [("actor", did), ("filter", "posts_and_author_threads"), ("includePins", "false")]
            self._pages(self._service, "app.bsky.feed.getAuthorFeed", params, did)

    def listed(self, uri: str) -> None:
        """A list of accounts or a feed generator."""
        with self._part():
            if "/app.bsky.feed.generator/" in uri:
                self._pages(self._service, "app.bsky.feed.getFeed", [("feed", uri)], uri)
            else:
                self._pages(self._service, "app.bsky.feed.getListFeed", [("list", uri)], uri)

    def posts(self) -> None:
        """Single posts; asked for each time, because their counts move."""
        wanted = self._setting.posts
        for start in range(0, len(wanted), BATCH):
            with self._part():
                uris = [self._post_uri(text) for text in wanted[start : start + BATCH]]
                found = self._service.posts(uris)
                self._take(found)
                for missing in sorted(set(uris) - set(found.uris)):
                    self.problems.append(Problem(message=f"{missing} is not there (any more)"))

    def searches(self) -> None:
        """Searches, which the service answers to accounts only."""
        if not self._setting.search:
            return
        with self._part():
            settings = self._this.config.bluesky
            service = _service(self._this, settings.login_service)
            service.sign_in(settings.user or "", _password(self._this))
            for term in self._setting.search:
                with self._part():
                    params = [("q", term), ("sort", "latest")]
                    self._pages(service, "app.bsky.feed.searchPosts", params, f"search:{term}")

    # -------------------------------------------------------------- helpers

    def _part(self) -> _Part:
        return _Part(self)

    def _take(self, page: Page) -> None:
        self.changes += _take(self._this, self._setting, page)
        self.answered = True

    def _pages(self, service: Service, method: str, params: Sequence[tuple[str, str]], what: str) -> None:
        """Read pages down to what the last complete reading began with."""
        anchors = set(self.memory.get("anchors", {}).get(what, ()))
        top: list[str] = []
        for page in service.pages(method, params, self._this.config.bluesky.pages):
            self._take(page)
            top += page.uris[: ANCHORS - len(top)]
            if anchors & set(page.uris):
                break
        self.answered = True
        if top:
            self.memory.setdefault("anchors", {})[what] = top

    def _did(self, actor: str) -> str:
        """The DID of an account; a handle is asked for once, so that a renamed account stays the same."""
        actor = actor.strip().removeprefix("@")
        if actor.startswith("did:"):
            return actor
        known = self.memory.setdefault("dids", {})
        if actor not in known:
            known[actor] = self._service.resolve(actor)
        return str(known[actor])

    def _post_uri(self, text: str) -> str:
        found = _WEB.match(text.strip())
        return f"at://{self._did(found[1])}/app.bsky.feed.post/{found[2]}" if found else text.strip()


class _Part:
    """One part of a poll: what it refuses is a problem of the source, and the other parts go on."""

    def __init__(self, work: _Work) -> None:
        self._work = work

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, (FetchError, ParseError, ConfigError)):
            return False
        self._work.problems.append(Problem(message=str(error)))
        self._work.wait = getattr(error, "wait", None) or self._work.wait
        return True


def _password(this: Round) -> str:
    """The app password, from the environment or a file; raises `ConfigError`."""
    settings = this.config.bluesky
    if settings.password_env:
        password = os.environ.get(settings.password_env, "")
    elif settings.password_file:
        try:
            password = Path(settings.password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as exc:
            raise ConfigError(f"[bluesky] password_file: {settings.password_file} cannot be read ({exc})") from exc
    else:
        password = ""
    if not password:
        raise ConfigError("[bluesky] user is set, but there is no password; set password_env or password_file")
    return password


# ------------------------------------------------------------------ missing parts


def complete(this: Round, setting: SourceSetting, state: SourceState) -> Changes:
    """Ask for parts of threads that did not come: parents of replies, and all below posts of Bluesky's RSS."""
    work = _Completion(this, setting, state)
    try:
        work.teasers()
        work.parents()
    except (FetchError, ParseError) as exc:
        # The posts themselves are in; their threads are asked for again next time.
        this.store.runs.add_problems(this.run, [Problem(message=str(exc))], name=setting.name)
    return work.changes


class _Completion:
    """Questions for missing parts, only so many in a round."""

    def __init__(self, this: Round, setting: SourceSetting, state: SourceState) -> None:
        self._this = this
        self._setting = setting
        self._source = state.id
        self._sources = this.store.sources
        self._left = MOST_QUESTIONS
        self._service = _service(this, this.config.bluesky.service)
        self._replies: dict[str, int] = {}
        self.changes = Changes()

    def teasers(self) -> None:
        """Posts of an RSS feed, and what their authors wrote below them; looked at again while they are young."""
        posts = self._unasked(self._this.store.posts.without_cid())
        if self._setting.kind == "feed":
            posts += self._sources.recent(self._source, self._this.now - YOUNG)
        self._fetch(list(dict.fromkeys(posts)))
        for uri, count in list(self._replies.items()):
            mark = f"{count} replies"
            known = self._sources.item(self._source, uri)
            if self._left <= 0 or known is None or known.mark == mark:
                continue
            self._left -= 1
            chain = own_chain(self._service.thread(uri))
            self._fetch(self._unasked(part for part in chain if part != uri))
            self._sources.done(self._source, uri, mark, self._this.now)

    def parents(self) -> None:
        """Posts that authors replied to themselves with, up to the first of their thread."""
        while self._left > 0 and (wanted := self._unasked(self._this.store.posts.missing_parents())):
            self._fetch(wanted)

    def _unasked(self, uris: Iterable[str]) -> list[str]:
        return [uri for uri in uris if self._sources.item(self._source, uri) is None]

    def _fetch(self, uris: Sequence[str]) -> None:
        """Posts by at-URI; each is written down, so that what is gone is not asked for for ever."""
        for start in range(0, len(uris), BATCH):
            if self._left <= 0:
                return
            self._left -= 1
            batch = uris[start : start + BATCH]
            page = self._service.posts(batch)
            self._replies |= dict(page.replies)
            if page.size:
                self.changes += _take(self._this, self._setting, page)
            for uri in self._unasked(batch):
                self._sources.done(self._source, uri, "post", self._this.now)
