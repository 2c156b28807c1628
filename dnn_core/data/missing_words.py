"""Words that say “no answer”, in English, German, French and Spanish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

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
"""Of “don't know”, “keine Angabe”, “no contesta” …; of Denmark and Namibia as well."""

ANSWERS_ON_SCALES = {"trifft nicht zu": "triff", "does not apply": "appl", "not applicable": "appl"}
"""What is an answer on a scale whose other answers hold this stem: “applies completely”."""

LONGEST_LABEL = 60
"""Characters; longer labels are sentences of their own."""

_PARTS = re.compile(r"[/,;:()\[\]{}|–—]|\s-\s|\sor\s|\soder\s|\sou\s|\so\s")
_LEADING_CODE = re.compile(r"^\W*-?\d+\W+")


def says_missing(text: str, others: Collection[str] = ()) -> bool:
    """Whether a value label, or an answer in words, says that there is no answer.

    Parameters
    ----------
    text : str
        Judged by its first part: “No answer, refused” and “Refused (.r)” count.
    others : collection of str
        Labels of the other values. Among two-letter country codes, “DK” is Denmark;
        “trifft nicht zu” beside “trifft zu” is an answer.
    """
    if len(text) > LONGEST_LABEL:
        return False
    plain = _plain(text)
    if plain == "n/a":
        return True
    parts = [part.strip() for part in _PARTS.split(plain) if part.strip()]
    if not parts:
        return False
    first = parts[0]
    if first in _PHRASES:
        stem = ANSWERS_ON_SCALES.get(first)
        return stem is None or not any(stem in _plain(other) for other in others)
    if first not in ABBREVIATIONS:
        return False
    words = [_plain(other) for other in others]
    countries = [w for w in words if len(w) == 2 and w.isalpha() and w not in ABBREVIATIONS]
    return len(countries) < 2 or len(countries) < len(words) / 2


def _plain(text: str) -> str:
    """Small letters without accents, apostrophes, full stops and a code in front."""
    text = unicodedata.normalize("NFKD", text.casefold())
    text = "".join(c for c in text if not unicodedata.combining(c))
    text = re.sub(r"['’‘`´.!?*\"“”]", "", _LEADING_CODE.sub("", text))
    return re.sub(r"\s+", " ", text.replace("_", " ")).strip()
