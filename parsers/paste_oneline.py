"""A page whose line breaks were lost: where its lines ended.

Which error is worse: to break a sentence of the article, whose half then counts as a title, is worse than to leave a
button's name inside one, so a break needs a phrase that only pages have, or a place where titles are sure to stand.

Observations.
What stands around an article is known by its words: dates under the headline, buttons in a row, credits of pictures,
headings such as "Read more:" and "Most read".
Titles and captions have no full stop, so they run into the sentence that follows them, and a capital after a small
letter shows where: "… stays open A school that …".
Inside sentences such capitals begin names; so it is looked for only after a heading that titles follow and at the
top, and only before words that sentences begin with or that the text has in small letters too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from parsers import furniture, paste_runs, pitches

#: So much of a page may be its head, in characters.
HEAD_LENGTH = 2500
#: So many full sentences before a date say that it is no date under a headline.
SENTENCES_BEFORE_DATE = 4
#: A sentence has at least so many words; what is shorter after a cut was cut at the wrong place.
FEWEST_WORDS = 7
#: A title that is told from a sentence by nothing but its end has at least so many words.
FEWEST_TITLE = 4
#: Captions are shorter than this, in characters.
CAPTION_LENGTH = 200
#: So many minutes and seconds make a transcript, if the first of them are within so many seconds of its start.
FEWEST_MINUTES = 4
EARLY = 60
#: Captions that stand twice have four to forty words.
DOUBLED = range(4, 41)

_SENTENCE_GAP = re.compile(r"(?<=[.!?])(?:(?<=[^.\s]{3}.)|(?<=\d.)|(?<=[a-z]{2}.))[\"'”’)]*\s+(?=[\"'“‘(]?[A-Z£$€\d])")
_MINUTE = re.compile(r"(?<=\w )(?P<stamp>(?P<minutes>\d{1,3}):(?P<seconds>[0-5]\d))(?= [“\"‘A-Z])")
_NOT_A_LINE = re.compile(
    r"\b(?:on|of|in|since|until|from|by|to|before|after|for|and|the|between|published|dated)\s*$", re.IGNORECASE
)
_BY = re.compile(r"(?<=\s)(?:By|BY|Written by) (?=[A-Z])")
_CAPITAL = re.compile(r"(?<=[\w)%’'”\"?!]) (?=[“\"‘'(]?(?P<word>[A-Z][\w’']*))")
#: Somebody introduced with an age, or words quoted at length: sentences begin so, names within one don't.
_AGED = re.compile(r"[A-Z][\w’'-]+ [A-Z][\w’'-]+, \d{1,3},")
_SAID = re.compile(r"[“\"](?:[^”\"\s]+ ){3}")
_SMALL_NEXT = re.compile(r"[“\"‘'(]?[A-Z][\w’'-]* [a-z]")
_NETWORK = re.compile(r"(?:Facebook|Twitter|Instagram|TikTok|YouTube|WhatsApp|Bluesky|Reddit|X|Telegram)\s[a-z]")
_NUMBER = re.compile(r"\d{1,2}[.)]")
_LAST_WORD = re.compile(r"[\w’'-]+[)%’'”\"?!]*$")
_OPENERS_TEXT = """
    a an the this that these those it it's its he she they we you his her their my our there here when while where why
    what who how if as after before since until although though despite because but and so yet or not no nobody none
    most many some few several all both each every either more less fewer half one two three four five six seven
    hundreds thousands dozens in on at by for from with without under over during between among about around across
    according following last next now today yesterday earlier later only even just almost nearly meanwhile however
    instead part inside outside others another people police parents pupils teachers heads ministers residents
    researchers scientists staff students schools councils officials plans is are was were do does did can should
"""
OPENERS = frozenset(_OPENERS_TEXT.split())
#: Sentences begin with these wherever a title ends, with a name or without.
SURE_OPENERS = frozenset(["a", "an", "it", "he", "she", "they", "there", "this", "these", "more", "most", "when"])
_NOT_BEFORE_TEXT = """
    a an the this that these those his her its their my our your of in on at by for from with without under over to and
    or but nor than as is are was were be been has have had said says told adds added called named titled by per via
    between among about around across into onto upon after before since until during against like including mr mrs ms
    dr sir dame lord lady year st old new when where which who whom whose if because while very not no every each
"""
_NOT_BEFORE = frozenset(_NOT_BEFORE_TEXT.split())


def pieces(line: str) -> list[tuple[str, bool]]:
    """The lines and sentences of a page that was pasted as one line, in order; joined they are the line again.

    With each goes whether it is a run of menu words and titles (`paste_runs`).
    """
    small = frozenset(re.findall(r"\b[a-z][a-z’']+\b", line))
    found: list[tuple[str, bool]] = []
    for part in _head_and_rest(line):
        titles_follow, surely = True, False
        for text, is_phrase, before_titles in _phrases(part):
            titles_follow = titles_follow or before_titles
            surely = surely or before_titles
            for stretch, is_run in [(text, False)] if is_phrase else paste_runs.divided(text):
                if is_phrase:
                    found.append((stretch, False))
                    continue
                if is_run:
                    title, *sentence = _loosened(stretch, small, True)
                    found += [(title, True), *((rest, False) for rest in sentence)]
                    continue
                sentences = _sentences(stretch)
                if titles_follow:
                    sentences[:1] = _loosened(sentences[0], small, surely)
                    titles_follow = not any(map(furniture.ends_sentence, sentences))
                    surely = False
                found.extend((piece, False) for sentence in sentences for piece in _untitled(sentence))
    return found


def _head_and_rest(line: str) -> list[str]:
    """A one-line paste cut around the dates under its headline and the byline before them."""
    found = [
        match
        for match in furniture.dated().finditer(line, 0, HEAD_LENGTH)
        if not _NOT_A_LINE.search(line, max(0, match.start() - 12), match.start())
    ]
    if not found or _is_story(line[: found[0].start()]):
        return [line]
    start, end = found[0].start(), found[0].end()
    for match in found[1:]:
        if furniture.is_prose(line[end : match.start()]) or match.start() - end > 200:
            break
        end = match.end()
    by = next((match.start() for match in _BY.finditer(line, 0, start) if start - match.start() < 120), start)
    parts = [line[:by].strip(), line[by:start].strip(), line[start:end].strip(), line[end:].strip()]
    return [part for part in parts if part]


def _is_story(text: str) -> bool:
    """Whether what stands before a date is the story already."""
    full = [sentence for sentence in _sentences(text) if furniture.is_prose(sentence)]
    told = [sentence for sentence in full if furniture.ends_sentence(sentence) and not furniture.furniture(sentence)]
    return len(told) >= SENTENCES_BEFORE_DATE


def _phrases(part: str) -> Iterator[tuple[str, bool, bool]]:
    """The stretches of a part: text, whether it is a phrase of the page, and whether titles follow it."""
    place = 0
    for start, end, before_titles in _breaks(part):
        if start < place:
            continue
        if part[place:start].strip():
            yield part[place:start].strip(), False, False
        yield part[start:end].strip(), True, before_titles
        place = end
    if part[place:].strip():
        yield part[place:].strip(), False, False


def _breaks(part: str) -> list[tuple[int, int, bool]]:
    """Start and end of each phrase that only pages have, and whether titles or captions follow it."""
    found = [(match.start(), match.end(), False) for match in furniture.inline_phrases().finditer(part)]
    found += [(match.start(), match.end(), True) for match in furniture.inline_phrases("before_titles").finditer(part)]
    found += [(start, end, False) for start, end in _controls(part)]
    found += [(start, end, False) for start, end in _doubled(part)]
    found += [(start, end, False) for start, end in _minutes(part)]
    return sorted(found, key=lambda one: (one[0], -one[1]))  # the longer phrase where two begin alike


def _minutes(part: str) -> list[tuple[int, int]]:
    """Minutes of a recording before what is said in it: they begin at nought and never go back."""
    found = list(_MINUTE.finditer(part))
    seconds = [int(match["minutes"]) * 60 + int(match["seconds"]) for match in found]
    runs = len(found) >= FEWEST_MINUTES and seconds[0] < EARLY and seconds == sorted(seconds)
    return [match.span("stamp") for match in found] if runs else []


def _controls(part: str) -> Iterator[tuple[int, int]]:
    """Names of buttons, one by one: where several stand in a row, or one at either end."""
    row: list[tuple[int, int]] = []
    for match in furniture.controls().finditer(part):
        if row and part[row[-1][1] : match.start()].strip(" |·•,/0123456789"):
            yield from _row(part, row)
            row = []
        row.append(match.span())
    yield from _row(part, row)


def _row(part: str, row: list[tuple[int, int]]) -> list[tuple[int, int]]:
    if not row:
        return []
    if _NETWORK.match(part, row[-1][0]):  # "Facebook said" begins a sentence
        row = row[:-1]
    if not row:
        return []
    start, end = row[0][0], row[-1][1]
    before, after = part[max(0, start - 40) : start].rstrip(), part[end : end + 40].lstrip()
    starts = not before and bool(re.match(r"[“\"‘'£\dA-Z]", after))
    ends = not after and furniture.ends_sentence(before)
    between = furniture.ends_sentence(before) and bool(re.match(r"[“\"‘'£A-Z]", after))
    return row if len(row) > 1 or starts or ends or between else []


def _doubled(part: str) -> list[tuple[int, int]]:
    """Captions that stand twice in a row without a full stop, both as one stretch."""
    words = [match.span() for match in re.finditer(r"\S+", part)]
    texts = [part[start:end] for start, end in words]
    found: list[tuple[int, int]] = []
    place = 0
    while place < len(texts):
        near = texts[place] in texts[place + DOUBLED[0] : place + DOUBLED[-1] + 1]
        length = next((size for size in DOUBLED if _stands_twice(texts, place, size)), 0) if near else 0
        if length:
            found.append((words[place][0], words[place + length - 1][1]))
            found.append((words[place + length][0], words[place + 2 * length - 1][1]))
        place += 2 * length or 1
    return found


def _stands_twice(texts: list[str], place: int, size: int) -> bool:
    again = place + size
    if again + size > len(texts) or texts[place] != texts[again] or texts[again - 1] != texts[again + size - 1]:
        return False
    return texts[place:again] == texts[again : again + size]


def _sentences(text: str) -> list[str]:
    if text.endswith((" (", " [")):
        return [*_sentences(text[:-2]), text[-1]]
    broken = _SENTENCE_GAP.sub(lambda gap: gap.group().rstrip() + "\n", text)
    found: list[str] = []
    for sentence in broken.split("\n"):
        if found and _NUMBER.fullmatch(found[-1]):
            found[-1] = f"{found[-1]} {sentence.strip()}"
        elif sentence.strip():
            found.append(sentence.strip())
    return found


def _loosened(sentence: str, small: frozenset[str], surely: bool) -> list[str]:
    """A sentence without the titles that ran into its start, those first.

    Where a title or caption stands there `surely`, a capital that no other follows may begin the sentence too.
    """
    if not furniture.ends_sentence(sentence):
        return [sentence]
    for match in reversed(list(_CAPITAL.finditer(sentence, 0, HEAD_LENGTH))):
        before, rest = sentence[max(0, match.start() - 60) : match.start()], sentence[match.end() :][:200]
        if len(rest.split()) >= FEWEST_WORDS and _is_border(before, match["word"], rest, small):
            return [sentence[: match.start()], sentence[match.end() :]]
    for match in _CAPITAL.finditer(sentence, 0, CAPTION_LENGTH) if surely else ():
        before, rest = sentence[: match.start()], sentence[match.end() :]
        if before.count(" ") >= 2 and len(rest[:200].split()) >= FEWEST_WORDS and _may_begin(before, rest):
            return [before, rest]
    return [sentence]


def _untitled(sentence: str) -> list[str]:
    """A sentence without a title that ran into its start unannounced: where a word stands that opens sentences."""
    if not furniture.ends_sentence(sentence):
        return [sentence]
    asks = pitches.asks(sentence)
    for match in reversed(list(_CAPITAL.finditer(sentence, 0, HEAD_LENGTH))):
        before, rest = sentence[: match.start()], sentence[match.end() :]
        if before[:100].count(" ") + 1 < FEWEST_TITLE or len(rest[:200].split()) < FEWEST_WORDS:
            continue
        if asks and pitches.wants(before[-200:]) and _may_begin_name(before, rest):
            return [before, rest]
        if match["word"].casefold() in OPENERS and _is_border(before[-60:], match["word"], rest[:200], frozenset()):
            return [before, rest]
    return [sentence]


def _may_begin_name(before: str, rest: str) -> bool:
    """Whether a request of the outlet's may end here: a small word before, no part of a name."""
    found = _LAST_WORD.search(before[-60:])
    return bool(
        found and found[0][:1].islower() and found[0].casefold() not in _NOT_BEFORE and not pitches.wants(rest[:200])
    )


def _may_begin(before: str, rest: str) -> bool:
    """Whether a sentence may begin at a capital: small letters before and after it."""
    found = _LAST_WORD.search(before[-60:])
    return bool(found and found[0][:1].islower() and found[0].casefold() not in _NOT_BEFORE and _SMALL_NEXT.match(rest))


def _is_border(before: str, word: str, rest: str, small: frozenset[str]) -> bool:
    """Whether a title may end here and a sentence begin."""
    found = _LAST_WORD.search(before)
    last = found[0].strip("’'”\")?!%") if found else ""
    folded = word.casefold().replace("’", "'")
    if not last or last.casefold() in _NOT_BEFORE or (last[-1].isdigit() and folded in paste_runs.MONTHS):
        return False
    if folded in SURE_OPENERS or _AGED.match(rest) or _SAID.match(rest):
        return True
    if not (last[0].islower() or last[0].isdigit()) and found and found[0][-1] not in "?!":
        return False
    name = bool(re.match(r"[“\"‘'(]?[A-Z][\w’']* [A-Z]", rest))
    return folded in OPENERS or (folded in small and not name)
