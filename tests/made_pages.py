"""News pages as different systems build them, each with the lines that belong to its story.

All text is invented.
A page is a list of pieces: what is marked with `t()` is true text of the story, everything else surrounds it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

EN = (
    "A council has dropped its plan to close the last public library in the town after a long campaign by readers.",
    "The cabinet voted by seven to two on Thursday night to keep the building open until at least the spring of 2030.",
    "“We listened to the people who come here,” said Amir Quill, who leads the council. “They were right.”",
    "It will cost £210,000 a year, which the council hopes to find by letting out the rooms above the entrance hall.",
    "Hester Vane, 71, has borrowed books there since 1974 and stood outside the town hall in the rain.",
    "“I would do it again,” she said, “but I would rather be reading than standing in a puddle, to be honest.”",
    "The library was built by public subscription in 1911 and its roof is older than anybody who looks after it.",
    "A new roof is to be put on next summer, when the reading room will be closed for six weeks and no longer.",
    "Opposition members said that the money would be missed elsewhere, and that nobody had asked the villages.",
    "Cora Lind, who speaks for the villages, said the mobile library had been cut twice in three years.",
    "A spokesman for the county said it had no plans to change what it pays towards books, shelves and heating.",
    "Readers will be asked in the autumn which evenings suit them best, and the answers will be published.",
)
DE = (
    "Der Stadtrat hat am Donnerstagabend beschlossen, die letzte öffentliche Bücherei der Stadt nicht zu schließen.",
    "Sieben Mitglieder stimmten dafür, zwei dagegen, und damit bleibt das Haus mindestens bis zum Frühjahr 2030 offen.",
    "„Wir haben den Menschen zugehört, die hierher kommen“, sagte Bürgermeisterin Ilse Brandner. „Sie hatten recht.“",
    "Das kostet im Jahr rund 210.000 Euro, die durch die Vermietung der Räume über dem Eingang hereinkommen sollen.",
    "Die Bücherei wurde 1911 aus Spenden gebaut, und ihr Dach ist älter als alle, die sich darum kümmern.",
    "Im nächsten Sommer soll es erneuert werden; der Lesesaal bleibt dann sechs Wochen lang geschlossen.",
    "Aus den Dörfern kam Kritik: Das Geld werde anderswo fehlen, und gefragt habe dort niemand.",
    "Im Herbst sollen die Leserinnen und Leser sagen, welche Abende ihnen am besten passen.",
)
PT = (
    "A câmara municipal desistiu de fechar a última biblioteca pública da cidade depois de uma longa campanha.",
    "A proposta foi aprovada na noite de quinta-feira por sete votos a dois e vale até a primavera de 2030.",
    "“Ouvimos as pessoas que vêm aqui”, disse a presidente da câmara, Inês Valadares. “Elas tinham razão.”",
    "A decisão vai custar cerca de 210 mil euros por ano, que devem vir do aluguer das salas do primeiro andar.",
    "O edifício foi construído em 1911 com dinheiro dos moradores, e o telhado nunca foi trocado desde então.",
    "As obras começam no próximo verão e a sala de leitura ficará fechada durante seis semanas.",
    "A oposição lembrou que o dinheiro vai fazer falta nas aldeias, onde ninguém foi consultado.",
)
IT = (
    "Il consiglio comunale ha rinunciato a chiudere l’ultima biblioteca pubblica della città dopo una lunga protesta.",
    "Giovedì sera la giunta ha votato con sette voti contro due per tenerla aperta almeno fino alla primavera del 2030.",
    "«Abbiamo ascoltato chi viene qui ogni giorno», ha detto la sindaca Elda Marchi. «Avevano ragione loro».",
    "La spesa è di circa 210 mila euro all’anno, che il Comune spera di recuperare affittando le sale al primo piano.",
    "L’edificio fu costruito nel 1911 con una colletta e il tetto è più vecchio di chiunque se ne occupi.",
    "I lavori cominceranno l’estate prossima e la sala di lettura resterà chiusa per sei settimane.",
)
FR = (
    "Le conseil municipal a renoncé à fermer la dernière bibliothèque publique de la ville après une longue campagne.",
    "Jeudi soir, sept élus contre deux ont voté pour la garder ouverte au moins jusqu’au printemps 2030.",
    "« Nous avons écouté ceux qui viennent ici », a dit la maire, Odile Garnier. « Ils avaient raison. »",
    "Il en coûtera environ 210 000 euros par an, que la ville espère trouver en louant les salles de l’étage.",
    "Le bâtiment a été construit en 1911 grâce à une souscription et son toit n’a jamais été refait depuis.",
    "Les travaux commenceront l’été prochain et la salle de lecture sera fermée pendant six semaines.",
)
JA = (
    "市議会は木曜日の夜、町に残る最後の公立図書館を閉鎖する計画を取りやめると決めた。",
    "賛成七、反対二で可決され、図書館は少なくとも二〇三〇年の春まで開館を続ける。",
    "「ここへ来る人たちの声を聞きました。正しかったのは市民のほうです」と市長は述べた。",
    "費用は年間およそ三千万円で、市は二階の部屋を貸し出すことで賄いたいとしている。",
    "建物は一九一一年に市民の寄付で建てられ、屋根は一度も葺き替えられていない。",
    "工事は来年の夏に始まり、閲覧室は六週間だけ閉まる予定だ。",
)
TEASER = "Residents of a nearby town are waiting for a decision about their own swimming pool, which may come in May."
TEASERS = (
    "Police have asked for help after a dog was found on the roof of the old brewery for the second time.",
    "The bridge at Nether Hallam will stay shut for another month because of a crack in the northern pier.",
    "A bakery that has won the county prize four times is to open a second shop beside the railway station.",
)
COMMENT = "I have lived here for forty years and I have never seen the roof leak, so I doubt that it is that old."


@dataclass(frozen=True)
class Made:
    """One page and its story."""

    name: str
    html: bytes
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


_MARK = re.compile("\x01(.*?)\x02", re.DOTALL)


def t(text: str) -> str:
    """Text of the story; markup inside is allowed."""
    return f"\x01{text}\x02"


def p(text: str, attributes: str = "", tag: str = "p") -> str:
    """A paragraph of the story."""
    return f"<{tag}{' ' + attributes if attributes else ''}>{t(text)}</{tag}>"


def ps(texts: tuple[str, ...], attributes: str = "", tag: str = "p") -> str:
    """Paragraphs of the story."""
    return "\n".join(p(text, attributes, tag) for text in texts)


def made(name: str, body: str, head: str = "", lang: str = "en-GB", title: str = "Library saved after vote") -> Made:
    """The page without marks, and the marked text line by line."""
    truth = [re.sub(r"<br\s*/?>", "\n", found) for found in _MARK.findall(body)]
    plain = (" ".join(re.sub(r"<[^<>]+>", "", line).split()) for text in truth for line in text.split("\n"))
    page = (
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>{title} | Marl Times</title>'
        f'<meta property="og:title" content="{title}">{head}</head><body>{body}</body></html>'
    )
    html = page.replace("\x01", "").replace("\x02", "").encode()
    return Made(name, html, tuple(line.replace("&amp;", "&") for line in plain if line))


def cards(n: int = 3, tag: str = "h3", wrap: str = "div") -> str:
    """Teasers of other stories as cards: a linked heading and a line."""
    heads = ("Dog found on roof again", "Bridge stays shut", "Bakery to open second shop")
    return "".join(
        f"<{wrap}><{tag}><a href='/n/{k}'>{heads[k % 3]}</a></{tag}><p>{TEASERS[k % 3]}</p></{wrap}>" for k in range(n)
    )


LD = (
    '<script type="application/ld+json">'
    + json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": "Library saved after vote",
            "datePublished": "2026-07-04T10:00:00Z",
            "author": {"@type": "Person", "name": "Ada Marsh"},
        }
    )
    + "</script>"
)
HEAD = "<h1>Library saved after vote</h1>"
NAV = "<header><nav><ul><li><a href='/'>Home</a></li><li><a href='/s'>Sport</a></li></ul></nav></header>"
FOOT = "<footer><ul><li><a href='/t'>Terms</a></li></ul><p>© 2026 Marl Times Ltd. All rights reserved.</p></footer>"

MAKERS: list[Callable[[], Made]] = []


def page(make: Callable[[], Made]) -> Callable[[], Made]:
    """Register a maker."""
    MAKERS.append(make)
    return make


def all_pages() -> Iterator[Made]:
    """Every page of this module."""
    for make in MAKERS:
        yield make()


@page
def wordpress() -> Made:
    """A weblog theme: sharing buttons, related posts, an author box, tags, comments."""
    return made(
        "wordpress",
        f"{NAV}<div id='content' class='site-content'><div id='primary' class='content-area has-sidebar'><main>"
        f"<article class='post type-post status-publish tag-library category-news has-post-thumbnail'>"
        f"<header class='entry-header'>{HEAD}<div class='entry-meta'><span class='posted-on'>Posted on <time "
        f"datetime='2026-07-04'>4 July 2026</time></span> <span class='byline'>by <a href='/a'>Ada Marsh</a></span>"
        f"</div></header><div class='entry-content'>{ps(EN[:3])}<h2 class='wp-block-heading'>{t('What it costs')}</h2>"
        f"{ps(EN[3:6])}<blockquote class='wp-block-quote'><p>{t('A town without a library is a car park with houses.')}"
        f"</p></blockquote>{ps(EN[6:9])}<ul class='wp-block-list'><li>{t('Monday: 10am to 6pm')}</li>"
        f"<li>{t('Wednesday: 10am to 8pm')}</li><li>{t('Saturday: 9am to 1pm')}</li></ul>"
        "<div class='sharedaddy sd-sharing-enabled'><h3>Share this:</h3><ul><li><a href='#'>Facebook</a></li></ul></div>"
        f"<div id='jp-relatedposts'><h3>Related</h3>{cards(2, 'h4')}</div></div><footer class='entry-footer'>Tagged "
        "<a href='/t'>library</a>, <a href='/c'>council</a></footer><div class='author-box'><h4>Ada Marsh</h4><p>Ada "
        "Marsh has covered the council for the Marl Times since 2011 and lives in the old town with two cats.</p></div>"
        f"</article><div id='comments' class='comments-area'><h2>2 thoughts on “Library saved”</h2><ol><li><p>{COMMENT}"
        f"</p></li><li><p>{COMMENT} Or is it?</p></li></ol></div></main></div><aside class='widget-area'>{cards()}"
        f"</aside></div>{FOOT}",
        LD,
    )


@page
def arc() -> Made:
    """A publishing platform of newspapers: adverts, pitches and pointers between the paragraphs."""
    return made(
        "arc",
        f"{NAV}<main class='c-layout'><section class='l-article'><div class='b-headline'>{HEAD}</div>"
        f"<article class='b-article-body'>{ps(EN[:2], 'class=c-paragraph')}<div class='arcad-feature'><p>Advertisement"
        f"</p></div>{ps(EN[2:4], 'class=c-paragraph')}<p class='c-paragraph'><b>Read more: </b><a href='/x'>The dog on "
        f"the roof and the brewery that nobody wants</a></p>{ps(EN[4:6], 'class=c-paragraph')}<h2 class='c-heading'>"
        f"{t('The roof')}</h2>{ps(EN[6:8], 'class=c-paragraph')}<div class='newsletter-promo'><h3>Morning Marl</h3>"
        f"<p>Get the day’s news from the town in your inbox every morning before breakfast.</p></div>"
        f"{ps(EN[8:10], 'class=c-paragraph')}<p class='c-paragraph'><i>Sign up to our free weekly newsletter for more "
        f"stories like this one from around the county.</i></p>{ps(EN[10:], 'class=c-paragraph')}</article></section>"
        f"<section class='l-rail'><h3>Most read</h3>{cards()}</section></main>{FOOT}",
    )


@page
def drupal() -> Made:
    """Fields in fields, with a standfirst outside of the body."""
    return made(
        "drupal",
        f"{NAV}<div class='region region-content'><div class='node node--type-article'><h1 class='page-title'><span "
        f"class='field field--name-title'>Library saved after vote</span></h1><div class='field field--name-body "
        f"field--type-text-with-summary field__item'>{ps(EN[:6])}<h3>{t('Opposition')}</h3>{ps(EN[8:11])}</div><div "
        f"class='field field--name-field-tags'><div class='field__label'>Tags</div><a href='/l'>Library</a></div>"
        f"<ul class='links inline'><li><a href='/login'>Log in</a> or <a href='/r'>register</a> to post comments</li>"
        f"</ul></div></div><div class='region region-sidebar-first'><h2>Latest news</h2>{cards()}</div>{FOOT}",
    )


@page
def blocks() -> Made:
    """A broadcaster: every paragraph a block of its own with hashed names."""
    block = "<div data-component='text-block' class='ssx-11rr-{k} e1'><div class='ssx-7uxr'><p class='ssx-1q0'>{x}</p></div></div>"
    text = [block.format(k=k, x=t(line)) for k, line in enumerate(EN)]
    picture = (
        "<div data-component='image-block'><figure><img src='a.jpg'><figcaption><span class='visually-hidden'>Image "
        "caption, </span>The library has stood on the square for more than a hundred years.</figcaption></figure></div>"
    )
    return made(
        "blocks",
        f"{NAV}<main id='main-content'><article class='ssx-pv1rh6'><div data-component='headline-block'>{HEAD}</div>"
        f"<div data-component='byline-block'><div>Ada Marsh</div><div>Local government reporter</div></div>{picture}"
        f"<div data-component='text-block'><div><p><b>{t('A library that was to close will stay open after all.')}</b>"
        f"</p></div></div>{''.join(text[:4])}<div data-component='subheadline-block'><h2>{t('‘It is our front room’')}"
        f"</h2></div>{''.join(text[4:7])}<div data-component='unordered-list-block'><ul><li><a href='/1'>Dog found on "
        f"roof again</a></li><li><a href='/2'>Bridge stays shut until August</a></li></ul></div>{''.join(text[7:])}"
        f"<div data-component='text-block'><p><i>Follow BBM Marl on <a href='#'>Facebook</a> and <a href='#'>X</a>. "
        f"Send your story ideas to marl.newsroom@bbm.example</i></p></div>"
        f"<div data-component='topic-list'><h2>Related topics</h2><ul><li><a href='/t'>Libraries</a></li></ul></div>"
        f"</article></main><div data-component='links'><h2>Top stories</h2>{cards()}</div>{FOOT}",
    )


@page
def islands() -> Made:
    """A broadsheet: rich links, a newsletter in a figure, a pull quote, an appeal."""
    return made(
        "islands",
        f"<main><div id='maincontent'><div data-gu-name='headline'>{HEAD}</div><div data-gu-name='standfirst'>{p(EN[0])}"
        f"</div><div class='article-body-commercial-selector'>{ps(EN[1:3], 'class=dcr-16w')}<gu-island name='Ri'><aside>"
        f"<a href='/x'><h5>Dog found on roof again</h5></a><div>Read more</div></aside></gu-island>"
        f"{ps(EN[3:5], 'class=dcr-16w')}<figure><gu-island><a href='#skip'>skip past newsletter promotion</a><p>Sign up "
        f"to <strong>First Edition</strong></p><p>Our morning email breaks down the key stories of the day, telling you "
        f"what’s happening and why it matters</p><small><strong>Privacy Notice:</strong> Newsletters may contain info "
        f"about charities, online ads, and content funded by outside parties.</small></gu-island><p id='skip'>after "
        f"newsletter promotion</p></figure>{ps(EN[5:7], 'class=dcr-16w')}<figure class='pull'><aside><blockquote>I would "
        f"rather be reading than standing in a puddle</blockquote><footer><cite>Hester Vane</cite></footer></aside>"
        f"</figure>{ps(EN[7:], 'class=dcr-16w')}</div><div class='submeta'><span>Explore more on these topics</span><ul>"
        f"<li><a href='/l'>Libraries</a></li></ul></div></div></main><section><h2>More on this story</h2>{cards()}"
        f"</section>{FOOT}",
    )


@page
def tabloid() -> Made:
    """Pictures with captions, related lists and players between every few lines."""
    group = (
        "<div class='artSplitter mol-img-group'><div><img src='x.jpg'></div><p class='imageCaption'>Hester Vane, 71, "
        "pictured outside the library with an umbrella on Thursday night</p></div>"
    )
    widget = (
        "<div class='moduleFull'><div class='related-carousel'><h3>RELATED ARTICLES</h3><ul><li><a href='/1'>Dog on "
        "roof</a></li><li><a href='/2'>Bridge</a></li></ul></div></div>"
    )
    para = "class='mol-para-with-font'"
    return made(
        "tabloid",
        f"<div id='content'><div class='articleWide'><div id='js-article-text' class='article-text wide'><h2>Library "
        f"saved after vote</h2><ul class='mol-bullets-with-font'><li><strong>{t('Council drops plan to close library')}"
        f"</strong></li><li><strong>{t('New roof to be put on in 2027')}</strong></li></ul><p class='author-section'>By "
        f"<a href='/a'>ADA MARSH FOR MARLONLINE</a></p><p class='byline-section'><span>Published: 10:00 BST, 4 July 2026"
        f"</span> | <span>Updated: 11:00 BST, 4 July 2026</span></p><div itemprop='articleBody'>{ps(EN[:2], para)}{group}"
        f"{ps(EN[2:5], para)}{widget}{ps(EN[5:7], para)}{group}<p {para}>Scroll down for video</p>{ps(EN[7:10], para)}"
        f"<div class='video'><p>Loaded: 0%</p><p>Current Time 0:00</p></div>{ps(EN[10:], para)}</div><div class='shareA"
        f"'><h3>Share or comment on this article: Library saved after vote</h3></div></div></div><div class='beta'>"
        f"{cards()}</div></div>{FOOT}",
    )


@page
def regional() -> Made:
    """A chain of regional papers: pointers in capitals, pitches, and a call for comments in the text."""
    return made(
        "regional",
        f"{NAV}<main><article>{HEAD}<p class='sub-title'>{t(EN[0])}</p><div class='article-body'>{ps(EN[1:3])}<p><strong>"
        f"READ MORE: <a href='/1'>Dog found on roof again as police ask for help</a></strong></p>{ps(EN[3:5])}<p><em>Do "
        f"you use the library? Tell us what you think in the comments below.</em></p>{ps(EN[5:7])}<p><strong>DON’T MISS:"
        f"</strong></p><ul><li><a href='/2'>Bridge stays shut</a></li><li><a href='/3'>Bakery opens second shop</a></li>"
        f"</ul>{ps(EN[7:10])}<p><strong>Join our WhatsApp community to get the latest news from Marl straight to your "
        f"phone</strong></p>{ps(EN[10:])}<p><em>At Marl Live we are dedicated to bringing you the latest news. You can "
        f"follow us on <a href='#'>Facebook</a> and sign up to our newsletters <a href='#'>here</a>.</em></p></div>"
        f"</article></main><div class='recommended'>{cards()}</div>{FOOT}",
    )


@page
def webforms() -> Made:
    """One form around the whole page, tables for the layout, line breaks for paragraphs."""
    text = "<br /><br />".join(t(line) for line in EN[:9])
    menu = "".join(f"<tr><td><a href='/{k}'>Section {k}</a></td></tr>" for k in range(8))
    return made(
        "webforms",
        f"<form method='post' action='./story.aspx' id='aspnetForm'><input type='hidden' name='__VIEWSTATE' value='x'>"
        f"<table width='100%'><tr><td colspan='3'><img src='logo.gif'></td></tr><tr><td width='150'><table>{menu}</table>"
        f"</td><td><span id='ctl00_lblTitle' class='headline'>Library saved after vote</span><br><span id='ctl00_lblDate"
        f"'>Saturday, 4 July 2026</span><br><br><span id='ctl00_lblBody'>{text}</span><br><br><a href='print.aspx'>Print "
        f"this page</a></td><td width='200'><b>Other headlines</b><br><a href='/1'>Dog found on roof again</a><br><a "
        f"href='/2'>Bridge stays shut</a></td></tr></table></form>",
    )


@page
def amp() -> Made:
    """A page for phones."""
    return made(
        "amp",
        f"<amp-sidebar><ul><li><a href='/'>Home</a></li></ul></amp-sidebar><article>{HEAD}<p class='meta'>By Ada Marsh"
        f"</p><amp-img src='x.jpg'></amp-img><p class='caption'>The library in spring. Picture: Jo Moss</p>{ps(EN[:4])}"
        f"<amp-ad type='x'></amp-ad>{ps(EN[4:8])}<amp-social-share></amp-social-share><amp-list><h3>Related</h3>"
        f"{cards(2)}</amp-list></article>{FOOT}",
    )


def foreign(name: str, lang: str, texts: tuple[str, ...], words: tuple[str, str, str, str, str, str], sub: str) -> Made:
    """A page in another language; words: headline, by, caption, pointer, sharing, heading of other stories."""
    headline, by, caption, pointer, share, others = words
    return made(
        name,
        f"<nav><a href='/'>A</a> <a href='/b'>B</a></nav><div class='c'><h1>{headline}</h1><div class='d'>{by}</div>"
        f"<figure><img src='x'><figcaption>{caption}</figcaption></figure><div class='e'>{ps(texts[:3])}"
        f"<p><strong>{pointer}</strong></p><h2>{t(sub)}</h2>{ps(texts[3:])}</div><div class='g'>{share}</div></div>"
        f"<div class='f'><h3>{others}</h3><ul><li><a href='/1'>{headline}</a></li></ul></div>",
        lang=lang,
        title=headline,
    )


@page
def german() -> Made:
    """German."""
    words = (
        "Bücherei bleibt offen", "Von Ilka Brandt, 4. Juli 2026, 10:00 Uhr", "Die Bücherei am Markt. Foto: Jo Moos/dpa",
        "Lesen Sie auch: <a href='/x'>Hund auf dem Dach der Brauerei</a>", "Teilen", "Mehr zum Thema",
    )  # fmt: skip
    return foreign("german", "de", DE, words, "Ein Dach von 1911")


@page
def portuguese() -> Made:
    """Portuguese."""
    words = (
        "Biblioteca continua aberta", "Por Rui Faria — 04/07/2026 10h00", "A biblioteca no largo. Foto: Ana Reis",
        "Leia também: <a href='/x'>Cão encontrado no telhado da cervejaria</a>", "Compartilhar", "Mais lidas",
    )  # fmt: skip
    return foreign("portuguese", "pt", PT, words, "Um telhado de 1911")


@page
def italian() -> Made:
    """Italian."""
    words = (
        "La biblioteca resta aperta", "di Carla Neri, 4 luglio 2026", "La biblioteca in piazza (foto Ansaldi)",
        "Leggi anche: <a href='/x'>Un cane sul tetto della birreria</a>", "Condividi", "Articoli correlati",
    )  # fmt: skip
    return foreign("italian", "it", IT, words, "Un tetto del 1911")


@page
def french() -> Made:
    """French."""
    words = (
        "La bibliothèque reste ouverte", "Par Luc Aubry, publié le 4 juillet 2026 à 10h00", "La place. © Jo Moss / AFP",
        "Lire aussi : <a href='/x'>Un chien sur le toit de la brasserie</a>", "Partager", "Sur le même sujet",
    )  # fmt: skip
    return foreign("french", "fr", FR, words, "Un toit de 1911")


@page
def japanese() -> Made:
    """Japanese."""
    words = (
        "最後の図書館、存続へ", "2026年7月4日 10時00分", "広場に立つ図書館", "<a href='/x'>【関連】醸造所の屋根に犬</a>", "シェア", "関連記事",
    )  # fmt: skip
    return foreign("japanese", "ja", JA, words, "一九一一年の屋根")


@page
def questions() -> Made:
    """An interview: bold questions, answers of all lengths."""
    turns = (
        ("Why did you change your mind?", EN[2]),
        ("What will it cost?", EN[3]),
        ("And the roof?", "Next summer."),
        ("Who pays for that?", "We do. There is no grant for roofs."),
        ("Are you sure?", "Yes."),
        ("What do the villages say?", EN[8]),
        ("Will you stand again?", "Ask me in the spring, when I have seen how the new rooms above the hall are let."),
    )
    text = "".join(f"<p><strong>{t(q)}</strong></p><p>{t(a)}</p>" for q, a in turns)
    return made(
        "questions",
        f"{NAV}<article>{HEAD}<div class='post-body'>{ps(EN[:2])}{text}{p(EN[11])}</div></article><div>"
        f"<h3>You may also like</h3>{cards()}</div>{FOOT}",
    )


@page
def speakers() -> Made:
    """An interview with the names of the speakers before what they say."""
    turns = (("Marl Times", "You were against it in March."), ("Quill", "I was."), ("Marl Times", "What happened?"))
    text = "".join(f"<p>{t(f'<b>{who}:</b> {what}')}</p>" for who, what in turns)
    return made(
        "speakers",
        f"{NAV}<div class='content'>{HEAD}<div class='text'>{p(EN[0])}{text}{p('<b>Quill:</b> ' + EN[3])}{ps(EN[4:8])}"
        f"</div></div>{FOOT}",
    )


@page
def live() -> Made:
    """A live page: entries with times and headings."""
    times = ("17.42", "17.10", "16.55", "16.20")
    posts = "".join(
        f"<div class='block' id='b{k}'><p class='block-time'><time datetime='2026-07-04T{at.replace('.', ':')}:00'>{at} "
        f"BST</time></p><h2>{t(f'{head}')}</h2>{ps(EN[3 * k : 3 * k + 3])}<ul class='share-links'><li>Share</li></ul></div>"
        for k, (at, head) in enumerate(
            zip(times, ("Cabinet votes", "Rain at the town hall", "What the roof costs", "Villages speak"), strict=True)
        )
    )
    return made("live", f"{NAV}<main><article>{HEAD}<div class='blocks'>{posts}</div></article></main>{FOOT}")


@page
def tables() -> Made:
    """A table of figures, a numbered list and a list of names in the story."""
    rows = (("Branch", "Loans", "Visits"), ("Marl", "41,200", "60,150"), ("Hallam", "9,870", "12,004"))
    table = "".join("<tr>" + "".join(f"<td>{t(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    steps = ("Ask readers which evenings suit them", "Let the rooms above the hall", "Put on the roof")
    names = ("Amir Quill, leader", "Cora Lind, villages", "Tom Okoro, finance", "Bea Holt, roads")
    return made(
        "tables",
        f"{NAV}<div class='story-body'>{HEAD}{ps(EN[:4])}<table>{table}</table>{ps(EN[4:6])}<h3>{t('The next steps')}"
        f"</h3><ol>{''.join(f'<li>{t(x)}</li>' for x in steps)}</ol>{ps(EN[6:8])}<p>{t('In favour were:')}</p><ul>"
        f"{''.join(f'<li>{t(x)}</li>' for x in names)}</ul>{p(EN[10])}</div><div>{cards()}</div>{FOOT}",
    )


@page
def lead_outside() -> Made:
    """The first paragraph stands above the picture, outside of the body's element."""
    return made(
        "lead outside",
        f"{NAV}<div class='page'><div class='top'>{HEAD}<div class='kopf'><p class='first'>{t(EN[0])}</p></div><div "
        f"class='meta'><span>Ada Marsh</span><span>4 July 2026</span></div></div><div class='pic'><img src='x.jpg'>"
        f"<span>The library in spring</span></div><div class='content-body'>{ps(EN[1:9])}</div></div><div>{cards()}"
        f"</div>{FOOT}",
    )


@page
def lead_in_header() -> Made:
    """The first paragraph stands in the header of the article."""
    return made(
        "lead in header",
        f"{NAV}<article><header>{HEAD}<p class='intro'>{t(EN[0])}</p><p class='byline'>Ada Marsh</p></header><section "
        f"class='body'>{ps(EN[1:9])}</section></article><aside>{cards()}</aside>{FOOT}",
    )


SHORT = (
    "The library on the square will stay open.",
    "The cabinet voted seven to two on Thursday night.",
    "A new roof will be put on next summer, the council said.",
)


@page
def short_news() -> Made:
    """Three sentences, with JSON-LD."""
    return made("short news", f"{NAV}<div class='x'>{HEAD}<div class='y'>{ps(SHORT)}</div></div>{FOOT}", LD)


@page
def split() -> Made:
    """A magazine: the story in pieces of a grid, an advert and a rail beside each."""
    parts = "".join(
        f"<div class='grid--item body body__container'><div class='body__inner-container'>{ps(EN[k : k + 3])}</div></div>"
        f"<div class='grid--item ad-wrapper'><p>Advertisement</p></div><div class='rail'><div><a href='/{k}'>Dog found on "
        f"roof again</a></div></div>"
        for k in range(0, 12, 3)
    )
    return made(
        "split",
        f"{NAV}<main class='article main-content'><div class='content-header'>{HEAD}</div><div class='grid-layout'>{parts}"
        f"</div><div class='grid--item'><h2>More Great Marl Stories</h2><ul><li><a href='/1'>Dog on roof</a></li></ul>"
        f"</div></main>{FOOT}",
    )


@page
def posts_of_others() -> Made:
    """Posts of a social network quoted in the story."""
    tweet = (
        "<blockquote class='twitter-tweet'><p lang='en'>{}</p>"
        + t("— Marl Library (@marllibrary) <a href='#'>July 4, 2026</a>")
        + "</blockquote>"
    )
    one = tweet.format(t("We are staying! Thank you to everybody who stood in the rain for us last night."))
    return made(
        "posts of others",
        f"{NAV}<article class='story'>{HEAD}{ps(EN[:4])}{one}{ps(EN[4:8])}</article><div>{cards()}</div>{FOOT}",
    )


@page
def nameless_tail() -> Made:
    """Pitches, a note about the author and cards at the end, in elements that say nothing."""
    return made(
        "nameless tail",
        f"{NAV}<div class='a1'>{HEAD}<div class='a2'>{ps(EN[:10])}<p><em>Ada Marsh is a reporter who covers the council "
        f"for the Marl Times.</em></p><p>For more stories like this, subscribe to our newsletter.</p></div><div "
        f"class='a3'>{cards(3, 'h3')}</div></div>{FOOT}",
        "<meta name='author' content='Ada Marsh'>",
    )


@page
def short_lines() -> Made:
    """A column of short paragraphs."""
    lines = (
        "I went to the library on Friday.", "It was still there.", "So was the roof.", "Nobody had told the roof, I think.",
        "“You again,” said the woman at the desk.", "Me again.", "We have known each other since 1974.",
        "She stamped my book, which nobody does any more.", "I said that it was good to see the place open.",
        "“Open?” she said. “We were never shut.”",
    )  # fmt: skip
    return made(
        "short lines",
        f"{NAV}<article>{HEAD}<div class='body'>{p(EN[4])}{ps(lines)}{p(EN[6])}{p('And that is that.')}</div></article>"
        f"<div class='promo'>{cards()}</div>{FOOT}",
    )


@page
def numbered() -> Made:
    """A list of things with numbered headings."""
    text = "".join(
        f"<h2>{t(f'{k}. {head}')}</h2>{p(EN[k + 2])}" for k, head in enumerate(("Rooms", "Roof", "Hours"), 1)
    )
    return made("numbered", f"{NAV}<main><article>{HEAD}{ps(EN[:2])}{text}{p(EN[9])}</article></main>{FOOT}")


@page
def divs() -> Made:
    """No paragraph elements, no telling names."""
    return made(
        "divs",
        f"<div class='_a'><div class='_b'><a href='/'>Home</a><a href='/s'>Sport</a></div><div class='_c'><div class='_d'>"
        f"Library saved after vote</div><div class='_e'>Ada Marsh</div><div class='_f'>{ps(EN[:9], 'class=_g', 'div')}"
        f"</div></div><div class='_h'><div class='_i'><a href='/1'>Dog found on roof again</a></div></div></div>",
    )


@page
def key_points() -> Made:
    """A box of key points above the story, and a box of facts in it."""
    points = ("Library stays open until 2030", "New roof next summer", "Villages were not asked")
    return made(
        "key points",
        f"{NAV}<main><article><section><header>{HEAD}</header></section><section><h2>{t('Key points')}</h2><ul>"
        f"{''.join(f'<li>{t(x)}</li>' for x in points)}</ul></section><section>{ps(EN[:5])}</section><section><h2>"
        f"{t('What next?')}</h2>{ps(EN[7:])}</section></article></main>{FOOT}",
    )


@page
def telling_names() -> Made:
    """Names on the story's own elements that mean something else."""
    return made(
        "telling names",
        f"{NAV}<div class='content-with-sidebar no-comments'><div class='post tag-media social-post subscriber-content'>"
        f"{HEAD}<div class='rich-text widget__body'>{ps(EN[:9])}</div></div></div><div class='sidebar'>{cards()}</div>"
        f"{FOOT}",
    )


@page
def cookies() -> Made:
    """A cookie notice with more words than the story."""
    notice = (
        "We and our 842 partners use cookies to store and access personal data on your device. You can change your mind "
        "at any time by clicking on the link at the foot of every page. Some partners do not ask for your consent and "
        "rely on their legitimate business interest, to which you may object."
    )
    return made(
        "cookies",
        f"<div id='onetrust-consent-sdk'><div role='dialog'><h2>We value your privacy</h2><p>{notice}</p><p>{notice}</p>"
        f"</div></div>{NAV}<article>{HEAD}{ps(EN[:3])}</article>{FOOT}",
        LD,
    )


@page
def bold_first() -> Made:
    """Line breaks instead of paragraphs, the first sentence bold, a place name before it."""
    body = "<br><br>".join((f"<b>{t('MARL — ' + EN[0])}</b>", *map(t, EN[1:8])))
    return made(
        "bold first",
        f"{NAV}<div id='story'>{HEAD}<div id='text'>{body}</div></div><div id='right'><h4>Latest news</h4><a href='/1'>Dog "
        f"found on roof again</a></div>{FOOT}",
    )


@page
def quoted() -> Made:
    """Statements in blockquotes, each with a line before it."""
    return made(
        "quoted",
        f"{NAV}<div class='article__content'>{HEAD}{ps(EN[:2])}<p>{t('In a statement the council said:')}</p><blockquote>"
        f"<p>{t(EN[3])}</p><p>{t(EN[7])}</p></blockquote>{ps(EN[4:7])}<p>{t('She added:')}</p><blockquote>"
        f"{t('It was never about the books.')}</blockquote>{p(EN[11])}</div>{FOOT}",
    )


@page
def accordion() -> Made:
    """Questions that open on a click."""
    asked = (("When does it open?", EN[7]), ("Who decided?", EN[1]), ("What do readers say?", EN[5]))
    text = "".join(f"<details><summary>{t(q)}</summary>{p(a)}</details>" for q, a in asked)
    return made("accordion", f"{NAV}<main>{HEAD}<div>{ps((EN[0], EN[2], EN[4]))}{text}</div></main>{FOOT}")


@page
def correction() -> Made:
    """A correction at the end and a dateline at the start belong to the story."""
    note = "This article was amended on 5 July 2026 to correct the year in which the library was built."
    return made(
        "correction",
        f"{NAV}<article>{HEAD}<div class='article-content'>{ps(EN[:9])}<p><em>{t(note)}</em></p></div><p>Topics: <a "
        f"href='/l'>Libraries</a></p></article><section>{cards()}</section>{FOOT}",
    )


@page
def gallery_inside() -> Made:
    """A gallery with long captions in the middle of the story."""
    shots = "".join(
        f"<figure><img src='{k}.jpg'><figcaption>{x} (Image: Jo Moss)</figcaption></figure>"
        for k, x in enumerate(("Readers gather on the square", "The roof from the church tower", "Amir Quill speaks"))
    )
    return made(
        "gallery inside",
        f"{NAV}<div itemprop='articleBody' class='article-body'>{HEAD}{ps(EN[:4])}<div class='swiper gallery'>{shots}</div>"
        f"{ps(EN[4:10])}</div>{FOOT}",
    )


@page
def many_teasers() -> Made:
    """A short story among twenty long teasers that are no cards."""
    feed = "".join(f"<li><a href='/{k}'>{TEASERS[k % 3]}</a><p>{TEASERS[(k + 1) % 3]}</p></li>" for k in range(20))
    return made(
        "many teasers",
        f"{NAV}<main><div class='lead-story'>{HEAD}<div class='text'>{ps(EN[:6])}</div></div><div class='river'><ul>{feed}"
        f"</ul></div></main>{FOOT}",
        LD,
    )
