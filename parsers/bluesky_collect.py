"""Gather the posts of one document: each URI once, hidden accounts left out, repair with all texts at hand."""

from __future__ import annotations

from typing import Protocol

import msgspec

from parsers import mojibake
from parsers.bluesky_post import COLLECTION, PostRecord, Surroundings, has_label, make_post, repaired
from parsers.findings import Findings, Where
from parsers.model import Hint, ParseResult, Post

HIDDEN = "!no-unauthenticated"
# Enough text to judge how a document was damaged; more only costs time.
_SAMPLE = 200_000


class Account(Protocol):
    """Who an author's labels speak about."""

    did: str | None
    handle: str | None
    labels: object


class Collector:
    """Takes in records, in document order, and makes the result."""

    def __init__(self, hint: Hint) -> None:
        self.hint = hint
        self.findings = Findings()
        self.posts: list[Post] = []
        self._place: dict[str, int] = {}  # uri → index in posts
        self._hidden: dict[str, tuple[Where, int]] = {}  # account → first place, posts
        self._others = 0

    def post(self, record: PostRecord, around: Surroundings, where: Where, newer: bool = False) -> None:
        """Take in one record; `newer` says that it replaces what the document said before."""
        uri = around.uri
        if record.type is not None and record.type != COLLECTION:
            self._others += 1
            return
        if record.text is None:
            self.findings.add("this record has no text and was left out", where, excerpt=uri or "")
            return
        if uri is not None and uri.startswith("at://"):
            slash = uri.find("/", 5)
            if slash > 0 and not uri.startswith(COLLECTION, slash + 1) and "/" in uri[slash + 1 :]:
                self._others += 1
                return
            if around.did is None and uri.startswith("did:", 5):
                around.did = uri[5:slash] if slash > 0 else uri[5:]
        self.add(make_post(record, around, len(self.posts), self.findings, where), where, newer)

    def add(self, post: Post, where: Where, newer: bool = False) -> None:
        """Keep a post unless its URI is known already."""
        last = len(self.posts)
        index = self._place.setdefault(post.uri, last) if post.uri else last
        if index == last:
            self.posts.append(post)
            return
        known = self.posts[index]
        if newer or (known.gone and not known.text_raw):
            self.posts[index] = msgspec.structs.replace(post, position=known.position)
            return
        if known.reposted_by and not post.reposted_by:
            self.posts[index] = msgspec.structs.replace(known, reposted_by=None)
        if post.text_raw != known.text_raw:
            self.findings.add(
                "the same post comes a second time with another text; the first was kept",
                where,
                excerpt=f"{post.uri} {post.text_raw}",
            )

    def deleted(self, uri: str, did: str) -> None:
        """The document says that this post was deleted."""
        index = self._place.get(uri)
        if index is None:
            self._place[uri] = len(self.posts)
            self.posts.append(Post(uri=uri, author=did, author_did=did, gone=True, position=len(self.posts)))
        else:
            self.posts[index] = msgspec.structs.replace(self.posts[index], gone=True)

    def passed_over(self) -> None:
        """Something that is no post: another collection, a notice that a post is missing."""
        self._others += 1

    def refuses(self, account: Account, where: Where) -> bool:
        """True where the account asks not to be shown without a login; its post is then counted, not kept."""
        if not has_label(account.labels, HIDDEN):
            return False
        self.hidden(account.handle or account.did, where)
        return True

    def hidden(self, account: str | None, where: Where) -> None:
        """One post of an account that asks not to be shown without a login."""
        first, count = self._hidden.get(account or "", (where, 0))
        self._hidden[account or ""] = first, count + 1

    def result(self, format_name: str, diagnosis: mojibake.Diagnosis | None = None) -> ParseResult:
        """All posts, repaired."""
        for account, (where, count) in self._hidden.items():
            self.findings.add(
                f"{count:,} post{'s' if count > 1 else ''} of {account or 'an account'} left out: "
                f"the account asks not to be shown to people who are not logged in ({HIDDEN})",
                where,
            )
        self._name_author()
        self._repair(diagnosis)
        notes = {"other records": self._others} if self._others else {}
        return ParseResult(
            format=format_name, records=tuple(self.posts), problems=self.findings.problems(), notes=notes
        )

    def _name_author(self) -> None:
        """Where one account's posts name only its DID, the caller's handle is theirs."""
        handle = (self.hint.author or "").removeprefix("@")
        if not handle or len({post.author_did for post in self.posts if post.author == post.author_did}) != 1:
            return
        for index, post in enumerate(self.posts):
            if post.author == post.author_did:
                self.posts[index] = msgspec.structs.replace(post, author=handle)

    def _repair(self, diagnosis: mojibake.Diagnosis | None) -> None:
        odd = [
            index
            for index, post in enumerate(self.posts)
            if not post.text.isascii() or ((post.card or post.alts) and _has_odd_media(post))
        ]
        if diagnosis is None:
            if all(_is_sound(self.posts[index]) for index in odd):
                return
            diagnosis = mojibake.diagnose(self._sample(odd))
        for index in odd:
            self.posts[index] = repaired(self.posts[index], diagnosis)

    def _sample(self, indexes: list[int]) -> str:
        lines: list[str] = []
        size = 0
        for index in indexes:
            lines.append(self.posts[index].text)
            size += len(lines[-1])
            if size > _SAMPLE:
                break
        return "\n".join(lines)


def _is_sound(post: Post) -> bool:
    """True where nothing in a post looks damaged, whatever stands around it."""
    if not mojibake.sound(post.text):
        return False
    card = post.card
    if card is not None and not (mojibake.sound(card.title) and mojibake.sound(card.description or "")):
        return False
    return all(map(mojibake.sound, post.alts))


def _has_odd_media(post: Post) -> bool:
    """Only text beyond ASCII can be damaged."""
    card = post.card
    if card is not None and not (card.title.isascii() and (card.description or "").isascii()):
        return True
    return not all(alt.isascii() for alt in post.alts)
