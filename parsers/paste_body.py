"""Where in the lines of a paste the article stands.

Which error is worse: to stop too early is worse than to run on, because what runs on is mostly furniture that
line rules take out again.

The score of a line is in words of prose; the maximal positive runs are candidates, and the first good one is the
article, widened over boxes (newsletter, advert, related titles) that stand between its paragraphs.
"""

from __future__ import annotations

from collections.abc import Sequence

from parsers import bylines, paste_forms
from parsers.paste_lines import LISTED, MAY_BE_STORY, RUN, Line, content

#: Calibrated on simulated pastes of news pages; all in words of prose.
PROSE_CAP = 60
REPEATED = 0.2
SENTENCE = 0.7
SHORT = -7.0
DOUBLED = -9.0
FURNITURE = -5.0
RUN_WORD = 1.0
ITEM = -2.0
CUT = -70.0
CUT_BEFORE_BODY = -25.0
COMMENTS = -250.0
#: A run this good, compared with the best one, is the article if it comes first.
FIRST_SHARE = 0.4
#: How many lines above the body may hold headline, standfirst and byline.
HEAD_LINES = 14
#: The head of a page in one line has at most so many pieces.
HEAD_PIECES = 40
#: How many lines a box between two paragraphs may have.
WIDEST_GAP = 18
#: So many lines above are looked at for them.
NEAR = 60
#: Words with a meaning that two paragraphs of the same story share with those above them, at least.
SHARED = 3
#: Words of prose that may be a whole story.
WHOLE_STORY = 100


def is_clean(lines: Sequence[Line]) -> bool:
    """Whether hardly anything looks like a page around the article: one odd line to twenty-five of prose at most."""
    if any(line.reason == "start of the comments" for line in lines[4:-2]) or any(line.reason == RUN for line in lines):
        return False
    odd = sum(_is_evidence(line) for line in lines[4:])
    words = sum(line.count for line in lines)
    prose = sum(line.count for line in lines if line.kind in ("prose", "sentence"))
    return odd <= _told(lines) // 25 and prose > 0.6 * words


def _told(lines: Sequence[Line]) -> int:
    """How many lines tell something: a long row of short ones makes no text cleaner."""
    return sum(line.kind in ("prose", "sentence") for line in lines)


def is_whole(lines: Sequence[Line]) -> bool:
    """Whether little but the article was copied: no heading of another part of a page, a line of furniture or two."""
    if is_clean(lines):
        return True
    below = lines[4:]
    if any(line.kind == "cut" for line in below) or any(line.reason == RUN for line in lines):
        return False
    odd = sum(_is_evidence(line) for line in below)
    told = sum(line.count for line in lines if line.kind in ("prose", "sentence", "item"))
    return odd <= max(1, _told(lines) // 12) and told > 0.7 * sum(line.count for line in lines)


def whole_span(lines: Sequence[Line]) -> tuple[int, int]:
    """The body of a text that is nearly all article; furniture after its last sentence ends it there."""
    start = clean_start(lines)
    if is_broken(lines) and any(map(_is_evidence, lines[:HEAD_LINES])):
        start = max(start, _below_head(lines, start))
    told = [place for place, line in enumerate(lines) if line.kind in ("prose", "sentence", "item")]
    last = max(start, *told) if told else start
    if is_clean(lines) or not any(_is_evidence(line) for line in lines[last + 1 :]):
        return start, len(lines)
    return start, last + 1


def _is_evidence(line: Line) -> bool:
    """Whether a line shows that more than the article was copied; results and dates stand in articles too."""
    if line.kind == "furniture":
        return line.reason not in MAY_BE_STORY
    return line.kind == "cut" or (line.doubled and line.kind == "short")


def clean_start(lines: Sequence[Line]) -> int:
    """Where the body of an already clean text starts: its first paragraph."""
    for place, line in enumerate(lines[:HEAD_LINES]):
        asks = place == 0 and line.count <= 14 and line.text.endswith(("?", "!"))
        if line.kind in ("prose", "sentence") and line.count >= 6 and not asks:
            return place
    return 0


def span(lines: Sequence[Line], letters: bool = False) -> tuple[int, int]:
    """The span of lines that is the article: first good maximal run of positive score, widened over gaps."""
    runs = _runs(_scores(lines))
    best = max(score for score, _, _ in runs)
    start, stop = next((start, stop) for score, start, stop in runs if score >= FIRST_SHARE * best)
    broken = is_broken(lines)
    start = _below_head(lines, start) if broken else _earlier(lines, start)
    if broken and _has_ended(lines[start:stop]):
        return start, _later(lines, stop, surely=True)
    start = start if broken else _first_hour(lines, start)
    return start, _tail(lines, _later(lines, stop), letters)


def _first_hour(lines: Sequence[Line], start: int) -> int:
    """The start of a live text: the hour over its first entry, whose points stand between it and the paragraphs."""
    if sum(map(paste_forms.is_hour, lines)) < paste_forms.LIVE:
        return start
    for place in range(start - 1, max(-1, start - HEAD_LINES), -1):
        if paste_forms.is_hour(lines[place]):
            return place
        if lines[place].kind not in ("short", "item", "sentence") or lines[place].doubled:
            return start
    return start


def is_broken(lines: Sequence[Line]) -> bool:
    """Whether a page in one line was broken up for these lines."""
    return len(lines) > 3 * len({line.number for line in lines})


def _below_head(lines: Sequence[Line], start: int) -> int:
    """The start of a story in one line: below the date of its head, if most of the text follows."""
    stamps = [place for place, line in enumerate(lines[:HEAD_PIECES]) if line.reason in ("date line", "byline")]
    if not stamps:
        return _earlier(lines, start)
    above = sum(line.count for line in lines[: stamps[-1]] if line.kind == "prose")
    below = sum(line.count for line in lines[stamps[-1] :] if line.kind == "prose")
    first = _next_prose(lines, range(stamps[-1], len(lines)))
    if first is None or 2 * above >= below:
        return _earlier(lines, start)
    while lines[first - 1].kind == "sentence" and first - 1 > stamps[-1]:
        first -= 1
    return first


def _tail(lines: Sequence[Line], stop: int, letters: bool) -> int:
    """The end of the body, moved on over short sentences and list items right below it, and names under a letter."""
    kinds = ("sentence", "item", "short") if letters else ("sentence", "item")
    while stop < len(lines) and lines[stop].kind in kinds and not lines[stop].repeated and not lines[stop].doubled:
        if not letters and bylines.is_job_title(lines[stop].text):
            break
        stop += 1
    return stop


def _has_ended(lines: Sequence[Line]) -> bool:
    """Whether what was found of a one-line paste is a story already: what follows a heading then is another."""
    return sum(line.count for line in lines if line.kind == "prose") >= WHOLE_STORY


def _later(lines: Sequence[Line], stop: int, surely: bool = False) -> int:
    """The end of the body, moved on over boxes that stand between its paragraphs.

    With `surely` only where the story goes on for several sentences: what follows a heading may be another story.
    """
    while True:
        following = _next_prose(lines, range(stop, min(len(lines), stop + WIDEST_GAP)))
        if following is None:
            return stop
        gap, after = lines[stop:following], lines[following + 1 : following + 9]
        if _is_box(gap, after):
            in_card = any(line.kind == "cut" for line in gap) and any(line.kind == "short" for line in after[:1])
            if in_card and not _goes_on(after) and not _shared(lines[:stop], lines[following]):
                return stop
        elif not _is_same_story(lines[:stop], lines[stop : following + 2]):
            return stop
        if surely and not _goes_on(lines[following + 1 : following + 9]):
            return stop
        stop = following + 1


def _earlier(lines: Sequence[Line], start: int) -> int:
    """The start of the body, moved up over captions and adverts; a byline, date or heading is a border."""
    while True:
        before = _next_prose(lines, range(start - 1, max(-1, start - WIDEST_GAP), -1))
        if before is None:
            return start
        gap = lines[before + 1 : start]
        if any(line.kind == "cut" or line.reason in ("date line", "byline") for line in gap):
            return start
        if any(bylines.is_job_title(line.text) for line in gap):
            return start
        start = before


def _next_prose(lines: Sequence[Line], places: range) -> int | None:
    return next((place for place in places if lines[place].kind == "prose" and not lines[place].repeated), None)


def _is_box(gap: Sequence[Line], after: Sequence[Line]) -> bool:
    """Whether the article goes on after these lines and a paragraph: nothing in them ends it.

    `after` are the lines below that paragraph.
    Under a heading of other stories several titles may stand, and the article goes on after them;
    a single title with one paragraph below it is a teaser, with two it was a link.
    Job adverts come in cards of doubled lines, as many as there is room for.
    """
    cuts = [place for place, line in enumerate(gap) if line.kind == "cut"]
    if any(gap[place].reason == "start of the comments" for place in cuts):
        return False
    if any(gap[place].reason == "end of the page" for place in cuts):
        return _goes_on(after) and gap[-1].reason == "advertising"
    if not cuts:
        return True
    if _goes_on(after) and len(cuts) <= 2 and all(line.reason != "byline" for line in gap):
        return True
    if len(cuts) == 1 and any(line.doubled and line.kind == "short" for line in gap[cuts[0] + 1 :]):
        return True
    titles = sum(line.kind in ("short", "sentence") for line in gap[cuts[-1] :])
    if titles == 1 and not any(line.kind == "prose" and not line.repeated for line in after[:1]):
        return False
    return len(cuts) == 1 and titles <= 4


def _is_same_story(above: Sequence[Line], below: Sequence[Line]) -> bool:
    """Whether two paragraphs right under each other go on with the story above, below the cards between them.

    Teasers stand alone under their titles, and speak of other things.
    """
    if len(below) < 3:
        return False
    *gap, first, second = below
    if any(line.kind == "cut" and line.reason != LISTED for line in gap) or first.kind != "prose":
        return False
    if second.kind != "prose" or second.repeated or not any(line.kind == "cut" for line in gap):
        return False
    shared = [_shared(above, line) for line in (first, second)]
    return min(shared) > 0 and sum(shared) >= SHARED


def _shared(above: Sequence[Line], line: Line) -> int:
    """How many words with a meaning a line shares with the paragraphs above it."""
    near = above[-NEAR:]
    return len(content([line.text]) & content(other.text for other in near if other.kind == "prose"))


def _goes_on(after: Sequence[Line]) -> bool:
    """Whether two more paragraphs follow before the next heading of something else, and no card between them."""
    prose = 0
    for line in after:
        if line.kind == "cut" or line.reason in ("byline", "sharing") or line.text.endswith(" ago"):
            break
        prose += line.kind == "prose" and not line.repeated
    return prose >= 2


def _scores(lines: Sequence[Line]) -> list[float]:
    """What each line says for the article; cut headings weigh more once three paragraphs stand above them."""
    scores = []
    prose = 0
    for line in lines:
        if line.kind == "prose":
            prose += 1
        scores.append(_score(line, prose))
    return scores


def _score(line: Line, prose: int) -> float:
    if line.kind == "prose":
        return min(line.count, PROSE_CAP) * (REPEATED if line.repeated else 1.0)
    if line.kind == "sentence":
        return SENTENCE * line.count * (REPEATED if line.repeated else 1.0)
    if line.kind == "cut":
        if prose < 3:
            return CUT_BEFORE_BODY
        return COMMENTS if line.reason == "start of the comments" else CUT
    if line.kind == "furniture":
        return FURNITURE - RUN_WORD * min(line.count, PROSE_CAP) * (line.reason == RUN)
    if line.kind == "item":
        return ITEM
    return DOUBLED if line.doubled else SHORT


def _runs(scores: Sequence[float]) -> list[tuple[float, int, int]]:
    """Maximal runs as (score, start, stop); a run ends where the sum falls below zero."""
    runs: list[tuple[float, int, int]] = []
    total = top = 0.0
    start = stop = 0
    for place, score in enumerate(scores):
        if total <= 0:
            if top > 0:
                runs.append((top, start, stop))
            total = top = 0.0
            start = stop = place
        total += score
        if total > top:
            top, stop = total, place + 1
    if top > 0:
        runs.append((top, start, stop))
    return runs or [(0.0, 0, len(scores))]
