"""The vote of three extractors over the blocks of a page.

Which error is worse: to lose a paragraph that two extractors see is worse than to keep a line too many, so two of
three decide; but what a line rule took out stays out, and nothing is added below the story's end.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from parsers import furniture, html_body, html_dead, html_second
from parsers.html_body import Choice

#: A block of fewer words may stand in another extractor's text by chance.
SHORTEST_VOTE = 4
#: A story that goes on below a heading of other stories has this much more text.
GOES_ON = 60  # words


def opinion(choices: Sequence[Choice], reasons: Collection[str]) -> html_second.Opinion:
    """The text of the items that were judged so."""
    return html_second.Opinion("\n".join(choice.item.text for choice in choices if choice.reason in reasons))


def voted(choices: Sequence[Choice], others: Sequence[html_second.Opinion]) -> list[Choice]:
    """The choices after a vote; what line rules removed stays out, and short lines count only between paragraphs."""
    story = opinion(choices, ("",)).flat
    kept = [_is_kept(choice, others, story) for choice in choices]
    prose = [place for place, choice in enumerate(choices) if kept[place] and html_dead.running(choice.item)]
    first, last = (prose[0], prose[-1]) if prose else (0, -1)
    last = min(last, _end(choices, kept))
    judged = []
    for place, choice in enumerate(choices):
        own = choice.inside and not choice.reason
        stays = kept[place] and (own or first <= place <= last)
        reason = "" if stays else choice.reason or html_body.OUTVOTED
        judged.append(Choice(choice.item, reason, inside=choice.inside or stays, caption=choice.caption))
    return judged


def _end(choices: Sequence[Choice], kept: Sequence[bool]) -> int:
    """The last place a vote may add to: not below "Most read" and the like, unless much of the story is there."""
    own = [place for place, choice in enumerate(choices) if not choice.reason]
    if not own:
        return len(choices)
    below = range(own[-1] + 1, len(choices))
    next_story = next((place for place in below if choices[place].item.level == 1), len(choices))
    border = next((place for place in below if _is_cut(choices[place])), len(choices))
    found = sum(choices[place].item.words for place in range(border, next_story) if kept[place])
    few = found < max(GOES_ON, 0.3 * sum(choices[place].item.words for place in own))
    return min(border, next_story) if few else next_story


def _is_cut(choice: Choice) -> bool:
    item = choice.item
    return choice.reason != html_dead.MARKED and item.words <= 12 and bool(furniture.cut(item.text))


def _is_kept(choice: Choice, others: Sequence[html_second.Opinion], story: str) -> bool:
    """Whether two of three hold a block that no line rule took out; `story` are the words of our own choice.

    A pull quote says what the story holds anyway, so the others seem to hold it too.
    """
    item = choice.item
    if choice.reason not in ("", html_body.OUTSIDE_RUN, html_dead.MARKED, html_dead.CAPTION):
        return False
    own = not choice.reason
    if choice.reason and (item.linked >= html_body.ALL_LINKED or (item.words < SHORTEST_VOTE and not item.level)):
        return False
    if not own and item.words <= furniture.LONGEST and (html_body.known(item.text) or furniture.cut(item.text)):
        return False
    if not own and item.words >= SHORTEST_VOTE and html_second.Opinion(item.text).flat in story:
        return False
    return html_second.majority(item.text, own, others)
