"""Words that say “no answer”, in English, German, French and Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Mapping

PHRASES = frozenset(
    # As the archives' questionnaires and codebooks have them (ESS, ISSP, GSS, ANES, GESIS,
    # SOEP, CIS); without accents, apostrophes and full stops, in small letters.
    """
    dont know|do not know|doesnt know|didnt know|cant say|cannot say|cant choose|cannot choose
    cant remember|dont remember|refused|refusal|refuse|refused to answer|refuses to answer
    prefer not to say|prefer not to answer|rather not say|declined|declined to answer
    no answer|not answered|no response|nonresponse|non-response|item nonresponse|missing
    missing value|missing data|system missing|not applicable|inapplicable|iap|n/a|not asked
    question not asked|not stated|not ascertained|not available|not reported|no data
    valid skip|skipped|skip|unknown|uncodeable|uncodable|does not apply|not determinable
    keine angabe|keine angaben|keine antwort|keine auskunft|weiss nicht|weiss ich nicht
    verweigert|antwort verweigert|angabe verweigert|verweigerung|nicht zutreffend
    trifft nicht zu|tnz|nicht gefragt|nicht befragt|nicht erhoben|nicht beantwortet|fehlend
    fehlender wert|fehlende angabe|unbekannt|nicht bestimmbar|nicht vercodbar|datenfehler
    ne sait pas|ne sais pas|je ne sais pas|nsp|ne se prononce pas|sans reponse|pas de reponse
    non reponse|refus|refus de repondre|refuse de repondre|a refuse|sans objet|non concerne
    pas concerne|non applicable|ne sapplique pas|manquant|donnee manquante|inconnu
    non renseigne|non precise
    no sabe|no lo sabe|no se|no contesta|no responde|sin respuesta|no sabe no contesta
    no aplica|no procede|no aplicable|rehusa|rehusado|se niega a contestar|perdido
    k a|n a|d k|n s|n c|w n|valor perdido|desconocido|no consta|sin datos
    """.strip().replace("\n", "|").split("|")
)  # fmt: skip
_PHRASES = frozenset(phrase.strip() for phrase in PHRASES)

ABBREVIATIONS = frozenset(["dk", "na", "nap", "rf", "ref", "ka", "wn", "ns", "nc", "nr", "ks"])
"""Abbreviations of “don't know”, “keine Angabe”, “no contesta” …; also of Denmark and Namibia."""

ANSWERS_ON_SCALES = {"trifft nicht zu": "triff", "does not apply": "appl", "not applicable": "appl"}
"""What is an answer on a scale whose other answers hold this stem: “applies completely”."""

LONGEST_LABEL = 60
"""Characters; longer labels are sentences of their own."""

LONGEST_CODE = 4
"""Letters of codes before a name: of countries, states, parties, airports."""

_PARTS = re.compile(r"[/,;:()\[\]{}|–—]|\s-\s|\sor\s|\soder\s|\sou\s|\so\s")
_LEADING_CODE = re.compile(r"^\W*-?\d+\W+")


def labels_of_missing(labels: Mapping[str, str]) -> dict[str, str]:
    """The value labels, by the text of the value, that mean that there is no answer."""
    return {
        value: label
        for value, label in labels.items()
        # The other labels are looked at only where they can matter.
        if says_missing(label)
        and says_missing(label, [other for key, other in labels.items() if key != value])
    }


def says_missing(text: str, others: Collection[str] = ()) -> bool:
    """Whether a value label, or an answer in words, says that there is no answer.

    Parameters
    ----------
    text : str
        Its first part decides: “No answer, refused” and “Refused (.r)” count.
    others : collection of str
        Labels of the other values. Among two-letter country codes, “DK” is Denmark, and
        “DK - Denmark” among codes with names; “trifft nicht zu” beside “trifft zu” is an answer.
    """
    if len(text) > LONGEST_LABEL:
        return False
    plain = _plain(text)
    if plain == "n/a":
        return True
    parts = _parts(plain)
    if not parts:
        return False
    first = parts[0]
    if first in _PHRASES:
        stem = ANSWERS_ON_SCALES.get(first)
        return stem is None or not any(stem in _plain(other) for other in others)
    if first not in ABBREVIATIONS:
        return False
    return not _is_name(parts, [_parts(_plain(other)) for other in others])


def _is_name(parts: list[str], others: list[list[str]]) -> bool:
    """Whether an abbreviation names something, as most of the other answers do.

    That is so among codes of two letters, as those of countries, and where a name stands
    behind each short word: “DK - Denmark”, “NC - North Carolina”.
    """
    if len(parts) == 1:
        codes = [o for o in others if len(o) == 1 and _is_code(o[0], 2, 2)]
        named = [o for o in codes if o[0] not in ABBREVIATIONS]
        return len(named) >= 2 and len(named) >= len(others) / 2
    named = [o for o in others if _is_code(o[0] if o else "", 1, LONGEST_CODE) and _says_more(o)]
    return _says_more(parts) and bool(named) and len(named) >= len(others) / 2


def _is_code(word: str, shortest: int, longest: int) -> bool:
    return word.isalpha() and shortest <= len(word) <= longest


def _says_more(parts: list[str]) -> bool:
    """Whether what stands behind the first part is a name, and no word for a missing answer."""
    rest = parts[1:]
    return any(len(part) > 1 and part not in _PHRASES | ABBREVIATIONS for part in rest)


def _parts(plain: str) -> list[str]:
    return [part.strip() for part in _PARTS.split(plain) if part.strip()]


def _plain(text: str) -> str:
    """Small letters without accents, apostrophes, full stops and a code in front."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = re.sub(r"['’‘`´.!?*\"“”]", "", _LEADING_CODE.sub("", text))
    return re.sub(r"\s+", " ", text.replace("_", " ")).strip()
