"""Which elements of a page are furniture, by tag, by name, or by the heading they begin with.

Which error is worse: to call the story furniture loses all of it, so an element that holds much of the page's
running text is never dead, whatever its name; only readers' comments may be longer than the story.
Names of one element are read as words: class, id, role; two neighbours count as one too, and "with-sidebar" is
no sidebar.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate, pairwise

from parsers import furniture
from parsers.html_tree import Item, Node, Outline

LINKED = 0.5  # share of linked characters from which a paragraph is a list of links
COMMENTS = "readers' comments"
MARKED = "the page marks it as something else"
CAPTION = "the page marks it as a picture's caption"
#: A dead element with more than this share of the page's running text is alive after all.
TOO_MUCH_TO_BE_DEAD = 0.35
STORY_BEFORE = 60  # words of running text above a heading of comments or of other stories
MOST_COMMENTS = 0.95  # readers may write more than the journalist
MOST_CONSENT = 0.9  # and so may lawyers
LONGEST_SIGN = 14  # words of "Posted by Ada Marsh, 4 July 2026, 10:00"
FEWEST_REPLIES = 3  # so many texts with "Reply" under them are comments
LARGEST_BOX = 50  # words beside a form
FEWEST_CARDS, TITLE_LINKED = 3, 0.8  # entries of a list of other stories; share of linked characters of a title
MOST_IN_CAPTION, CAPTION_LINES = 60, 3  # words and lines of a picture's box
MOST_IN_CAPTIONS = 0.15  # share of the page's text that the boxes of one name may hold

_DEAD_TAGS = frozenset(
    (
        "nav",
        "footer",
        "aside",
        "form",
        "figcaption",
        "dialog",
        "menu",
        "legend",
        "label",
        "option",
        "address",
        "noscript",
    )
)
#: Words in an element's class, id or role that say it is no article text; two neighbouring words count as one too,
#: so "readmore" stands for "read-more" and "readMore".
_DEAD_TEXT = """
    comment comments commentlist commentarea commentsection disqus livefyre coral respond replies
    related relatedcontent relatedarticles relatedposts relatedstories relatedlinks recommend recommended
    recommendation recommendations recirc recirculation
    share sharebar sharetools sharebuttons sharelinks sharing sharethis social socialmedia socialshare addthis follow
    newsletter newsletters subscribe subscription subscriptions subscriber signup
    promo promos promotion promotions promoted sponsor sponsored sponsors
    advert adverts advertisement advertisements advertising ad ads adbox adslot adunit adwrapper adcontainer
    advertorial dfp mpu outbrain taboola
    sidebar rail nav navbar navigation menu breadcrumb breadcrumbs footer masthead banner
    byline bylines author authors authorbio authorbox authorinfo authorcard authorprofile contributor contributors bio
    metadata dateline timestamp pubdate readtime
    caption captions credit credits gallery carousel slideshow slider imagecaption imagecredit mediacaption
    morefrom moreon morestories morenews morelike mostread mostpopular mostviewed mostshared mostcommented
    trending popular tag tags topics keywords
    readmore readnext upnext nextarticle nextstory alsoread alsolike seealso furtherreading
    teaser teasers widget widgets cookie cookies consent gdpr cmp paywall regwall donate donation donations epic
    supportus printonly noprint visuallyhidden sronly screenreader screenreadertext hidden offscreen a11y
    complementary contentinfo
    player videoplayer videometa jobs jobslist vacancies vacancy survey poll quiz
    toolbar tooltip toolbox modal popup overlay lightbox login register registration
    disclaimer copyright feedback rating pagination pager prevnext
    publicidade publicidad pubblicita publicite werbung anzeige reklame advertentie hirdetes
    compartilhar compartilhe compartir partager partage condividi teilen delen
    relacionadas relacionados correlati correlate verwandt kapcsolodo related saibamais leiamais leggianche lireaussi
    autor autores autore auteur auteurs redactie legenda legende didascalia bildunterschrift
    pullquote pullquotes factbox factfile infobox latestnews lateststories latestjobs storylist linklist
"""
_LIVE_TEXT = """
    articlebody articlecontent articletext articlemain articlecopy storybody storycontent storytext
    entrycontent postcontent pagecontent maincontent bodycontent entrybody postbody pagebody mainbody bodytext bodycopy
    richtext contentbody contentarticle
"""
_DEAD_WORDS, _LIVE_WORDS = frozenset(_DEAD_TEXT.split()), frozenset(_LIVE_TEXT.split())
_CONSENT_WORDS = frozenset(
    ("cookie", "cookies", "consent", "gdpr", "cmp", "onetrust", "cookiebot", "didomi", "usercentrics")
)
_COMMENT_TEXT = """
    comments commentlist commentsection disqus livefyre respond replies commentblock commentcontent commenttext
    commentbody commentwrapper commentwrap commentitem commentcontainer commentbox commentarea commentthread commentform
    usercomment usercomments readercomments visitorcomments visitorscomment commentaires kommentare comentarios
    comentario commenti
"""
_COMMENT_WORDS = frozenset(_COMMENT_TEXT.split())
_PICTURE_TEXT = """
    image images photo photos photograph picture pictures img pic pics foto fotos bild figure thumb thumbnail video
    caption captions imagecaption mediacaption
"""
_PICTURE_WORDS = frozenset(_PICTURE_TEXT.split())
#: What a picture's box does not hold.
_NO_CAPTION = frozenset(("td", "th", "li", "blockquote", "pre", "h1", "h2", "h3", "h4", "h5", "h6", "form", "article"))
#: "with-sidebar" and "no-promo" are no sidebar and no promotion.
_REPLY = re.compile(
    r"(?:Reply|Report|Quote|Antworten|Responder|Répondre|Rispondi|Beantwoorden|Svara?|返信)"
    r"(?: (?:Quote|Report|Citar|Zitieren|Citer|Cita)\b.{0,20}| ?[|·•] ?.{1,20})?|"
    # Who wrote it and when, as it stands over or under a comment.
    r"(?:Posted )?by:? .{2,60}\b\d{1,2}[:.]\d{2}.{0,12}",
    re.IGNORECASE,
)
_NEGATIONS = frozenset(("with", "has", "have", "no", "not", "without", "hide", "show", "is"))
_SEPARATORS = re.compile(r"[^a-z]+")


def running(item: Item) -> bool:
    """Whether the item is running text: a paragraph that is not mostly links."""
    return item.linked < LINKED and not item.level and furniture.is_prose(item.text, item.words)


def dead_nodes(outline: Outline) -> list[str]:
    """For each node why it is furniture, by its tag, its name or an element around it; empty where it is not."""
    nodes = outline.nodes
    count_words(outline, [""] * len(nodes))
    total = max(1, max((node.text_words for node in nodes), default=1))
    alike: Counter[str] = Counter()
    for node in nodes:
        alike[node.names] += node.text_words
    spans = _spans(outline)
    titles = [place for place, item in enumerate(outline.items) if item.level == 1]
    told = [0, *accumulate(item.words if running(item) else 0 for item in outline.items)]
    headed = _consent(outline, spans, titles, total) | _asking(outline, spans) | _cards(outline, spans, told)
    headed |= _headed(outline, spans, titles, told) | _answered(outline, spans, titles, told)
    headed |= _captions(outline, spans, alike, total)
    dead = [""] * len(nodes)
    for place, node in enumerate(nodes):
        if node.parent >= 0 and dead[node.parent]:
            dead[place] = dead[node.parent]
        elif node.tag in ("html", "body"):
            continue
        elif place in headed and node.text_words <= headed[place][0] * total:
            dead[place] = headed[place][1]
        elif node.text_words <= _dead_share(node, alike[node.names], total) * total:
            below = told[min(spans[place][0], len(outline.items))] >= STORY_BEFORE
            dead[place] = COMMENTS if below and _is_comments(node) else MARKED
    return dead


Found = dict[int, tuple[float, str]]  # nodes: up to which share of the page's text they are dead, and why


def _headed(outline: Outline, spans: Sequence[tuple[int, int]], titles: Sequence[int], told: Sequence[int]) -> Found:
    """Elements below the story that begin with "Comments" or "Most read"."""
    nodes = outline.nodes
    heads: list[tuple[int, str]] = []
    for place, item in enumerate(outline.items):
        if item.words <= 12 and told[place + 1] >= STORY_BEFORE and (reason := furniture.cut(item.text)):
            heads.append((place, reason))
    found: Found = {}
    for place, reason in heads:
        node = outline.items[place].node
        while (above := nodes[node].parent) >= 0 and spans[above][0] == place and not _any(titles, spans[above]):
            node = above
        if spans[node][1] > place:
            comments = reason == "start of the comments"
            found[node] = (MOST_COMMENTS, COMMENTS) if comments else (TOO_MUCH_TO_BE_DEAD, MARKED)
    return found


def _answered(outline: Outline, spans: Sequence[tuple[int, int]], titles: Sequence[int], told: Sequence[int]) -> Found:
    """The element below the story that holds all texts with a "Reply" under them."""
    nodes, items = outline.nodes, outline.items
    places = [place for place, item in enumerate(items) if item.words <= LONGEST_SIGN and _REPLY.fullmatch(item.text)]
    if len(places) < FEWEST_REPLIES:
        return {}
    node = items[places[0]].node
    while node >= 0 and spans[node][1] < places[-1]:
        node = nodes[node].parent
    start = spans[node][0]
    return {node: (MOST_COMMENTS, COMMENTS)} if told[start] >= STORY_BEFORE and not _any(titles, spans[node]) else {}


def _asking(outline: Outline, spans: Sequence[tuple[int, int]]) -> Found:
    """Boxes that hold a form and a few words: newsletters, votes, searches."""
    nodes = outline.nodes
    words = [0, *accumulate(item.words for item in outline.items)]
    found: Found = {}
    for node in nodes:
        box = node.parent
        if node.tag == "form" and box >= 0 and nodes[box].tag in ("div", "section", "aside", "figure"):
            first, last = spans[box]
            if words[last + 1] - words[min(first, last + 1)] <= LARGEST_BOX:
                found[box] = (TOO_MUCH_TO_BE_DEAD, MARKED)
    return found


def _cards(outline: Outline, spans: Sequence[tuple[int, int]], told: Sequence[int]) -> Found:
    """Lists below the story in which each entry has a title that is a link, and some have a text under it."""
    nodes, items = outline.nodes, outline.items
    entries: dict[int, list[bool]] = {}
    for place, node in enumerate(nodes):
        first, last = spans[place]
        if node.tag == "li" and node.parent >= 0 and first <= last and told[first] >= STORY_BEFORE:
            titled = any(item.linked >= TITLE_LINKED and item.words >= 3 for item in items[first : first + 3])
            entries.setdefault(node.parent, []).append(titled and last > first)
    full = (place for place, cards in entries.items() if sum(cards) >= max(FEWEST_CARDS, 0.8 * len(cards)))
    return dict.fromkeys(full, (TOO_MUCH_TO_BE_DEAD, MARKED))


def _captions(outline: Outline, spans: Sequence[tuple[int, int]], alike: Counter[str], total: int) -> Found:
    """Boxes that are called a picture and hold a few words: its caption and credit."""
    nodes, items = outline.nodes, outline.items
    words = [0, *accumulate(item.words for item in items)]
    holds = [node.tag in _NO_CAPTION for node in nodes]
    for place in range(len(nodes) - 1, 0, -1):
        if holds[place] and nodes[place].parent >= 0:
            holds[nodes[place].parent] = True
    found: Found = {}
    for place, node in enumerate(nodes):
        first, last = spans[place]
        if holds[place] or last < first or last - first >= CAPTION_LINES:
            continue
        named = node.names and _said_by(node.names)[4] and alike[node.names] <= MOST_IN_CAPTIONS * total
        if (named or node.tag == "figure") and words[last + 1] - words[first] <= MOST_IN_CAPTION:
            found[place] = (TOO_MUCH_TO_BE_DEAD, CAPTION)
    return found


def _consent(outline: Outline, spans: Sequence[tuple[int, int]], titles: Sequence[int], total: int) -> Found:
    """Notices about cookies that hold much of the page's text: elements of that name beside the page's headline."""
    large = (
        place
        for place, node in enumerate(outline.nodes)
        if node.names and node.text_words > TOO_MUCH_TO_BE_DEAD * total and _said_by(node.names)[3]
    )
    return {place: (MOST_CONSENT, MARKED) for place in large if titles and not _any(titles, spans[place])}


def _spans(outline: Outline) -> list[tuple[int, int]]:
    """The first and the last item in each element, descendants included."""
    spans = [(len(outline.items), -1)] * len(outline.nodes)
    for place, item in enumerate(outline.items):
        first, last = spans[item.node]
        spans[item.node] = (min(first, place), max(last, place))
    for node in range(len(spans) - 1, -1, -1):
        above = outline.nodes[node].parent
        if above >= 0:
            spans[above] = (min(spans[above][0], spans[node][0]), max(spans[above][1], spans[node][1]))
    return spans


def _any(places: Sequence[int], span: tuple[int, int]) -> bool:
    """Whether one of the sorted places lies in a span."""
    at = bisect_left(places, span[0])
    return at < len(places) and places[at] <= span[1]


def _dead_share(node: Node, alike: int, total: int) -> float:
    """Up to which share of the page's running text an element is furniture; negative where it says nothing.

    `alike` are the words in all elements of the same name: twenty wrappers "with-promo" are the story.
    """
    dead, live, comments, _, _ = _said_by(node.names) if node.names else (False,) * 5
    if comments and not live and node.tag not in ("article", "main"):
        return MOST_COMMENTS
    if node.hidden or node.tag in _DEAD_TAGS:
        return TOO_MUCH_TO_BE_DEAD
    if dead and not live and "articleBody" not in node.marks and alike <= TOO_MUCH_TO_BE_DEAD * total:
        return TOO_MUCH_TO_BE_DEAD
    return -1.0


def _is_comments(node: Node) -> bool:
    """Whether an element says that it holds readers' comments."""
    return bool(node.names) and node.tag not in ("article", "main") and _said_by(node.names)[2]


@lru_cache(maxsize=8192)
def _said_by(names: str) -> tuple[bool, bool, bool, bool, bool]:
    """Whether an element's names say furniture, article, readers' comments, a notice about cookies, or a picture."""
    single = _SEPARATORS.split(names)
    pairs = list(pairwise(single))
    denied = {two for one, two in pairs if one in _NEGATIONS}
    joined = {one + two for one, two in pairs}
    said = {*single, *joined} - denied
    if not joined.isdisjoint(("commentsopen", "commentsclosed")):
        said -= _COMMENT_WORDS
    dead, live, comments, consent, picture = (
        not said.isdisjoint(words)
        for words in (_DEAD_WORDS, _LIVE_WORDS, _COMMENT_WORDS, _CONSENT_WORDS, _PICTURE_WORDS)
    )
    return dead, live, comments, consent, picture


def is_article(node: Node) -> bool:
    """Whether an element says that it is the story."""
    return (
        node.tag in ("article", "main") or "articleBody" in node.marks or bool(node.names and _said_by(node.names)[1])
    )


def count_words(outline: Outline, dead: Sequence[str]) -> None:
    """Words of living running text for every node, descendants included."""
    nodes = outline.nodes
    for node in nodes:
        node.text_words = 0
    for item in outline.items:
        if not dead[item.node] and running(item):
            nodes[item.node].text_words += item.words
    for node in reversed(nodes):
        if node.parent >= 0:
            nodes[node.parent].text_words += node.text_words
