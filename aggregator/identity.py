"""Public names and sameness: which records are the same thing, whatever file they came from.

Which error is worse: two items taken for one lose coverage, one item kept twice shows up twice in the mail.
Both are bad, so a name is made only from what every source of the same item agrees on:

- a post: its text without everything that damage or shortening can change, and its minute.
  All damage stands in non-ASCII characters and all shortening in urls, so both are left out;
- an article: its canonical url, else its folded text;
- a statement: its position (`parsers.statements`).

The at-URI is the better name of a post but scrapes do not have it, so it identifies without naming:
the same post gets the same key whether its scrape or its account export came first.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata

import msgspec

from parsers.model import Article, Post

#: Bare host names too: what a page shows as "example.org", a feed writes out as "https://example.org".
_URL = re.compile(r"(?:https?://|www\.)\S+|\b[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}\b(?:/\S*)?", re.ASCII | re.I)
_DOT_WITHIN = re.compile(r"\.[A-Za-z0-9-]")
_NOT_FOLDED = bytes(byte for byte in range(128) if not chr(byte).isalnum())
_ASCII = bytes(range(128))
_NOT_WORD = re.compile(r"[\W_]+")
#: So many kinds of characters are deleted faster one after the other than by the pattern.
_FEW = 8

#: Shorter folds ("thanks", "100", other scripts) say too little, so the words of the repaired text are added.
SHORT_FOLD = 12


def digest(prefix: str, *parts: str) -> str:
    """A short stable name: prefix, dash, 12 hexadecimal digits (a clash in 10^6 items: 1 in 500)."""
    joined = "\x1f".join(parts)
    return f"{prefix}-{hashlib.sha256(joined.encode('utf-8', 'surrogatepass')).hexdigest()[:12]}"


def fold(text: str) -> str:
    """Text without case, urls, white space, punctuation and all that damage can touch.

    >>> fold("Don’t miss: www.example.org/a-long-... Now!") == fold("Donβt miss: www.example.org/a-l Now!")
    True
    """
    if "." in text and _may_hold_url(text):
        text = _URL.sub(" ", text)
    return text.lower().encode("ascii", "ignore").translate(None, _NOT_FOLDED).decode()


def _may_hold_url(text: str) -> bool:
    """Whether a look for urls is worth its time: without a dot inside a word there is none."""
    return bool(_DOT_WITHIN.search(text)) or "://" in text or "w." in text or "W." in text


def fold_words(text: str) -> str:
    """Text without case, white space and punctuation, in any script.

    >>> fold_words("Ça, là !")
    'çalà'
    """
    # Blanks and punctuation of ASCII first: deleting bytes is ten times faster than the pattern.
    folded = unicodedata.normalize("NFKC", text).casefold().encode("utf-8", "surrogatepass")
    rest = folded.translate(None, _NOT_FOLDED).decode("utf-8", "surrogatepass")
    beyond = folded.translate(None, _ASCII).decode("utf-8", "surrogatepass")
    strange = [char for char in set(beyond) if not char.isalnum()]
    if len(strange) > _FEW:
        return _NOT_WORD.sub("", rest)
    for char in strange:  # a text has one or two kinds of dashes and quotation marks
        rest = rest.replace(char, "")
    return rest


def minute(moment: dt.datetime | None) -> str:
    """A moment to the minute, as scrapes print it."""
    return str(msgspec.to_builtins(moment))[:16] if moment else ""  # isoformat takes 20 times as long


def post_fold(post: Post) -> str:
    """What identifies a post where no at-URI is known; the same for a scrape and an export of it."""
    folded = fold(post.text_raw or post.text)
    if len(folded) < SHORT_FOLD:
        folded += "/" + fold_words(_URL.sub(" ", post.text))
    return digest("p", folded, minute(post.created_at))


def shared_fold_key(fold: str, uri: str | None) -> str:
    """The public name of a post whose fold another at-URI has too; alone, its fold is its name."""
    return digest("p", fold, uri or "")


def thread_key(first_post: str) -> str:
    """The name of the thread that starts with the post of that key."""
    return "t" + first_post[1:]


def article_fold(article: Article) -> str:
    """What identifies an article where no url is known: its headline and body, or what there is of them."""
    return digest("a", fold_words(article.headline or ""), fold_words(article.text or article.standfirst or ""))


def article_key(article: Article, folded: str | None = None) -> str:
    """The public name of an article; `folded` is its fold where that is known already."""
    return digest("a", article.url) if article.url else folded or article_fold(article)


def text_sha(*parts: str | None) -> str:
    """A fingerprint of texts; a change of it asks for linking anew."""
    return hashlib.sha256("\x1f".join(part or "" for part in parts).encode("utf-8", "surrogatepass")).hexdigest()
