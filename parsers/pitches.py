"""Lines that ask the reader for something: to subscribe, to follow, to listen, to give.

Which error is worse: to take advice that a story gives ("Keep the receipt") for a pitch is worse than to keep a
pitch, so a line has to begin like a request and to name two things that only publishers ask for.
"""

from __future__ import annotations

import re

#: How a line begins that asks the reader for something.
_ASKS = re.compile(
    r"\W*(?:get|want|listen|download|follow|join|buy|sign|subscribe|start|discover|stay|keep|support|enjoy|watch|"
    r"install|be the first|scan|learn|find|receive|become|unlock|click|visit|send|tell us|do you|have you|got|"
    r"to (?:support|get|stay|receive|read|keep|order|continue|show)|looking for|never miss|don't miss|"
    r"if you (?:have|want|like|enjoy|are|would|don't|use)|for (?:the latest|more|full|unlimited)|"
    r"you can (?:follow|also|listen|sign|read)|our|thank(?:s| you) for|enter|register|log|try|change|we use|"
    r"this (?:post|site|newsletter)|(?:\w+ ){1,3}exists to)\b",
    re.IGNORECASE,
)
_YOU = re.compile(r"\byou(?:r|'ll|’ll)?\b", re.IGNORECASE)
_WE = re.compile(r"\b(?:we|our)\b", re.IGNORECASE)
#: What publishers ask for.
_WANTED = re.compile(
    r"\b(?:newsletters?|inbox|sign(?:ing)? up|(?:un)?subscri(?:be|bers?|bing|ptions?)|podcasts?|whatsapp|"
    r"app(?: store)?|google play|breaking news|news stories|latest|alerts?|briefings?|e-?mails?|cookies|"
    r"privacy policy|notifications?|free trial|special offers?|donat(?:e|ions?)|support (?:us|our|my)|"
    r"our (?:journalism|work|website|readers|community|guidelines|reporters|team)|facebook|instagram|twitter|tiktok|"
    r"youtube|click here|premium|digital|get in touch|straight to|(?:per|a) (?:week|month)|mobile device|magazine|"
    r"vendors?|feel free to|share (?:it|this)|new posts|this post|for free|reviews|award-winning|opinions|"
    r"discussion|readers|our (?:stories|news ?desk|coverage|news team)|we bring you|most important|must-read|"
    r"in the know|first to hear|subscriber|my bookmarks|biggest stories)\b",
    re.IGNORECASE,
)


def is_pitch(line: str) -> bool:
    """Whether a line begins like a request and names two things that publishers ask for, or three as "we" and "you".

    >>> is_pitch("Want the news? Sign up for our briefing."), is_pitch("Follow the river to the app.")
    (True, False)
    """
    wanted = len({found.casefold() for found in _WANTED.findall(line)})
    return wanted >= 2 and (asks(line) or (wanted >= 3 and bool(_YOU.search(line) and _WE.search(line))))


def asks(line: str) -> bool:
    """Whether a line begins like a request.

    >>> asks("Get the inside story."), asks("The story got inside.")
    (True, False)
    """
    return bool(_ASKS.match(line.replace("’", "'")))


def wants(line: str) -> bool:
    """Whether a line names a thing that publishers ask for.

    >>> wants("and our newsletter"), wants("and the river")
    (True, False)
    """
    return bool(_WANTED.search(line))
