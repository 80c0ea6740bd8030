"""Lines that ask the reader for something: to subscribe, to follow, to listen, to give.

Which error is worse: to take a sentence of a story ("Follow the guidance on Instagram", "Our survey shows") for a
pitch is worse than to keep a pitch, so a line has to begin like a request and to name two things that only publishers
ask for.

Observations.
Stories speak of newsletters, subscriptions, apps and social networks as well, and their sentences begin with any verb.
What they don't do is to call them ours, to tell the reader to sign up, or to send something to "your inbox".
So ordinary nouns ("premium", "digital", "readers", "Instagram") count only beside "us" or "our", and never alone.
What is the reader's ("your phone", "your e-mails") is what advice is about.
A request of more than a dozen words speaks to the reader as "you" or of itself as "we"; advice that doesn't is a
story's.
"""

from __future__ import annotations

import re

#: Lines of so many words may be requests without a word to or of anybody.
SHORT = 12

#: How a line begins that asks the reader for something.
_ASKS = re.compile(
    r"\W*(?:get|want|listen|download|follow|join|buy|sign|subscribe|start|discover|stay|keep|enjoy|watch|"
    r"install|be the first|scan|learn|find|receive|become|unlock|click|visit|send|tell us|have you|got|"
    r"support (?:us|our|my|independent)|to support (?:us|our|my)|"
    r"to (?:get|stay|receive|read|keep|order|continue|show)|looking for|never miss|don't miss|"
    r"if you (?:have|want|liked?|enjoy(?:ed)?|loved?|are|would|don't|use)|for (?:the latest|full|unlimited)|"
    r"for more (?:stories|news|like|information|of our|from us|from our)|"
    r"you can (?:follow|also|listen|sign|read)|thank(?:s| you) for|enter|register|log|try|we use|"
    r"this (?:post|site|newsletter)|(?:\w+ ){1,3}exists to)\b",
    re.IGNORECASE,
)
_READER = re.compile(r"\b(?:you(?:r|rs)?|us|our|we)\b", re.IGNORECASE)
#: Words of which stories are full and requests are not.
_TELLS = re.compile(r"\b(?:was|were|had|has been|have been|did|who|whose|their|his|her|they|he|she)\b", re.IGNORECASE)
_YOU = re.compile(r"\byou(?:r|'ll|’ll)?\b", re.IGNORECASE)
_WE = re.compile(r"\b(?:we|our)\b", re.IGNORECASE)
#: Requests that only publishers make.
_REQUESTS = re.compile(
    r"\b(?:sign(?:ing)? up (?:for|to|with|here|now|today|below)|(?:un)?subscribe (?:to|now|here|today|for)|"
    r"(?:become|be) an? subscriber|subscribed?,|(?:an? (?:\w+ ){0,2})?subscription|subscribers? only|"
    r"digital subscriptions|(?:our|free|daily|weekly|this|paid) (?:[\w-]+ ){0,3}newsletters?|e-?mail newsletters|"
    r"newsletters? and|newsletters?, alerts|(?:morning|daily|weekly) (?:e-?mail|briefing)|your (?:e-?mail )?inbox|"
    r"(?:to|on) your (?:phone|mobile|device|podcast app)|straight to you|app store|google play|news app|app for free|"
    r"get our app|get the app(?= from| on|\W*$)|listen to our|find us on|like us on|"
    r"follow (?:us )?on (?:facebook|instagram|twitter|tiktok|youtube)|follow us|save articles|new posts|"
    r"(?:donate|donation) (?:to us|to our|today|now|here)|buy (?:us|a copy)|support (?:us|my work)|"
    r"our (?:journalism|vendors|reporters|news ?desk|news team)|we bring you|"
    r"your local (?:[\w-]+ ){0,3}vendors?|we use cookies|cookie policy|privacy policy|free trial|"
    r"click here|get in touch with (?:us|our)|feel free to (?:share|forward)|must-read|in the know|"
    r"start your (?:day|week|morning)|first to hear|my bookmarks|(?:our|the) biggest (?:news )?stories)\b",
    re.IGNORECASE,
)
_LETTER = re.compile(r"\bsign up (?:for|to) (?:[\w-]+ ){1,5}newsletters?\b", re.IGNORECASE)
#: Ordinary nouns that publishers ask for too; they count beside "us" and "our".
_BESIDE = re.compile(
    r"\b(?:us|our)\b(?:\W+\w+){0,2}\W+(newsletters?|podcasts?|whatsapp|app|breaking news|news stories|latest|"
    r"alerts?|briefings?|e-?mails?|notifications?|facebook|instagram|twitter|tiktok|youtube|premium|digital|magazine|"
    r"readers|stories|reviews|opinions|discussion|free)\b",
    re.IGNORECASE,
)


def is_pitch(line: str) -> bool:
    """Whether a line begins like a request and names two things that publishers ask for, or three as "we" and "you".

    >>> is_pitch("Want the news? Sign up for our briefing."), is_pitch("Follow the river to the app.")
    (True, False)
    >>> is_pitch("Our survey found that Instagram and TikTok are what pupils open most.")
    False
    """
    requests = {found.casefold() for found in _REQUESTS.findall(line)}
    if not requests or (line.count(" ") >= SHORT and not _READER.search(line)):
        return False
    count = len(requests) + len({found.casefold() for found in _BESIDE.findall(line)})
    return count >= 2 and (asks(line) or (count >= 3 and bool(_YOU.search(line) and _WE.search(line))))


def is_half(line: str) -> bool:
    """Whether a sentence next to a pitch belongs to it: it begins like a request and speaks of or to the reader.

    >>> is_half("Want a quick guide to the week?"), is_half("Watch closely and the pattern appears.")
    (True, False)
    """
    return asks(line) and (line.endswith("?") or wants(line) or bool(_READER.search(line)))


def asks(line: str) -> bool:
    """Whether a line begins like a request.

    >>> asks("Get the inside story."), asks("The story got inside.")
    (True, False)
    """
    return bool(_ASKS.match(line.replace("’", "'")))


def wants(line: str) -> bool:
    """Whether a line makes a publisher's request; one can sign up for a chess club or a pension as well.

    >>> wants("and our newsletter"), wants("and the digital premium"), wants("Sign up for chess")
    (True, False, False)
    """
    if line.count(" ") >= SHORT and _TELLS.search(line) and not _READER.search(line):
        return False
    sure = any(not found.casefold().startswith("sign") for found in _REQUESTS.findall(line))
    return sure or bool(_LETTER.search(line))
