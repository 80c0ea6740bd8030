"""Emoji as data: which code points are emoji, how they join, and roughly how common they are.

The code points, flags, modifier bases and joined sequences are those of Unicode's `emoji-test.txt` (version 16 and
the first of 17), reduced to the parts that the rules below put together again.
`POPULAR` is ordered by hand after the public frequency tables of the Unicode Consortium; only the order of
magnitude matters, because what stays ambiguous is never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator

ZWJ = "\u200d"
VS16 = "\ufe0f"
KEYCAP = "\u20e3"
TONES = "🏻🏼🏽🏾🏿"

TEXT_STYLE = (
    "©®‼⁉™ℹ↔↕↖↗↘↙↩↪⌨⏏⏭⏮⏯⏱⏲⏸⏹⏺Ⓜ▪▫▶◀◻◼☀☁☂☃☄☎☑☘☝☠☢☣☦☪☮☯☸☹☺"
    "♀♂♟♠♣♥♦♨♻♾⚒⚔⚕⚖⚗⚙⚛⚜⚠⚧⚰⚱⛈⛏⛑⛓⛩⛰⛱⛴⛷⛸⛹✂✈✉✌✍✏✒✔✖✝✡✳✴❄❇❣❤"
    "➡⤴⤵⬅⬆⬇〰〽㊗㊙🅰🅱🅾🅿🈂🈷🌡🌤🌥🌦🌧🌨🌩🌪🌫🌬🌶🍽🎖🎗🎙🎚🎛🎞🎟🏋🏌🏍🏎🏔🏕🏖🏗🏘🏙🏚🏛🏜🏝🏞"
    "🏟🏳🏵🏷🐿👁📽🕉🕊🕯🕰🕳🕴🕵🕶🕷🕸🕹🖇🖊🖋🖌🖍🖐🖥🖨🖱🖲🖼🗂🗃🗄🗑🗒🗓🗜🗝🗞🗡🗣🗨🗯🗳🗺🛋🛍🛎🛏🛠🛡"
    "🛢🛣🛤🛥🛩🛰🛳"
)  # shown as text unless U+FE0F follows

EMOJI_STYLE = (
    "⌚⌛⏩⏪⏫⏬⏰⏳◽◾☔☕♈♉♊♋♌♍♎♏♐♑♒♓♿⚓⚡⚪⚫⚽⚾⛄⛅⛎⛔⛪⛲⛳⛵⛺⛽✅✊✋✨❌❎❓❔❕"
    "❗➕➖➗➰➿⬛⬜⭐⭕🀄🃏🆎🆑🆒🆓🆔🆕🆖🆗🆘🆙🆚🈁🈚🈯🈲🈳🈴🈵🈶🈸🈹🈺🉐🉑🌀🌁🌂🌃🌄🌅🌆🌇🌈🌉🌊🌋🌌🌍"
    "🌎🌏🌐🌑🌒🌓🌔🌕🌖🌗🌘🌙🌚🌛🌜🌝🌞🌟🌠🌭🌮🌯🌰🌱🌲🌳🌴🌵🌷🌸🌹🌺🌻🌼🌽🌾🌿🍀🍁🍂🍃🍄🍅🍆🍇🍈🍉🍊🍋🍌"
    "🍍🍎🍏🍐🍑🍒🍓🍔🍕🍖🍗🍘🍙🍚🍛🍜🍝🍞🍟🍠🍡🍢🍣🍤🍥🍦🍧🍨🍩🍪🍫🍬🍭🍮🍯🍰🍱🍲🍳🍴🍵🍶🍷🍸🍹🍺🍻🍼🍾🍿"
    "🎀🎁🎂🎃🎄🎅🎆🎇🎈🎉🎊🎋🎌🎍🎎🎏🎐🎑🎒🎓🎠🎡🎢🎣🎤🎥🎦🎧🎨🎩🎪🎫🎬🎭🎮🎯🎰🎱🎲🎳🎴🎵🎶🎷🎸🎹🎺🎻🎼🎽"
    "🎾🎿🏀🏁🏂🏃🏄🏅🏆🏇🏈🏉🏊🏏🏐🏑🏒🏓🏠🏡🏢🏣🏤🏥🏦🏧🏨🏩🏪🏫🏬🏭🏮🏯🏰🏴🏸🏹🏺🐀🐁🐂🐃🐄🐅🐆🐇🐈🐉🐊"
    "🐋🐌🐍🐎🐏🐐🐑🐒🐓🐔🐕🐖🐗🐘🐙🐚🐛🐜🐝🐞🐟🐠🐡🐢🐣🐤🐥🐦🐧🐨🐩🐪🐫🐬🐭🐮🐯🐰🐱🐲🐳🐴🐵🐶🐷🐸🐹🐺🐻🐼"
    "🐽🐾👀👂👃👄👅👆👇👈👉👊👋👌👍👎👏👐👑👒👓👔👕👖👗👘👙👚👛👜👝👞👟👠👡👢👣👤👥👦👧👨👩👪👫👬👭👮👯👰"
    "👱👲👳👴👵👶👷👸👹👺👻👼👽👾👿💀💁💂💃💄💅💆💇💈💉💊💋💌💍💎💏💐💑💒💓💔💕💖💗💘💙💚💛💜💝💞💟💠💡💢"
    "💣💤💥💦💧💨💩💪💫💬💭💮💯💰💱💲💳💴💵💶💷💸💹💺💻💼💽💾💿📀📁📂📃📄📅📆📇📈📉📊📋📌📍📎📏📐📑📒📓📔"
    "📕📖📗📘📙📚📛📜📝📞📟📠📡📢📣📤📥📦📧📨📩📪📫📬📭📮📯📰📱📲📳📴📵📶📷📸📹📺📻📼📿🔀🔁🔂🔃🔄🔅🔆🔇🔈"
    "🔉🔊🔋🔌🔍🔎🔏🔐🔑🔒🔓🔔🔕🔖🔗🔘🔙🔚🔛🔜🔝🔞🔟🔠🔡🔢🔣🔤🔥🔦🔧🔨🔩🔪🔫🔬🔭🔮🔯🔰🔱🔲🔳🔴🔵🔶🔷🔸🔹🔺"
    "🔻🔼🔽🕋🕌🕍🕎🕐🕑🕒🕓🕔🕕🕖🕗🕘🕙🕚🕛🕜🕝🕞🕟🕠🕡🕢🕣🕤🕥🕦🕧🕺🖕🖖🖤🗻🗼🗽🗾🗿😀😁😂😃😄😅😆😇😈😉"
    "😊😋😌😍😎😏😐😑😒😓😔😕😖😗😘😙😚😛😜😝😞😟😠😡😢😣😤😥😦😧😨😩😪😫😬😭😮😯😰😱😲😳😴😵😶😷😸😹😺😻"
    "😼😽😾😿🙀🙁🙂🙃🙄🙅🙆🙇🙈🙉🙊🙋🙌🙍🙎🙏🚀🚁🚂🚃🚄🚅🚆🚇🚈🚉🚊🚋🚌🚍🚎🚏🚐🚑🚒🚓🚔🚕🚖🚗🚘🚙🚚🚛🚜🚝"
    "🚞🚟🚠🚡🚢🚣🚤🚥🚦🚧🚨🚩🚪🚫🚬🚭🚮🚯🚰🚱🚲🚳🚴🚵🚶🚷🚸🚹🚺🚻🚼🚽🚾🚿🛀🛁🛂🛃🛄🛅🛌🛐🛑🛒🛕🛖🛗🛘🛙🛜"
    "🛝🛞🛟🛫🛬🛴🛵🛶🛷🛸🛹🛺🛻🛼🟠🟡🟢🟣🟤🟥🟦🟧🟨🟩🟪🟫🟰🤌🤍🤎🤏🤐🤑🤒🤓🤔🤕🤖🤗🤘🤙🤚🤛🤜🤝🤞🤟🤠🤡🤢"
    "🤣🤤🤥🤦🤧🤨🤩🤪🤫🤬🤭🤮🤯🤰🤱🤲🤳🤴🤵🤶🤷🤸🤹🤺🤼🤽🤾🤿🥀🥁🥂🥃🥄🥅🥇🥈🥉🥊🥋🥌🥍🥎🥏🥐🥑🥒🥓🥔🥕🥖"
    "🥗🥘🥙🥚🥛🥜🥝🥞🥟🥠🥡🥢🥣🥤🥥🥦🥧🥨🥩🥪🥫🥬🥭🥮🥯🥰🥱🥲🥳🥴🥵🥶🥷🥸🥹🥺🥻🥼🥽🥾🥿🦀🦁🦂🦃🦄🦅🦆🦇🦈"
    "🦉🦊🦋🦌🦍🦎🦏🦐🦑🦒🦓🦔🦕🦖🦗🦘🦙🦚🦛🦜🦝🦞🦟🦠🦡🦢🦣🦤🦥🦦🦧🦨🦩🦪🦫🦬🦭🦮🦯🦰🦱🦲🦳🦴🦵🦶🦷🦸🦹🦺"
    "🦻🦼🦽🦾🦿🧀🧁🧂🧃🧄🧅🧆🧇🧈🧉🧊🧋🧌🧍🧎🧏🧐🧑🧒🧓🧔🧕🧖🧗🧘🧙🧚🧛🧜🧝🧞🧟🧠🧡🧢🧣🧤🧥🧦🧧🧨🧩🧪🧫🧬"
    "🧭🧮🧯🧰🧱🧲🧳🧴🧵🧶🧷🧸🧹🧺🧻🧼🧽🧾🧿🩰🩱🩲🩳🩴🩵🩶🩷🩸🩹🩺🩻🩼🪀🪁🪂🪃🪄🪅🪆🪇🪈🪉🪊🪋🪌🪍🪎🪏🪐🪑"
    "🪒🪓🪔🪕🪖🪗🪘🪙🪚🪛🪜🪝🪞🪟🪠🪡🪢🪣🪤🪥🪦🪧🪨🪩🪪🪫🪬🪭🪮🪯🪰🪱🪲🪳🪴🪵🪶🪷🪸🪹🪺🪻🪼🪽🪾🪿🫀🫁🫂🫃"
    "🫄🫅🫆🫈🫌🫍🫎🫏🫐🫑🫒🫓🫔🫕🫖🫗🫘🫙🫚🫛🫜🫝🫟🫠🫡🫢🫣🫤🫥🫦🫧🫨🫩🫪🫫🫯🫰🫱🫲🫳🫴🫵🫶🫷🫸🫹🫺"
)  # shown as emoji by themselves

TONED = (
    "☝⛹✊✋✌✍🎅🏂🏃🏄🏇🏊🏋🏌👂👃👆👇👈👉👊👋👌👍👎👏👐👦👧👨👩👫👬👭👮👯👰👱👲👳👴👵👶👷👸👼💁💂💃💅"
    "💆💇💏💑💪🕴🕵🕺🖐🖕🖖🙅🙆🙇🙋🙌🙍🙎🙏🚣🚴🚵🚶🛀🛌🤌🤏🤘🤙🤚🤛🤜🤝🤞🤟🤦🤰🤱🤲🤳🤴🤵🤶🤷🤸🤹🤼🤽🤾🥷"
    "🦵🦶🦸🦹🦻🧍🧎🧏🧑🧒🧓🧔🧕🧖🧗🧘🧙🧚🧛🧜🧝🫃🫄🫅🫰🫱🫲🫳🫴🫵🫶🫷🫸🫹🫺"
)  # may carry a skin tone

FLAGS = (
    "AC AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR "
    "BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CP CQ CR CU CV CW CX CY CZ DE DG DJ DK DM "
    "DO DZ EA EC EE EG EH ER ES ET EU FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS "
    "GT GU GW GY HK HM HN HR HT HU IC ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP "
    "KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT "
    "MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW "
    "PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TA TC TD TF "
    "TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM UN US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT "
    "ZA ZM ZW "
)  # regions with a flag

COMMON_FLAGS = "GB US UA IE FR DE EU CA IT ES BR AU IN JP PS NZ MX PL"

PEOPLE = "👨👩🧑"
ROLES = "⚕⚖✈🌾🍳🍼🎄🎓🎤🎨🏫🏭💻💼🔧🔬🚀🚒🦯🦰🦱🦲🦳🦼🦽🩰"  # person, joiner, role
GENDERED = "⛹🏃🏄🏊🏋🏌👮👯👰👱👳👷💁💂💆💇🕵🙅🙆🙇🙋🙍🙎🚣🚴🚵🚶🤦🤵🤷🤸🤹🤼🤽🤾🦸🦹🧍🧎🧏🧔🧖🧗🧘🧙🧚🧛🧜🧝🧞🧟"

# Joined sequences that follow no pattern; "-" stands for the joiner.
JOINED = (
    "👨-👦 👨-👧 👩-👦 👩-👧 🧑-🧒 👨-👦-👦 👨-👧-👦 👨-👧-👧 👩-👦-👦 👩-👧-👦 👩-👧-👧 "
    "👨-👨-👦 👨-👨-👧 👨-👩-👦 👨-👩-👧 👩-👩-👦 👩-👩-👧 👨-👩-👧-👦 👨-👩-👦-👦 👨-👩-👧-👧 "
    "👨-👨-👧-👦 👩-👩-👧-👦 🧑-🧑-🧒 🧑-🧒-🧒 🧑-🧑-🧒-🧒 🧑-🤝-🧑 "
    "👨-❤-👨 👩-❤-👨 👩-❤-👩 👨-❤-💋-👨 👩-❤-💋-👨 👩-❤-💋-👩 "
    "🏳-🌈 🏳-⚧ 🏴-☠ ❤-🔥 ❤-🩹 😮-💨 😵-💫 😶-🌫 👁-🗨 🐻-❄ 🐈-⬛ 🐕-🦺 🐦-⬛ 🐦-🔥 🍋-🟩 🍄-🟫 ⛓-💥 🙂-↔ 🙂-↕"
)
TAGGED = ("gbeng", "gbsct", "gbwls")  # England, Scotland, Wales: a black flag with letters in tag characters

# Orders of magnitude: each row is about three times as common as the next; whatever is missing comes last.
POPULAR = (
    "😂❤😭",
    "🤣😍🔥🙏😊👍🥰💕🤔🎉👏✨",
    "😘😅💙😁💜💪🙄😎👀💚👇😢💯😉🥺💖🖤💛🙌😩😔😆💔🤷☺👌🤦♥😱🎶🥳💗😡🌹🤍✅🎄📷✊➡🧡",
    "😋😒🤗🌟😏😤🤩💓🤞✌😃😄😀🙂🙃👉📢🚨⚡☀🌈🎁🎂💥☕🍀🌸🌺🌷🍻👋💀😳🤪😌👑🎓📚💻📣📌⬇👆👈😴🤤😬🙈🐶🐱🌍🌎🌱"
    "🫠❌✍✏🐻🍾🐼🍕🐍🐝🐕🐈🍳🐓🍟🍔🐴🍴🐰🐇📸📺🎵💃😈👻🥂🍷🙋🫶🥲🤝💫😇😞🐾⭐🏆⚽🚀📝📅✔☹😜😝😹🎊🗣‼❗❓🏳💞💝💘😐😑😓😥😪😫😖😣😕😠😷🥹🫡🤡💩🙁",
)


def sequences() -> Iterator[tuple[str, float]]:
    """Every emoji in the forms people type, with a weight relative to a rare emoji's 1."""
    rank = {char: 3.0 ** (len(POPULAR) - row + 1) for row, chars in enumerate(POPULAR) for char in chars}
    for char in EMOJI_STYLE:
        yield char, rank.get(char, 1.0)
        yield char + VS16, rank.get(char, 1.0) * (0.3 if char < "\U00010000" else 0.01)
    for char in TEXT_STYLE:
        yield char, rank.get(char, 1.0) * 0.3
        yield char + VS16, rank.get(char, 1.0)
    for char in TONED:
        for tone in TONES:
            yield char + tone, rank.get(char, 1.0) * 0.2
    yield from _flags()
    yield from ((sequence, 0.5) for sequence in _joined())
    yield VS16 + KEYCAP, 5.0


def _flags() -> Iterator[tuple[str, float]]:
    for region in FLAGS.split():
        weight = 10.0 if region in COMMON_FLAGS else 0.5 if region[0] == region[1] else 2.0
        yield "".join(chr(0x1F1E6 - 65 + ord(letter)) for letter in region), weight
    for region in TAGGED:
        yield "🏴" + "".join(chr(0xE0000 + ord(letter)) for letter in region) + "\U000e007f", 2.0


def _joined() -> Iterator[str]:
    plain = [sequence.replace("-", ZWJ) for sequence in JOINED.split()]
    for tone in ("", *TONES):
        plain += [person + tone + ZWJ + role for person in PEOPLE for role in ROLES]
        plain += [actor + tone + ZWJ + sex for actor in GENDERED for sex in "♀♂"]
    for sequence in plain:
        yield sequence
        full = "".join(char + VS16 if char in TEXT_STYLE else char for char in sequence)
        if full != sequence:
            yield full
