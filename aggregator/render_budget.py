"""What gives way when an issue is longer than three minutes of reading, or near the size at which services clip.

Which error is worse: a long word of somebody else's is shortened before a line goes, and what leads goes last,
because a line that is missing is noticed only by who looks for it.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable

from msgspec.structs import replace

from aggregator.issue_model import Digest, Rendered
from aggregator.render_text import NO_BLANKS, clipped, clipped_around

#: Read in three minutes, and far from the size at which mail services clip.
MAX_WORDS, MAX_BYTES = 700, 60_000

#: What gives way first when the budget is short: a section and how much of it stays.
#: Long words of others are shortened before whole lines go, and what leads goes last.
#: "words", "excerpts" and "quotes" are words of each; "items" the pieces listed under each position.
_GIVES_WAY = (
    ("words", 24), ("excerpts", 25), ("quotes", 30), ("items", 2), ("gaps", 5), ("voices", 3), ("items", 1),
    ("excerpts", 18), ("review", 2), ("positions", 5), ("gaps", 4), ("quotes", 25), ("threads", 2), ("words", 20),
    ("voices", 2), ("items", 0), ("review", 1), ("positions", 4), ("gaps", 3), ("words", 16), ("excerpts", 12),
    ("stories", 4), ("positions", 3), ("voices", 1), ("stories", 3), ("threads", 1), ("gaps", 2), ("positions", 1),
    ("stories", 1),
)  # fmt: skip


def fits(rendered: Rendered) -> bool:
    """Whether an issue keeps to the budget; bytes are those of the encoded part, where a CJK character is nine."""
    return words_of(rendered.html) <= MAX_WORDS and encoded_size(rendered.html) <= MAX_BYTES


def words_of(page: str) -> int:
    """Visible words; two characters of a script without blanks are one."""
    seen = re.sub(r"<style.*?</style>|<title>.*?</title>|<!--.*?-->|<[^>]+>", " ", page, flags=re.S)
    return len(seen.split()) + len(NO_BLANKS.findall(seen)) // 2


def encoded_size(page: str) -> int:
    """Bytes of the page as quoted-printable, without the soft line breaks."""
    data = page.encode()
    return len(data) + 2 * (data.count(b"=") + len(data.translate(None, bytes(range(128)))))


def trimmed(digest: Digest) -> Digest:
    """An issue without its least important words or line; the same issue where there is nothing left to drop."""
    for name, stays in _GIVES_WAY:
        shorter = _SHORTER.get(name, functools.partial(_fewer, name))(digest, stays)
        if shorter != digest:
            return shorter
    return digest


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


def _fewer_proposals(digest: Digest, stays: int) -> Digest:
    first = digest.review.first
    return replace(digest, review=replace(digest.review, first=first[:-1])) if len(first) > stays else digest


def _shorter_sentences(digest: Digest, stays: int) -> Digest:
    lines = (
        replace(line, sentence=clipped_around(line.sentence, line.link.terms if line.link else (), stays))
        if line.sentence and len(line.sentence.split()) > stays + 2  # the marks of an earlier cut
        else line
        for line in digest.stories
    )
    return replace(digest, stories=tuple(lines))


def _shorter_excerpts(digest: Digest, stays: int) -> Digest:
    """Less of each thread after its title, which a thread begins with."""
    return replace(
        digest,
        threads=tuple(
            replace(item, text=clipped(item.text, stays + titled, titled + 1))
            for item, titled in ((item, len(item.title.split())) for item in digest.threads)
        ),
    )


def _shorter_quotes(digest: Digest, stays: int) -> Digest:
    voices = (
        replace(line, quote=replace(line.quote, quote=clipped(line.quote.quote, stays))) for line in digest.voices
    )
    return replace(digest, voices=tuple(voices))


_SHORTER: dict[str, Callable[[Digest, int], Digest]] = {
    "words": _shorter_sentences,
    "excerpts": _shorter_excerpts,
    "quotes": _shorter_quotes,
    "items": _fewer_items,
    "review": _fewer_proposals,
}
