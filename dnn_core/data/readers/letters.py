"""Guess the encoding of a text file that does not state it, by which one gives plausible words.

Statistical guessing takes German and French text for Central European. Here only what cannot stand
in a word counts: signs between letters, capitals behind small letters, alphabets that mix. Where
that does not decide, the commonest encoding is taken and the others are shown.
"""

from __future__ import annotations

import re
import unicodedata

from dnn_core.data.readers.options import Encoding

CANDIDATES = (
    Encoding.WINDOWS_1252,
    Encoding.WINDOWS_1250,
    Encoding.LATIN_2,
    Encoding.MAC_ROMAN,
    Encoding.WINDOWS_1251,
    Encoding.WINDOWS_1253,
    Encoding.WINDOWS_1254,
    Encoding.DOS,
)
"""What Excel and survey software write where it is not UTF-8, the commonest first."""

MOST_WORDS, MOST_FOUND = 500, 20_000
"""So many different words are looked at, among so many at most."""

LONGEST_WORD = 30

MOST_SHOWN = 2
"""Other encodings that a notice shows."""

CLEARLY_WORSE = 0.1
"""An encoding that makes so many more odd letters, as a share of the words, is not shown."""

LONG_RUN = 4
"""Letters with accents in a row; in Latin letters that is another alphabet that was misread."""

_WORD = re.compile(rb"[\x80-\xff][A-Za-z\x80-\xff]{0,%d}" % LONGEST_WORD)
_LETTERS_BEFORE = re.compile(rb"[A-Za-z]*\Z")

_BETWEEN_LETTERS = frozenset("’‘–—·\N{SOFT HYPHEN}\N{NO-BREAK SPACE}/")
_BEFORE_LETTERS = frozenset("“„”‘‚’«»‹›¿¡–—…°·€£\N{NO-BREAK SPACE}")
_BEHIND_LETTERS = frozenset("”“’‘«»‹›–—…°²³™®©ªº\N{NO-BREAK SPACE}")


def words_beyond_ascii(content: bytes) -> list[bytes]:
    """The first words that hold a byte beyond ASCII, each once."""
    words: dict[bytes, None] = {}
    for number, match in enumerate(_WORD.finditer(content)):
        begin = match.start()
        before = _LETTERS_BEFORE.search(content[max(0, begin - LONGEST_WORD) : begin])
        words[(before[0] if before else b"") + match[0]] = None
        if len(words) == MOST_WORDS or number == MOST_FOUND:
            break
    return list(words)


def guess_letters(content: bytes) -> tuple[Encoding, str]:
    """The encoding that makes the least odd words, and a notice that this was guessed.

    Returns
    -------
    encoding : Encoding
    notice : str
        With a word as it is read, and as it would be in encodings that are as plausible.
    """
    words = words_beyond_ascii(content)
    odd = {
        encoding: sum(count_odd(_decode(word, encoding)) for word in words)
        for encoding in CANDIDATES
    }
    best = min(CANDIDATES, key=lambda encoding: odd[encoding])
    close = odd[best] + CLEARLY_WORSE * len(words)
    others = [e for e in CANDIDATES if e is not best and odd[e] <= close]
    return best, _describe(words, best, others)


def count_odd(word: str) -> int:
    """Letters and signs that hardly occur where they stand in a word."""
    padded = f" {word} "
    odd = sum(map(_is_odd, padded, padded[1:], padded[2:]))
    latin = [unicodedata.name(sign, "").startswith("LATIN") for sign in word if _is_letter(sign)]
    mixed = len(set(latin)) > 1
    run = re.search(rf"[^\W\d_a-zA-Z]{{{LONG_RUN}}}", word)
    return odd + mixed + (run is not None and all(latin))


def _is_odd(before: str, sign: str, after: str) -> bool:
    if sign.isascii():
        return False
    if _is_letter(sign):
        if sign.isupper():
            return before.islower() or (before.isupper() and after.islower())
        return before.isupper() and after.isupper() and sign != "ß"
    match _is_letter(before), _is_letter(after):
        case True, True:
            return sign not in _BETWEEN_LETTERS
        case False, True:
            return sign not in _BEFORE_LETTERS
        case True, False:
            return sign not in _BEHIND_LETTERS
    return sign == "\N{REPLACEMENT CHARACTER}" or unicodedata.category(sign) in ("Cc", "Co")


def _is_letter(sign: str) -> bool:
    # Not the signs that stand among letters, such as ª and ˆ.
    return unicodedata.category(sign) in ("Lu", "Ll", "Lt")


def _decode(word: bytes, encoding: Encoding) -> str:
    return word.decode(encoding.value, errors="replace")


def _describe(words: list[bytes], best: Encoding, others: list[Encoding]) -> str:
    def readings(word: bytes) -> dict[str, Encoding]:
        """How a word can be read, each way with the commonest encoding that gives it."""
        return {_decode(word, e): e for e in reversed((best, *others))}

    # A word that tells the encodings apart, not a single letter if there is a longer one.
    word = max(words, key=lambda word: (len(readings(word)), len(word) > 2))
    shown = _decode(word, best)
    ways = [
        f"“{reading}” as {encoding.label}"
        for reading, encoding in reversed(readings(word).items())
        if reading != shown
    ][:MOST_SHOWN]
    rest = (
        f" Other encodings give {' or '.join(ways)}. Choose the right one under Encoding."
        if ways
        else " Choose another encoding if letters look wrong."
    )
    return (
        f"The file does not state its encoding. It was read as {best.label}, for example "
        f"“{shown}”.{rest}"
    )
