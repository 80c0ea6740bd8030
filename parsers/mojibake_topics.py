"""Which of a few emoji was lost, where the text beside it names one.

A wrong emoji is worse than a gap, so a line that names nothing decides nothing.
“Pizza” beside the remains of 🍕, 🏕 or 🐕 is evidence; that people like 😍 is none.
The weights say how much likelier a named emoji is: a word of its own 60 times, a topic of the line 12 times.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

_NAMES = """
🍕 pizza|🍔 burger hamburger cheeseburger|🍟 fries chips|🍝 spaghetti pasta|🍞 bread loaf toast|🍗 chicken wings
🍖 bbq|🍜 ramen noodle|🍣 sushi|🍦 icecream gelato|🍩 donut doughnut|🍪 cookie biscuit|🍰 cake|🎂 cake birthday
🍫 chocolate|🍬 candy sweets|🍭 lollipop|🍯 honey|🍼 baby|🍵 tea|🍷 wine|🍸 cocktail martini|🍹 cocktail
🍺 beer pint ale lager pub|🍻 beer pint pub|🍾 champagne prosecco
🍴 eat eating dinner lunch breakfast restaurant meal hungry|🍳 cook cooking egg breakfast kitchen chef frying
🍲 stew soup|🍎 apple|🍏 apple|🍊 orange|🍋 lemon|🍌 banana|🍉 watermelon|🍇 grape|🍓 strawberry strawberries
🍒 cherry cherries|🍑 peach bum butt booty|🍍 pineapple|🍅 tomato tomatoes|🍆 aubergine eggplant|🍄 mushroom
🍀 clover luck lucky irish|🍁 maple canada canadian|🍂 autumn|🍃 leaf leaves|🏀 basketball nba|🏁 finish
🏃 run running runner marathon parkrun|🏄 surf surfing|🏅 medal
🏆 trophy champion winner cup award win won winning final|🏈 nfl touchdown|🏉 rugby|🏊 swimming|🏋 gym weights
🏏 cricket|🏐 volleyball|🏠 home house|🏡 home|🏥 hospital|🏨 hotel|🏫 school|🏰 castle|🏖 beach|🏝 island
🏍 motorbike motorcycle|🏒 hockey|🐀 rat|🐁 mouse mice|🐂 ox bull|🐄 cow cattle|🐅 tiger|🐆 leopard|🐇 rabbit bunny
🐈 cat|🐉 dragon|🐋 whale|🐌 snail|🐊 crocodile alligator|🐍 snake python|🐎 horse|🐏 ram|🐐 goat|🐑 sheep lamb
🐒 monkey|🐓 rooster chicken|🐔 chicken hen|🐕 dog puppy|🐖 pig|🐗 boar|🐘 elephant|🐙 octopus|🐚 shell
🐛 bug caterpillar|🐜 ant|🐝 bee|🐞 ladybug ladybird|🐟 fish|🐠 fish|🐢 turtle tortoise|🐣 chick easter|🐦 bird
🐧 penguin|🐨 koala|🐪 camel|🐬 dolphin|🐭 mouse|🐮 cow|🐯 tiger|🐰 rabbit bunny|🐱 cat kitten kitty|🐲 dragon
🐳 whale|🐴 horse pony|🐵 monkey|🐶 dog puppy|🐷 pig|🐸 frog|🐹 hamster|🐺 wolf|🐻 bear|🐼 panda|🐾 paw dog cat pet
🐿 squirrel|👁 eye|😍 gorgeous beautiful stunning handsome adorable cute pretty
👏 clap claps clapping applause bravo congratulations congrats ovation|👗 dress|💃 dance dancing dancer
💍 ring engaged engagement married wedding bride|💐 flowers bouquet|💝 valentine|💻 laptop computer|💊 pill
💉 vaccine vaccination jab|📁 folder|📍 location venue address|📏 ruler|📐 geometry
📝 note summary write writing written essay blog petition|🔁 repost retweet|🔍 search searching
🔐 password lock security|🔝 top|🎁 gift present christmas xmas giveaway|🎄 christmas xmas|🎅 santa
🎃 halloween pumpkin|🎈 balloon|🎓 graduation graduate university degree graduating|🎤 karaoke singing|🎥 film video
🎬 film movie|🎨 art paint painting artist|🎭 theatre|🎮 gaming gamer|🎯 target|🎲 dice|🎸 guitar|🎹 piano|🎺 trumpet
🎻 violin|🎾 tennis|🎿 ski skiing|🎩 hat|🎪 circus|🎫 ticket|🎧 headphones|🚁 helicopter|🚍 bus|🚏 bus|🚐 van|🚌 bus
🌍 world africa earth planet climate global|🌏 asia australia|🤏 tiny|🤐 silent silence secret
🤝 deal partnership handshake solidarity|🧁 cupcake|🥁 drum|🥐 croissant|🥝 kiwi|🦁 lion|🦍 gorilla|🦏 rhino
🦐 shrimp prawn|🦝 raccoon|🛍 shopping|🛁 bath|🛏 bed|👻 ghost halloween
"""
# Blocks of one topic: first and last code point, and words that bring it up.
_TOPICS = (
    (0x1F32D, 0x1F37F, "food eat eating ate meal cook cooking chef restaurant recipe kitchen hungry yum yummy"),
    (0x1F32D, 0x1F37F, "delicious tasty snack bake baking brunch supper menu lunch dinner breakfast"),
    (0x1F3C0, 0x1F3D3, "team match sport sports league coach olympics tournament fitness workout"),
    (0x1F400, 0x1F43F, "animal animals pet pets zoo wildlife farm vet"),
)
_NAMED, _TOPICAL = 60.0, 12.0
_WORD = re.compile("[A-Z]?[a-z]+|[A-Z]+")


@functools.cache
def _emoji() -> dict[str, frozenset[str]]:
    """The emoji that each word names."""
    found: dict[str, set[str]] = {}
    for row in _NAMES.replace("\n", "|").split("|"):
        emoji, _, words = row.partition(" ")
        for word in words.split():
            found.setdefault(word, set()).add(emoji)
    return {word: frozenset(emoji) for word, emoji in found.items()}


@functools.lru_cache(maxsize=64)
def _words(line: str) -> frozenset[str]:
    """The words of a line in small letters, hashtags taken apart, plurals also without their s."""
    words = {word.lower() for word in _WORD.findall(line, 0, 2000)}
    return frozenset(words | {word.removesuffix("s") for word in words if len(word) > 3})


def weigh(line: str, beside: str, symbols: Iterable[str], shares: Iterable[float]) -> list[float] | None:
    """The shares of what a place may have been, after a look at the text; None where the text says nothing.

    `beside` holds the emoji of the line that are known; they have their topics too.
    """
    words, names = _words(line), _emoji()
    named = {emoji for word in words if word in names for emoji in names[word]}
    blocks = [(first, last) for first, last, about in _TOPICS if not words.isdisjoint(about.split())]
    blocks += [(first, last) for first, last, _ in _TOPICS if any(first <= ord(char) <= last for char in beside)]
    weights, seen = [], False
    for symbol, share in zip(symbols, shares, strict=True):
        factor = _NAMED if symbol[:1] in named else 1.0
        if factor == 1.0 and any(first <= ord(symbol[0]) <= last for first, last in blocks if symbol):
            factor = _TOPICAL
        seen = seen or factor > 1
        weights.append(share * factor)
    total = sum(weights)
    return [weight / total for weight in weights] if seen else None
