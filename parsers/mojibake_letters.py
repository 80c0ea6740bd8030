"""Which letter a lone lead byte was: the language of the line and the letters beside it decide.

A wrong letter reads worse than one that is plainly missing, so every rule needs its neighbours to agree.
Capitals from À to Þ lose their second byte in every ISO codec, letters like ā, ğ and œ lose theirs too,
and what a filter for printable characters drops with it turns í and à into the same remains.
English needs few of these letters; names, and posts in the neighbours' languages, need them all.
"""

from __future__ import annotations

import functools
import re

# The commonest words that have no accent and (nearly) no twin in another of these languages.
_WORDS = {
    "en": "the and of to is in for that this with you are was be it have they we what at from will i on my your not",
    "de": "der die das und ist nicht ein eine mit auf den von im dem wir ich sie zum zur aus wird auch sich du doch "
    "noch nur aber bei beim wenn bist kann des sehr was",
    "fr": "le les des est une pour dans sur qui du et la au aux pas je nous vous ce un ne plus par de que en son "
    "ses cette l d qu c n j",
    "it": "il di che per non della con gli sono del una nel lo alla dei la e un ma si dal le mi ho anche in nella "
    "sulla fare suo come quando questo l d c",
    "pt": "o que do da dos em um uma para com na ao mais eu se por e de os no a meu foi isso muito ele mas",
    "es": "el los las que del una por con para y la en es lo se me su un de al mi no si pero muy le como esta mas hay",
}
_LANGUAGES: dict[str, tuple[str, ...]] = {}
for _language, _listed in _WORDS.items():
    for _word in _listed.split():
        _LANGUAGES[_word] = (*_LANGUAGES.get(_word, ()), _language)
_WORD = re.compile(r"[A-Za-z\x80-\U0010ffff]+")


@functools.lru_cache(maxsize=256)
def tongue(line: str) -> str:
    """The language of a line by its commonest words: two of them, and more than of any other; English else."""
    seen: dict[str, int] = {}
    for word in _WORD.findall(line, 0, 1000):
        for language in _LANGUAGES.get(word.lower(), ()):
            seen[language] = seen.get(language, 0) + 1
    if not seen:
        return "en"
    ranked = sorted(seen.items(), key=lambda item: -item[1])
    clear = len(ranked) < 2 or ranked[0][1] > ranked[1][1]
    return ranked[0][0] if clear and ranked[0][1] > 1 else "en"


_LATIN = re.compile("[A-Za-z]")
_VOWELS = "aeiouyAEIOUY"
_INSIDE = {"de": "ß", "fr": "î", "es": "í", "pt": "í", "it": "í"}
_AT_END = {"fr": "à", "it": "à", "es": "í", "pt": "í"}
_ALONE = {"it": "È", "fr": "À"}
# What follows a capital at the start of a word, by language; anything else is É.
_STARTS = {
    "de": (("Ü", re.compile("b")), ("Ö", re.compile("[lksfdz]")), ("Ä", re.compile("[a-z]"))),
    "fr": (("Ç", re.compile(r"a\b")), ("Ê", re.compile("tre")), ("Î", re.compile(r"les?\b"))),
    "es": (("Á", re.compile("[fnr]|vila")), ("Ú", re.compile("l")), ("Í", re.compile("nd"))),
    "pt": (("Á", re.compile("fr|rv|rea")), ("Ú", re.compile("lt|n[ei]c")), ("Í", re.compile("nd"))),
    "en": (
        ("Ü", re.compile("b|m[iu]t|nal|n[sg](?!el)|lk|sk|rü|st[uün]")),
        ("Ö", re.compile("[zk]|sf|lb|ls|lm|pp|ff|r[nsg]|tz|cal|mer|st(?:er[rm]|l|b)")),
        ("Å", re.compile("s[ae]|land|rhus|ke|bo")),
        ("Ø", re.compile("r[se]|stb|y[vs]")),
        ("Á", re.compile("lvar|ngel|vila|gnes|d[ai]m|rp")),
        ("Ó", re.compile("scar|laf|ra[lm]")),
        ("Í", re.compile("sla|ñ")),
        ("Ç", re.compile(r"a\b|elik|in")),
    ),
}


def small(before: str, after: str, language: str) -> tuple[str, ...]:
    """What only C3 is left of behind a small letter, likeliest first; what the codec shows whole is not for us."""
    vowel = before[-1:] in _VOWELS
    if _LATIN.match(after):
        if vowel and after[0] == "e":
            return "ß", "ê", "í", "î"  # Straße
        if language in ("en", "fr") and before[-1:] in "ao" and after[0] in "tn":
            return "î", "ß", "í"  # boîte, chaîne
        if language == "en" or (language == "de" and vowel):
            return ("ß", "ê", "í", "î") if vowel else ("ê", "í", "î", "ß")
        return "ê", _INSIDE[language], "í", "î", "ß"
    if language == "en":
        return ("ß", "ê", "à", "í") if vowel and before[-2:] not in ("oi", "ui") else ("ê", "à", "í", "ß")
    return ("ß", "à") if language == "de" else ("ê", _AT_END[language], "à", "í", "ß")


def alone(before: str, language: str) -> tuple[str, ...]:
    """What only C3 is left of as a word by itself: a capital starts a sentence, à stands within one."""
    return ("à",) if _within(before) else (_ALONE.get(language, "É"), "É")


def _within(before: str) -> bool:
    """Whether a sentence has begun before this place, and not in capitals."""
    last = before.rstrip(' "')[-1:]
    return bool(last) and last not in ".!?:;-–—…(#" and not last.isupper()


def capital(before: str, after: str, language: str) -> tuple[str, ...]:
    """What only C3 is left of at the start of a word or between capitals."""
    if before[-1:].isupper():
        return _between_capitals(before, after, language)
    found = [letter for letter, follows in _STARTS.get(language, ()) if follows.match(after)]
    if "Î" in found and _within(before):
        return "î", "Î"
    return (*found, "É")


def _between_capitals(before: str, after: str, language: str) -> tuple[str, ...]:
    """VOCÊ, ENQUÊTE, FRANÇAIS, NÃO, ESPAÑA: Portuguese, French and Spanish in capitals."""
    left, right = before[-1], after[:1]
    if not right.isascii() and after[1:2] in ("O", "E"):
        return ("Ç",)
    if not _LATIN.match(right):
        return _last_capital(before, language)
    if left in "AEI" and right in "OEA" and (language == "es" or (language != "pt" and (right != "A" or left == "A"))):
        return ("Ñ", "É")  # ESPAÑA, AÑO, SEÑOR
    if right in "OE":
        return ("Ç", "Ã") if language == "pt" and left == "A" else ("Ã",)
    if right in "AU" and left in "AEINR" and not (language == "es" and right == "A"):
        return ("Ç", "É")
    if left == "I" and right == "N":
        return ("Ó", "É")  # -CIÓN
    if (language == "es" and right == "A" and not _LATIN.match(after[1:2])) or (left == "A" and right == "S"):
        return ("Í", "É")  # MARÍA, PAÍS
    if before[-2:].upper() in ("OC", "QU", "TR", " M") and right in "ST":
        return ("Ê", "É")
    return ("É",)


def _last_capital(before: str, language: str) -> tuple[str, ...]:
    """What ends a word in capitals: VOCÊ, SÓ, ESTÁ, CAFÉ."""
    if before[-2:] in ("OC", "QU", "TR"):
        return ("Ê", "É")
    alone = not before[-2:-1].isalpha()
    if language == "pt" and alone and before[-1] == "S":
        return ("Ó", "É")
    if language in ("pt", "es") and (before[-2:] in ("ST", "AR", "ER") or (alone and before[-1] in "JLCD")):
        return ("Á", "É")
    return ("É",)


_CONSONANT = re.compile(r"[bcdfghjklmnpqrstvwxyz]", re.IGNORECASE)
_ACCENTS = {  # over which letters, by language, likeliest accent first
    "de": {"a": "\u0308", "o": "\u0308", "u": "\u0308"},
    "fr": {"e": "\u0301", "a": "\u0300", "i": "\u0302", "o": "\u0302", "u": "\u0302"},
    "en": {"e": "\u0301", "a": "\u0308", "o": "\u0308", "u": "\u0308", "i": "\u0302", "n": "\u0303"},
}


def extended(byte: int, before: str, after: str, language: str) -> str:
    """What a lone C4, C5 or CC inside a word was, or nothing.

    C4 holds ā ć č ğ, C5 holds ō œ ł ş, CC the accents of decomposed letters.
    """
    left, right = before[-1:], after[:1]
    if not _LATIN.match(left):
        return "œ" if byte == 0xC5 and re.match("u[vf]|il", after) else ""
    if byte == 0xCC:
        accents = _ACCENTS.get(language, dict.fromkeys("aeiou", "\u0301") | {"n": "\u0303"})
        return accents.get(left.lower(), "")
    closed = bool(_CONSONANT.match(left)) and (not _LATIN.match(right) or bool(_CONSONANT.match(right)))
    if byte == 0xC4:
        if closed or (_CONSONANT.match(left) and right == "o"):
            return "ā"
        if left == "i" and not _LATIN.match(right):
            return "ć"
        return "č" if right in ("e", "i") and right else "ğ" if right in ("a", "o", "u") and right else ""
    if _CONSONANT.match(left) and right in ("u", "i") and right:
        return "œ"
    return "ō" if closed else "ş" if left in "aeiou" and right in tuple("aeiout") else ""
