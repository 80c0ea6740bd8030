"""What surrounds an article on a news page, recognised line by line.

Which error is worse: to take a sentence of the article for furniture is worse than to leave a line of
furniture in; a reader skips a stray "Share", but a lost sentence may be the one that mattered.
So every rule here looks at a whole line, most of them only at short lines, and each has a reason in plain
words that is kept with the line it removed.

Two strengths.
A *cut* is a heading after which another part of the page begins ("Most read", "Leave a reply").
*Furniture* is a line that may stand anywhere, also between two paragraphs ("Read more: …", a photo credit).
The phrases are those of British and American news sites in general; what only one outlet writes is in
`outlets.toml`.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Longer lines are prose, whatever they start with.
LONGEST = 60  # words

_PUNCTUATION = " \t.:!?…›»>→–—-|•·*#'\"‘’“”"
_END = re.compile(r"[.!?…][\"'”’»)\]]*$")
_SOFT_END = re.compile(r"[:;,][\"'”’»)\]]*$")
_WORD = re.compile(r"[^\W_]+(?:['’.\-][^\W_]+)*")

_AGENCIES = r"(?:Getty(?: Images)?|Alamy(?: Stock Photo)?|Reuters|AFP|AP|PA(?: Wire| Media| Images)?|EPA(?:-EFE)?|Shutterstock|Rex(?: Features)?|iStock(?:photo)?|Unsplash|Bloomberg|Press Association)"
_SITES = (
    r"(?:facebook(?: messenger)?|messenger|twitter|x|x \(twitter\)|whatsapp|whats ?app|linked ?in|pinterest|reddit|"
    r"flipboard|instagram|tik ?tok|bluesky|threads|telegram|snapchat|youtube|google ?(?:plus|\+|news)?|tumblr|pocket|"
    r"digg|stumbleupon|delicious|mastodon|e-?mail|sms|rss|apple news|copy link|print|link)"
)
_NAME = r"(?:[A-Z][\w'’\-.]*|de|da|van|von|der|la|le|el|bin|al)"
_MONTHS = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    r"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAYS = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+)?"
_CLOCK = r"(?:\d{1,2}[:.]\d{2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?|\d{1,2}\s*[ap]\.?m\.?)"
_ZONE = r"(?:\s*\(?(?:gmt|bst|utc|e[sd]?t|p[sd]?t|c[sd]?t|ce?s?t|ist|aest|z)\)?)?"
_DAY = (
    rf"{_DAYS}(?:\d{{1,2}}(?:st|nd|rd|th)?(?:\s+of)?[\s\-]+{_MONTHS}\.?,?(?:[\s\-]+\d{{2,4}})?|"
    rf"{_MONTHS}\.?\s+\d{{1,2}}(?:st|nd|rd|th)?,?(?:\s+\d{{4}})?|\d{{1,2}}[/.\-]\d{{1,2}}[/.\-]\d{{2,4}}|\d{{4}}[/\-]\d{{2}}[/\-]\d{{2}})"
)
_STAMP = rf"(?:(?:at\s+)?{_CLOCK}{_ZONE}[\s,|·•\-–]*(?:on\s+)?)?{_DAY}(?:[\s,|·•\-–t]*(?:at\s+)?{_CLOCK}{_ZONE})?{_ZONE}"

#: Headings that end the article where enough of it stands above them; the first group is the surest.
_CUTS: dict[str, str] = {
    "start of the comments": (
        r"your thoughts|leave a (?:reply|comment)|(?:post|add|write) (?:a|your) comment|comments?(?: \(\d+\)| \d+)?|"
        r"(?:\d+|one|no|view|show|read|see|all|reader|readers['’]?|most recent|newest|oldest|top)"
        r"(?: \d+| all| the)? comments?(?: \(\d+\))?|"
        r"join the (?:conversation|discussion|debate)|have your say|what do you think|start the conversation|"
        r"\d+ (?:thoughts?|repl(?:y|ies)|responses?) (?:on|to)\b.*|(?:comments?|discussion) (?:policy|guidelines|rules)|"
        r"want to join the conversation|share your (?:views|thoughts)|sort by (?:newest|oldest|best)|letters to the editor"
    ),
    "start of a list of other stories": (
        r"latest(?: \w+){0,2} (?:news|stories|headlines|articles|posts|videos?|updates|jobs|roles|vacancies|comment|"
        r"features|podcasts?|issues?)(?: (?:from|on|in)\b.*)?|latest|latest (?:from|on|in)\b.*|"
        r"more (?:from|on|in|about|for you|like this|to (?:explore|read)|great|top|news|stories|articles|headlines|reading|information|related)\b.*|"
        r"(?:most|trending|popular|top|must)[ -](?:read(?:s)?|viewed|popular|shared|commented|watched|discussed|emailed|recent|stories|news|videos?|articles|posts|now|today|picks)\b.{0,40}|"
        r"trending(?: (?:on|in)\b.*)?|popular(?: (?:on|in)\b.*)?|"
        r"related(?: (?:stories|articles?|topics?|content|posts?|news|links|internet links|tags|reading|reads|videos?|coverage|items|stor(?:y|ies)|to this.*))?|"
        r"(?:recommended|suggested|picked)(?: (?:for you|stories|articles|reading|by.*|from.*|videos?|posts))?|"
        r"you (?:may|might) (?:also )?(?:like|enjoy|be interested in|have missed|want to read)\b.*|(?:also|more) (?:on|in|from) .{2,40}|"
        r"(?:editor['’]?s['’]?|editors['’]|our|staff|today['’]s) (?:picks?|choice|recommendations|top stories)|"
        r"(?:what to )?read next|up next|next up|next (?:article|story|post)|previous (?:article|story|post)|"
        r"(?:in )?other (?:news|stories|top stories)|around the (?:web|bbc|world)|elsewhere on.{0,40}|from the web|from around the web|"
        r"top stories(?: .{0,30})?|don['’]t miss|in case you missed it|features(?: (?:&|and) analysis)?|see also|further reading|"
        r"(?:stories|articles|content) (?:you may like|for you|by .*)|in (?:pictures|this section|this series)|more from this theme|"
        r"(?:find )?out more|explore more(?: on these topics)?|keep reading|discover more|watch (?:next|more)|video(?:s)? (?:you may like|for you)|view all .*|see all .*|"
        r"story timeline|special reports?|bbc links|elsewhere"
    ),
    "start of advertising": (
        r"sponsored(?: (?:posts?|content|stories|links?|by.*))?|promoted(?: (?:stories|content|posts?|by.*))?|paid (?:content|post|partnership|stories)|"
        r"(?:partner|brand|affiliate|advertiser) content|(?:content )?from our (?:partners|sponsors|advertisers)|advertorial|(?:featured|latest|education|top|recent|find) (?:jobs?|roles|vacancies)|"
        r"jobs? of the (?:week|day)|ads? by .*|you may like these|shopping|deals of the day"
    ),
    "end of the page": (
        r"(?:©|\(c\)|copyright\b|&copy;).*|.{0,60}\ball rights reserved\b.{0,60}|back to top|about (?:us|the (?:author|writer|authors)|our ads)|contact us|(?:site|page) map|"
        r"(?:quick|useful|site|footer|legal) links|terms (?:of (?:use|service)|(?:&|and) conditions)|privacy (?:policy|notice)|cookie (?:policy|settings)|accessibility (?:help|statement)|"
        r"follow us(?: on.*)?|get in touch|connect with us|(?:topics|tags|keywords|categories|filed under|filed in|topics in this article|article topics|more on this (?:story|topic))(?::.*)?|"
        r"(?:send us|have you got|do you have) a (?:story|tip).*|contact the (?:author|newsroom|editor)|reprints? (?:&|and) permissions|reuse this content.*|"
        r"sign in|log in|newsletters?|sign up(?: (?:to|for)\b.{0,80})?"
    ),
}

#: Lines that may stand anywhere.
_FURNITURE: dict[str, str] = {
    "advertising": (
        r"ad(?:vert(?:isement)?s?)?(?: feedback)?|skip ad(?:vertisement)?|(?:story|article|content) continues (?:below|after)\b.{0,40}|continues below|"
        r"(?:scroll (?:down )?(?:for|to)|continue (?:reading|to)|click here|tap here|swipe)\b.{0,60}|video ad feedback|remove ads|why (?:am i seeing )?this ad.*|"
        r"sponsored (?:post|content)|sw ?advertorial|advertiser disclosure.*|promoted|report (?:this )?ad"
    ),
    "page controls": (
        r"skip (?:to|past|ahead|navigation)\b.{0,60}|(?:main )?(?:menu|navigation)|(?:open|close|show|hide|toggle) (?:main |sub|site |side)?(?:menu|navigation|nav|search|gallery|image|panel|sidebar|caption|comments?|details|all|more|less)\b.{0,30}|search(?: (?:for|the|this)\b.{0,30})?|home(?:page)?|loading.{0,20}|"
        r"(?:play|pause|stop|mute|unmute|replay|fullscreen|full screen|exit full ?screen|captions?|subtitles|settings|volume|autoplay|rewind|skip|live|"
        r"current time|duration(?: time)?|remaining time|stream type|loaded|progress|playback rate|descriptions|chapters|quality|picture-in-picture|"
        r"play video|play audio|watch live|watch now|listen now|watch|listen)(?: [\d:.%/-]+x?)*|(?:\d{1,2}:)?\d{1,2}:\d{2}(?: ?/ ?(?:\d{1,2}:)?\d{1,2}:\d{2})?|"
        r"(?:media|video|audio) (?:playback|player|caption|is).{0,80}|this (?:video|audio|content) (?:is|can|cannot|has|file)\b.{0,80}|this is a modal window.*|beginning of dialog window.*|end of dialog window.*|"
        r"(?:save|saved|bookmark|bookmarked|article bookmarked|gift(?: (?:this )?article)?|add to (?:saved|my list|your saved stories).*|"
        r"like|dislike|reply|report|flag|views?|comment|follow|following|next|prev(?:ious)?|back|top|more|less|all|view|view all|see all|(?:see|show|view|load|read) (?:more|less|all)(?: \w+)?|listen to (?:this )?(?:article|story).{0,30}|text size|font size|a a|"
        r"view (?:gallery|image|photos?|in (?:gallery|app|browser)|comments?)|open (?:image|gallery).{0,30}|enlarge(?: (?:this )?(?:image|photo))?|hide caption|toggle caption|expand|collapse|refresh|translate|edit|subscribe|sign in|sign up|log in|login|register|donate|my account|account|my profile|logout|log out|close)"
    ),
    "sharing": (
        rf"{_SITES}(?:[\s,|/·•]+(?:{_SITES}|share|tweet|post|save|comments?|more))*|shares?(?: {_SITES})?|share (?:this|on|via|with|to|by|full|the|your|options|page|close|panel)\b.{{0,80}}|tweet(?: this)?|pin(?: it)?|post|e-?mail (?:this|to|a|us|link|the)\b.{{0,40}}|"
        r"(?:copy|copied|link copied|copy this link)\b.{0,40}|these are external links.*|(?:this )?link (?:is )?copied.{0,30}|print (?:this|article|page).{0,20}|sharethis|whatsapp|\d[\d,.]*k? ?(?:shares?|likes?|comments?|views?|retweets?|reactions?|replies|followers)|"
        r"(?:facebook|twitter|whatsapp|email|linkedin|share)(?: ?icon)"
    ),
    "date line": (
        rf"(?:(?:first |last |originally |article )?(?:published|posted|updated|modified|created|uploaded|edited)(?: (?:on|at|by\b.{{2,40}}))?:?\s*|date:?\s*|\w+ edition,?\s*)?{_STAMP}(?:\s*[|•·,\-–(]\s*(?:(?:last )?(?:updated|modified|published|edited):?\s*)?(?:{_STAMP}|\d+ (?:min|hour|day).*|.{{0,20}} read))?\)?|"
        r"(?:(?:first |last )?(?:published|posted|updated|modified)(?: on| at)?:?\s*)?(?:(?:about |over )?(?:\d+|an?|one|two|three) (?:seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|weeks?|months?|years?)(?: ago)?|just now|today|yesterday)(?:[ ,]+(?:at )?"
        rf"{_CLOCK})?|(?:first |last )?(?:published|updated|posted|modified)(?: at| on)?:?|(?:(?:first |last )?(?:published|updated|posted|modified)(?: at| on)?:?\s*)?{_CLOCK}{_ZONE}|this article is more than \w+ (?:years?|months?) old|"
        r"(?:reading time:? ?)?\d+[ -]?(?:min(?:ute)?s?)(?:[ -]read)?|(?:estimated )?read(?:ing)? time.{0,20}"
    ),
    "photo caption or credit": (
        rf"(?:image|photo(?:graph)?|picture|pic|video|graphic|file photo|handout|media|cover|map|chart)s? ?(?:caption|copyright|credit|source|by|via|courtesy|captions)\b.{{0,240}}|"
        rf"(?:images?|photo(?:graph)?s?|pictures?|pics?|credits?|caption|source|graphic|file photo|handout|video|getty|illustration)\s?[:/]\s?.{{2,240}}|"
        rf"(?:(?:via |by |credit:? |photo:? |image:? |©\s?|source:? )?{_AGENCIES})(?:[\s/,|&]+(?:and )?{_AGENCIES})*(?: (?:for|via|/).{{2,30}})?(?: file)?|copyright {_AGENCIES}.{{0,40}}"
    ),
    "pointer to another story": (
        r"(?:read|see|watch|listen|find out|learn|click|view|discover)(?: (?:more|also|next|here|this|now|on|our|the full (?:story|article|report)|full))\b(?:\s*[:|>»–-]\s*.{0,200}| (?:about|on|from|here|at|in|by|stories|in our)\b.{0,120}|\s*)|"
        r"(?:read more|see more|related|don['’]t miss|must read|also read|read also|recommended|more|read|see also|watch|listen|related (?:article|story|stories|content)|in pictures|watch now|read next|go deeper|more on this|also on \w+)\s?[:|>»]\s?.{2,200}|"
        r"\[?(?:insight|analysis|video|pictures|pics|revealed|latest|report|update|gallery|exclusive|comment|opinion|interview|poll|photos|spotlight|watch|live)\]\.?|.{4,160}\[(?:insight|analysis|video|pictures|pics|revealed|latest|report|update|gallery|comment|opinion|interview|poll|photos|spotlight|exclusive)\]|"
        r"opens in (?:a )?new (?:tab|window)|external link|(?:for (?:more|all)|get) (?:the latest )?(?:\w+ ){0,4}(?:news|stories|updates)\b.{0,120}(?:here|website|page|app|inbox|follow|subscribe|sign up|visit|newsletter|whatsapp|channel)\b.{0,60}"
    ),
    "newsletter, subscription or appeal": (
        r"(?:sign up|subscribe|register|log in|sign in|join (?:us|our|the \w+)|follow (?:us|the|our|@\w+|\w+ on)|download (?:our|the)|get (?:our|the|all|more|unlimited|your daily|a daily|breaking|exclusive|email)|"
        r"enter your e-?mail|start your free|try (?:it )?free|become a (?:member|subscriber|supporter)|support (?:us|our|independent|the guardian|quality)|you can unsubscribe|already (?:a )?(?:subscriber|subscribed|registered|have an account|a member)|"
        r"stay (?:informed|up to date|connected|ahead)|don['’]t miss out|never miss|click here|like us on|find us on|want more|for more (?:stories|news|information on this story)|keep up to date|"
        r"thanks? you? ?for (?:subscribing|signing up)|thank you for (?:subscribing|signing up|registering)|something went wrong|invalid email|please enter a valid|unlock the|your e-?mail address|required fields|by (?:signing|clicking|entering|subscribing|submitting|providing)|"
        r"i would like (?:to be emailed|to receive)|our (?:morning|free|daily|weekly|newsletter|privacy)\b.{0,40}(?:email|newsletter|inbox|policy|notice)|(?:a |the |your |our )?(?:free )?(?:daily|weekly|morning) (?:newsletter|email|briefing|digest)|"
        r"privacy notice\b|we use (?:google recaptcha|cookies|your sign-?up)|(?:for more information )?see our privacy|recaptcha|this site (?:is protected|uses)|email address|e-?mail|newsletter)\b.{0,300}|"
        r".{0,120}\b(?:straight to|delivered to|into) your (?:inbox|email|phone)\b.{0,80}|.{0,100}\b(?:sign up (?:here|now|to our|for our|to the|for the)|subscribe (?:here|now|to our)|our (?:free )?(?:daily |weekly |email )?newsletter)\b.{0,80}|"
        r".{0,80}\b(?:whatsapp|telegram) (?:channel|group|community|communities)\b.{0,100}|(?:this is )?(?:subscriber|premium|exclusive)[ -]only.{0,30}|"
        r"(?:the )?\w+ (?:is|are) not responsible for the content of external (?:inter)?net sites.*|the \w+ is not responsible for the content of external sites.*"
    ),
    "notice": (
        r"(?:please )?(?:enable|turn on|you need to enable|activate|switch on) (?:javascript|cookies)\b.{0,120}|.{0,80}javascript (?:is|must be|to be) (?:disabled|enabled|required|turned off).{0,80}|your browser (?:does not|doesn['’]t|is)\b.{0,120}|"
        r"(?:we|this (?:web)?site) uses? cookies\b.{0,200}|accept (?:all )?cookies|manage (?:cookies|preferences|settings)|reject all|allow all|"
        r"(?:got|have) a (?:story|tip|news tip|confidential tip)\b.{0,120}|do you have a (?:story|tip|question)\b.{0,160}|(?:contact|e-?mail|message) (?:our|the) (?:news(?:room| team| desk)|editor|reporter)s?\b.{0,120}|"
        r"this material may not be (?:published|reproduced)\b.{0,120}|(?:©|copyright)\s.{0,160}|our standards:.{0,80}|purchase licensing rights.*|(?:page|chapter) \d+ of \d+|"
        r"(?:reporting|editing|additional reporting|writing) by [A-Z][^.]{2,160}"
    ),
}

_BYLINE = re.compile(
    rf"^(?:(?:[Ww]ritten|[Rr]eported|[Pp]osted|[Ww]ords|[Ss]tory|[Aa]nalysis|EXCLUSIVE|[Ee]xclusive)(?:\s+by:?|:)|[Bb]y:?|BY:?)\s+(?P<names>{_NAME}(?:(?:\s+|,\s*|\s*&\s*|\s+and\s+){_NAME}){{0,11}})"
    r"(?P<rest>(?:\s*[,|–—·•-]\s*.{0,80}|\s+(?:in|at|for)\s+[A-Z].{0,40}|\s+\w+ (?:editor|reporter|correspondent|writer).{0,40})?)$"
)
_JOB = re.compile(
    r"\b(?:editor|reporter|correspondent|columnist|staff writer|chief writer|political writer|contributor|journalist|"
    r"specialist|producer|bureau chief|news service|data unit)\b",
    re.IGNORECASE,
)
_CREDIT_TAIL = re.compile(
    rf"(?:\((?i:image|photo|picture|pic|credit|file|source|video)s?\s?[:/ ].{{2,60}}\)|\((?:via )?{_AGENCIES}(?:[/, ].{{0,40}})?\)|"
    rf"\b(?i:photograph|photo|picture|image|pic|credit|illustration|composite|photography)s?(?: by)?:\s?.{{2,60}}|"
    rf"(?<=[\s.|–-]){_AGENCIES}\s?/\s?.{{2,40}}|(?:\s|/)(?:Getty Images|Alamy(?: Stock Photo)?|PA Wire|AFP|Reuters|Shutterstock|PA Media))\.?$"
)
_MENU = re.compile(r"^(?:[^|›»•·]{1,30}\s[|›»•·]\s){2,}[^|›»•·]{1,30}$")
_URL = re.compile(r"^(?:https?://|www\.)\S+$|^@\w{2,30}$|^#\w+(?:\s#\w+)*$|^\S+@\S+\.\w{2,}$")
_SYMBOLS = re.compile(r"^[\W\d_]+$")


def _compiled(table: dict[str, str]) -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((reason, re.compile(rf"(?:{pattern})", re.IGNORECASE)) for reason, pattern in table.items())


_CUT_RULES = _compiled(_CUTS)
_FURNITURE_RULES = _compiled(_FURNITURE)


def words(line: str) -> list[str]:
    """The words of a line, numbers included.

    >>> words("We’ve 3 co-heads!")
    ['We’ve', '3', 'co-heads']
    """
    return _WORD.findall(line)


def ends_sentence(line: str) -> bool:
    """Whether the line closes a sentence, a quotation mark or bracket after it allowed."""
    return bool(_END.search(line))


def is_prose(line: str, count: int | None = None) -> bool:
    """A paragraph: nine words and a full stop, or so long that it can't be a heading (22 words).

    A colon or comma counts as an end from 15 words on: "The plan has three parts, the minister said:".
    """
    count = len(words(line)) if count is None else count
    if count >= 22:
        return True
    return (count >= 9 and ends_sentence(line)) or (count >= 15 and bool(_SOFT_END.search(line)))


@lru_cache(maxsize=4096)
def cut(line: str) -> str | None:
    """Why this line is the heading of another part of the page, or None.

    Only lines of at most twelve words that don't end like a sentence are looked at.
    """
    if len(line) > 120 or (ends_sentence(line) and not line.rstrip().endswith(("?", "…", "reserved."))):
        return None
    bare = line.strip(_PUNCTUATION)
    for reason, rule in _CUT_RULES:
        if rule.fullmatch(bare):
            return reason
    return None


@lru_cache(maxsize=4096)
def furniture(line: str) -> str | None:
    """Why this line is furniture wherever it stands, or None.

    >>> furniture("Share this with Facebook")
    'sharing'
    >>> furniture("Share prices fell by a tenth on Monday, the bank said.") is None
    True
    """
    if len(line) > 600 or len(words(line)) > LONGEST:
        return None
    if _SYMBOLS.match(line):
        return "no words"
    if _URL.match(line):
        return "bare address"
    if _BYLINE.match(line):
        return "byline"
    bare = line.strip(_PUNCTUATION)
    for reason, rule in _FURNITURE_RULES:
        if rule.fullmatch(bare) and not _is_sentence_of_story(line, reason):
            return reason
    if _CREDIT_TAIL.search(line):
        return "photo caption or credit"
    if _MENU.match(line):
        return "menu"
    return None


def _is_sentence_of_story(line: str, reason: str) -> bool:
    """Whether a line that only starts like furniture reads on like a sentence somebody reported."""
    if reason in {"newsletter, subscription or appeal", "notice", "pointer to another story"}:
        return (
            bool(re.search(r"\b(?:said|says|told|added|argued|warned|according to)\b", line))
            and len(words(line)) > 12
        )
    return (
        ends_sentence(line)
        and len(words(line)) >= 9
        and reason not in {"date line", "photo caption or credit"}
    )


def byline(line: str) -> tuple[str, ...]:
    """The names in a line of the form "By A Name and B Name, Reporter"; empty where it is none.

    >>> byline("By Ada Marsh and Tom Okoro, education reporters")
    ('Ada Marsh', 'Tom Okoro')
    """
    found = _BYLINE.match(line.strip())
    return split_names(found["names"]) if found else ()


def split_names(text: str) -> tuple[str, ...]:
    """Several people in one string as single names, jobs and "By" left out, order kept.

    >>> split_names("By ADA MARSH, Education Editor; and Tom Okoro")
    ('Ada Marsh', 'Tom Okoro')
    """
    text = re.sub(r"^\s*(?:written |reported |words |posted )?by:?\s+", "", text.strip(), flags=re.IGNORECASE)
    names: list[str] = []
    for part in re.split(r"\s*(?:[,;|•·/]|&|\band\b|\bwith\b|\n)\s*", text):
        name = re.sub(r"^by:?\s+", "", part, flags=re.IGNORECASE).strip(" .-–—")
        name = re.sub(r"\s+(?:in|for|at)\s+.*$", "", name)
        if not name or _URL.match(name) or "http" in name or "@" in name or _JOB.search(name):
            continue
        if len(name) > 60 or not re.search(r"[^\W\d_]", name):
            continue
        if name.isupper() and len(name) > 3:
            name = _capitalised(name)
        if name not in names:
            names.append(name)
    return tuple(names)


def _capitalised(name: str) -> str:
    """A shouted name in ordinary letters: O'NEILL becomes O'Neill, McDONALD is left to chance."""
    return (
        re.sub(r"[^\W\d_]+", lambda word: word[0].capitalize(), name)
        .replace("’S ", "’s ")
        .replace("'S ", "'s ")
    )


def is_job_title(line: str) -> bool:
    """A journalist's job under a byline: "Education correspondent"; at most six words.

    >>> is_job_title("Education correspondent")
    True
    """
    return len(line) < 60 and len(words(line)) <= 6 and bool(_JOB.search(line)) and not ends_sentence(line)
