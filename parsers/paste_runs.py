"""Menus, rows of titles and other runs of words without sentences, in a page whose line breaks were lost.

Which error is worse: to take a stretch of the story for a menu is worse than to leave a menu in, so a run needs so
much evidence that no list of names or of results inside a sentence gives it.

Theory of operation.
Sentences are held together by small words ("the", "was", "that", "he") and divided by commas and full stops.
Menus, titles, names with dates and rows of buttons have capitals, numbers and hardly any of these.
Each word speaks for one or the other; of all ways to divide the text into prose and runs, the likeliest is taken,
where every change from one to the other costs so much that single names or numbers never pay for it.
A change needs a place where something can begin: after the end of a sentence, or before a capital or a number.

Calibration: the weights are logarithms of how much more often a word stands in paragraphs than in the short lines
around them, rounded; measured on thirty pages of American and British outlets.
"""

from __future__ import annotations

import re

#: What a change between prose and a run costs: where a sentence ends, and anywhere else.
AFTER_SENTENCE = 4.0
WITHIN = 6.0
#: What it costs to begin or end as a run: pages begin and end with menus.
AT_EDGE = 1.0
#: How much less it costs to end a run before an article or pronoun, and how much more within a name.
LATE = 2.0
#: What a word with a capital within a sentence says for prose.
NAME = -1.2
#: What the words of a sentence say for prose, together, where it stands among menus and titles.
SENTENCE = 1.0
#: A sentence has fewer words; what is longer holds more than one line of a page.
LONGEST_SENTENCE = 45
#: A shorter run is no menu, in words.
FEWEST = 4

_STRONG_TEXT = """
    he she they we i his her their was were had has have been that which who would could should said says told how when
    than into did does an if be because while
"""
_PLAIN_TEXT = "a an and or but the as is are not from after at will our its no can out there then so also only just it"
_WEAK_TEXT = "of to in about what you all up over more this with for by"
_WEIGHT = {
    **dict.fromkeys(_WEAK_TEXT.split(), 0.7),
    **dict.fromkeys(_PLAIN_TEXT.split(), 1.2),
    **dict.fromkeys(_STRONG_TEXT.split(), 2.0),
    "your": -0.3,
    "on": 0.2,
    "new": 0.0,
}
_MONTHS_TEXT = "january february march april may june july august september october november december"
MONTHS = frozenset(_MONTHS_TEXT.split())
_MARKS = ".,;:!?…“”\"‘’'()[]"
_BARE = re.compile(r"[^\W_]")
_STOP = re.compile(r"(?:[.!?…]|[.!?…,][”’\"')\]]+)$")
_ABBREVIATED = re.compile(r"(?:^|[^\w])(?:[A-Z]|Mr|Mrs|Ms|Dr|St|No|vs?|Jr|Sr|Prof|Rev|Cllr|Hon)\.$")
_CAPS = re.compile(r"[A-Z][A-Z0-9&]+s?$")


def divided(text: str) -> list[tuple[str, bool]]:
    """The text cut into prose and runs of other words, in order: each stretch, and whether it is a run.

    >>> divided("Home News Sport Weather Jobs Homes Cars The bridge was closed because it had begun to sway.")[0]
    ('Home News Sport Weather Jobs Homes Cars', True)
    >>> len(divided("Ada Marsh, of Reading Rooms Trust North East, said that she was glad."))
    1
    """
    words = text.split(" ")
    if len(words) < FEWEST:
        return [(text, False)]
    states = _with_sentences(words, _likeliest(words))
    found: list[tuple[str, bool]] = []
    start = 0
    for place in range(1, len(words) + 1):
        if place == len(words) or states[place] != states[start]:
            is_run = states[start] and place - start >= FEWEST
            found.append((" ".join(words[start:place]), is_run))
            start = place
    return found


def is_small(word: str) -> bool:
    """Whether a word in small letters is one of those that hold sentences together.

    >>> is_small("while"), is_small("school")
    (True, False)
    """
    return word in _WEIGHT


def leaning(line: str) -> float:
    """What the words of a line say for prose, as a logarithm a word; below nought they are names and titles.

    >>> leaning("Fiscal Policy, Bank of Westmere, Interest Rates, Trade") < 0 < leaning("It was so, and we said it.")
    True
    """
    words = line.split(" ")
    return sum(_weight(word, place == 0)[0] for place, word in enumerate(words)) / len(words)


def _with_sentences(words: list[str], states: list[bool]) -> list[bool]:
    """The states, with sentences in and between runs as prose.

    A single one between prose is told, however many names or numbers it has; others where their words say so.
    """
    states = states.copy()
    start = ends = first = 0  # of the run, the sentences that end in it, and the sentence's own start
    for place, (word, is_run) in enumerate(zip(words, states.copy(), strict=True)):
        closes = _ends(word)
        if not is_run:
            start, ends = place + 1, 0
        else:
            ends += closes
            last = place + 1 < len(words) and not states[place + 1]
            if last and start and ends == 1 and closes and place - start < LONGEST_SENTENCE:
                states[start : place + 1] = [False] * (place + 1 - start)
            elif closes and FEWEST < place - first < LONGEST_SENTENCE and _is_told(words[first : place + 1]):
                states[first : place + 1] = [False] * (place + 1 - first)
        first = place + 1 if closes else first
    return states


def _is_told(sentence: list[str]) -> bool:
    """Whether the words of a sentence say by themselves that it is one."""
    return sum(_weight(word, place == 0)[0] for place, word in enumerate(sentence)) > SENTENCE


def _ends(word: str) -> bool:
    """Whether a sentence ends with a word."""
    return bool(_STOP.search(word)) and not _ABBREVIATED.search(word)


def _likeliest(words: list[str]) -> list[bool]:
    """For each word whether it is in a run, by the cheapest way through the text."""
    prose, run = 0.0, -AT_EDGE
    came: list[tuple[bool, bool]] = []  # whether prose and run at this word were a run at the word before
    ended, name = True, False
    for place, word in enumerate(words):
        weight, capital, ends = _weight(word, ended)
        if place:
            cost = AFTER_SENTENCE if ended else WITHIN
            opens = cost + _late(words, place, name)
            in_date = words[place - 1][-1:].isdigit() and word.strip(_MARKS).casefold() in MONTHS
            free = ended or (capital and not in_date)
            to_prose = free and run - opens > prose
            to_run = free and prose - cost > run
            came.append((to_prose, not to_run))
            prose, run = (run - opens if to_prose else prose), (prose - cost if to_run else run)
        prose += weight / 2
        run -= weight / 2
        ended, name = ends, weight == NAME
    state = run - AT_EDGE > prose
    states = [state]
    for from_prose, from_run in reversed(came):
        state = from_run if state else from_prose
        states.append(state)
    return states[::-1]


def _late(words: list[str], place: int, name: bool) -> float:
    """What it costs more to let a sentence begin at a word that is rather within a name, or less at its first."""
    small = _WEIGHT.get(words[place].strip(_MARKS).casefold(), 0.0) > 0
    following = words[place + 1] if place + 1 < len(words) else ""
    if small:
        return -LATE
    if not following[:1].islower():
        return LATE
    return LATE if name else 0.0


def _weight(word: str, first: bool) -> tuple[float, bool, bool]:
    """What a word says for prose, whether something may begin with it, and whether a sentence ends with it."""
    start = _BARE.search(word)
    if start is None:
        return (-1.0, True, False) if word not in "–—-&" else (0.0, False, False)
    bare = word.strip(_MARKS)
    ends = _ends(word)
    initial = start[0]
    if initial.isdigit():
        weight, capital = -1.3, True
    elif not initial.isupper():
        weight, capital = _WEIGHT.get(bare.casefold().replace("’", "'"), 0.5), False
    elif _CAPS.match(bare):
        weight, capital = -1.6, True
    elif (bare.casefold() in _WEIGHT) or first:
        weight, capital = 0.0, True
    else:
        weight, capital = NAME, True
    if word[-1] in ",;" or ends:
        weight += 1.2
    return weight, capital or word[0] in "“\"‘'", ends
