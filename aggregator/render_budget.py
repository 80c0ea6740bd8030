"""What gives way when an issue is longer than three minutes of reading, or near the size at which services clip.

Which error is worse: a long word of somebody else's is shortened before a line goes, and what leads goes last,
because a line that is missing is noticed only by who looks for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator

from msgspec.structs import replace

from aggregator.issue_model import Digest, LinkView
from aggregator.render_text import ALLOWED, NO_BLANKS, clipped, clipped_around, turned

#: Read in three minutes, and far from the size at which mail services clip.
MAX_WORDS, MAX_BYTES = 700, 60_000
#: Words below the limit that are not worth another look at what else would fit.
CLOSE = 25
#: Words of an issue that never give way: head, numbers, picture, headings, foot.
FIXED = 250
#: Words above the limit by estimate from which a step is not looked at.
SURE = 10
#: Estimates before the rest is halved.
TRIES = 5
#: A step beyond all.
END = 1_000

#: What gives way first when the budget is short: a section and how much of it stays.
#: Long words of others are shortened before whole lines go, and what leads goes last.
#: "words", "excerpts" and "quotes" are words of each; "items" the pieces listed under each position; "names" the
#: characters of the name of each position, which says something else or nothing where less than most of it stands;
#: "alone" are lines of positions whose only piece stands elsewhere in the mail: they repeat, and go before a gap.
_GIVES_WAY = (
    ("words", 24), ("excerpts", 25), ("quotes", 30), ("items", 2), ("alone", 4), ("gaps", 5), ("voices", 3),
    ("items", 1), ("excerpts", 18), ("names", 90), ("review", 2), ("positions", 5), ("alone", 3), ("gaps", 4),
    ("quotes", 25), ("threads", 2), ("names", 70), ("words", 20), ("voices", 2), ("items", 0), ("review", 1),
    ("positions", 4), ("alone", 1), ("gaps", 3), ("words", 16), ("excerpts", 12), ("review", 0), ("stories", 4),
    ("positions", 3), ("gaps", 2), ("stories", 3), ("threads", 1), ("voices", 1), ("positions", 1), ("stories", 1),
)  # fmt: skip


def first_that_fits(digest: Digest, page: Callable[[Digest], str]) -> tuple[Digest, str]:
    """An issue with about as little left out as the budget asks for, and its HTML, which `page` makes.

    What is left out only grows from step to step.
    Which step to look at is estimated from the data, and the estimate set right by each page that is made, so that
    a few pages are made and not one for each step.
    Where even the last step is too long, it is that one.
    """
    digest = _shorter_sentences(digest, ALLOWED)
    steps = _Steps(digest)
    pages: dict[int, str] = {}
    low, high = -1, END  # the last step known to be too long, the first known to fit
    wanted: float = MAX_WORDS - FIXED - CLOSE / 2
    while True:
        at = steps.first_below(wanted, low, high) if len(pages) < TRIES else steps.middle(low, high)
        pages[at] = page(steps[at])
        over = excess(pages[at])
        low, high = (at, high) if over > 0 else (low, at)
        if over <= 0 and at > low + 1 and over + _about(steps[at - 1]) - _about(steps[at]) > SURE:
            return _refilled(digest, steps[at], pages[at], page)
        if -CLOSE <= over <= 0 or high - low == 1 or steps.is_last(low):
            best = high if high in pages else at
            return _refilled(digest, steps[best], pages[best], page)
        wanted = _about(steps[at]) - over - CLOSE / 2


def _refilled(whole: Digest, short: Digest, made: str, page: Callable[[Digest], str]) -> tuple[Digest, str]:
    """The issue with as many proposals named again as there is room for.

    They are what a reader can do next, short, and went before a story or a position did, which leaves room.
    """
    kept, named = len(short.review.first), whole.review.first
    for n in range(len(named), kept, -1):
        fuller = replace(short, review=replace(short.review, first=named[:n]))
        if _about(fuller) - _about(short) + excess(made) > SURE:
            continue
        longer = page(fuller)
        if excess(longer) <= 0:
            return fuller, longer
    return short, made


class _Steps:
    """An issue with more and more left out, made as far as it is asked for."""

    def __init__(self, digest: Digest) -> None:
        self._made = [digest]
        self._coming = _smaller(digest)

    def __getitem__(self, n: int) -> Digest:
        return self._made[n]

    def _has(self, n: int) -> bool:
        while len(self._made) <= n:
            step = next(self._coming, None)
            if step is None:
                return False
            self._made.append(step)
        return True

    def first_below(self, words: float, low: int, high: int) -> int:
        """The first step between two others that has at most so many words by estimate, else the last one there."""
        at = low + 1
        while _about(self._made[at]) > words and at + 1 < high and self._has(at + 1):
            at += 1
        return at

    def middle(self, low: int, high: int) -> int:
        """A step half-way between two others."""
        while high == END and self._has(len(self._made)):
            pass
        return (low + min(high, len(self._made))) // 2

    def is_last(self, n: int) -> bool:
        """Whether nothing is left to leave out after a step."""
        return not self._has(n + 1)


def _about(digest: Digest) -> float:
    """About how many words the parts of an issue make that may give way; only differences count."""
    stories = sum(
        20
        + _count(line.item.title)
        + _count(line.sentence or "")
        + _named(line.link.title if line.link else "", digest)
        for line in digest.stories
    )
    positions = sum(3 + _named(line.title, digest) + 13 * len(line.items) for line in digest.positions)
    voices = sum(13 + _count(line.quote.quote) for line in digest.voices)
    threads = sum(
        10 + min(45, _count(item.text)) + sum(_named(link.title, digest) for link in item.sure_links[:1])
        for item in digest.threads
    )
    gaps = sum(9 + _named(line.subject, digest) for line in digest.gaps)
    review = sum(11 + _named(link.title, digest) for _, link in digest.review.first)
    return stories + positions + voices + threads + gaps + review


def _named(title: str, digest: Digest) -> int:
    """Words of the name of a position as it is shown."""
    return _count(title[: digest.name_length])


def _count(text: str) -> int:
    return len(text.split()) + len(NO_BLANKS.findall(text)) // 2


def _smaller(digest: Digest) -> Iterator[Digest]:
    """The issue with more and more left out, one step at a time."""
    for name, stays in _GIVES_WAY:
        shorten = _SHORTER.get(name, functools.partial(_fewer, name))
        while (shorter := shorten(digest, stays)) != digest:
            yield shorter
            digest = shorter


def excess(page: str) -> float:
    """How many words a page is too long; bytes of the encoded part count as words of average size."""
    return max(words_of(page) - MAX_WORDS, (encoded_size(page) - MAX_BYTES) / 25)


def words_of(page: str) -> int:
    """Visible words; two characters of a script without blanks are one."""
    seen = re.sub(r"<style.*?</style>|<title>.*?</title>|<!--.*?-->|<[^>]+>", " ", page, flags=re.S)
    return _count(seen)


def encoded_size(page: str) -> int:
    """Bytes of the page as quoted-printable, without the soft line breaks."""
    data = page.encode()
    return len(data) + 2 * (data.count(b"=") + len(data.translate(None, bytes(range(128)))))


def _fewer(name: str, digest: Digest, stays: int) -> Digest:
    """One line less of a section."""
    lines = getattr(digest, name)
    if len(lines) <= stays:
        return digest
    if name == "stories":
        # An outlet that leads twice gives way before the only line of another.
        leads = [line.item.who for line in lines]
        again = [place for place, who in enumerate(leads) if who in leads[:place]]
        place = again[-1] if again else len(lines) - 1
        return replace(digest, stories=(*lines[:place], *lines[place + 1 :]))
    return replace(digest, **{name: lines[:-1]})


def _fewer_items(digest: Digest, stays: int) -> Digest:
    """One piece less under the last position that lists more than `stays`."""
    for place, line in reversed(list(enumerate(digest.positions))):
        if len(line.items) > stays:
            shorter = replace(line, items=line.items[:-1], more=line.more + 1)
            return replace(digest, positions=(*digest.positions[:place], shorter, *digest.positions[place + 1 :]))
    return digest


def _fewer_alone(digest: Digest, stays: int) -> Digest:
    """The last line less of a position whose only piece is shown elsewhere, while more than `stays` lines are left."""
    for place, line in reversed(list(enumerate(digest.positions))):
        if len(digest.positions) > stays and len(line.ids) == 1 and not line.items:
            return replace(digest, positions=(*digest.positions[:place], *digest.positions[place + 1 :]))
    return digest


def _fewer_proposals(digest: Digest, stays: int) -> Digest:
    first = digest.review.first
    return replace(digest, review=replace(digest.review, first=first[:-1])) if len(first) > stays else digest


def _shorter_sentences(digest: Digest, stays: int) -> Digest:
    lines = (
        replace(line, sentence=clipped_around(line.sentence, _phrases(line.link), stays))
        if line.sentence and len(line.sentence.split()) > stays + 2  # the marks of an earlier cut
        else line
        for line in digest.stories
    )
    return replace(digest, stories=tuple(lines))


def _phrases(link: LinkView | None) -> tuple[str, ...]:
    """What a sentence was chosen for: our own words, else what it shares with the position."""
    return (*link.echo, *link.old_echo, *link.terms) if link else ()


def _shorter_excerpts(digest: Digest, stays: int) -> Digest:
    """Less of each thread after its title, which a thread begins with."""
    return replace(
        digest,
        threads=tuple(
            replace(item, text=clipped(item.text, stays + titled, titled + 1))
            for item, titled in ((item, len(item.title.split())) for item in digest.threads)
        ),
    )


def _shorter_names(digest: Digest, stays: int) -> Digest:
    return replace(digest, name_length=min(digest.name_length, stays))


def _shorter_quotes(digest: Digest, stays: int) -> Digest:
    voices = (replace(line, quote=replace(line.quote, quote=turned(line.quote.quote, stays))) for line in digest.voices)
    return replace(digest, voices=tuple(voices))


_SHORTER: dict[str, Callable[[Digest, int], Digest]] = {
    "words": _shorter_sentences,
    "excerpts": _shorter_excerpts,
    "quotes": _shorter_quotes,
    "names": _shorter_names,
    "items": _fewer_items,
    "alone": _fewer_alone,
    "review": _fewer_proposals,
}
