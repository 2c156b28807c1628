"""Words of value labels that say how much, how often or how high, in English and German.

Without accents and in small letters, as `label_order` compares them. They are those of the
questionnaires of ESS, ISSP, GSS, ANES, ALLBUS, GLES and SOEP.
"""

from __future__ import annotations

import re


def _any(*words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(words)})\b")


def _listed(words: str, mark: str | None = None) -> list[str]:
    """Words that stand between blanks, or between marks."""
    return words.split(mark)


OTHER = re.compile(
    r"(an)?other\b|something else|someone else|none of (these|the above|them)|"
    r"(eine?n? )?ander(e|er|es|en|em)?\b|sonstig|etwas anderes|nichts davon|keine?[rs]? davon|"
    r".*\b(other|andere[rs]?|sonstige[rs]?) (party|parties|partei|religion|country|land)\b"
)
"""What begins like this stands beside the others, and not above or below them."""

# Amounts

SPELLED = {
    word: str(number)
    for number, words in enumerate(
        _listed(
            """zero null|one eins once einmal first erste erstes erster
            |two zwei twice zweimal second zweite zweites zweiter
            |three drei dreimal third dritte drittes dritter
            |four vier fourth vierte viertes vierter|five funf fifth funfte funftes funfter
            |six sechs|seven sieben|eight acht|nine neun|ten zehn|eleven elf|twelve zwolf""",
            "|",
        )
    )
    for word in words.split()
}

ZERO = re.compile(r"(none|no|not|never|nothing|nobody|nie|niemals|keine?r?s?n?|nichts|ohne)\b")

BELOW = _any(
    "under", "below", "less than", "fewer than", "lt", "up to", "at most", "younger than",
    "before", "until", "unter", "weniger als", "bis zu", "bis", "hochstens", "junger als", "vor",
)  # fmt: skip

BEYOND = _any(
    "over", "above", "more than", "older than", "after", "since",
    "uber", "mehr als", "alter als", "nach", "seit",
)  # fmt: skip

FILLING = frozenset(
    _listed(
        """a an the of to and or with in is am are time be it i my me on for by at as only any from
    per plus each year years born age aged euro euros eur dollars usd gbp chf
    ein eine einen einer eines der die das dem den des und oder mit im am zum zur ist bin ich mir
    es von zu ca circa etwa rund pro je bzw jahre jahr jahren geboren
    """
    )
)
"""Words around what is said, which say nothing by themselves."""

CONNECTING = FILLING | frozenset(
    _listed(
        """about around approximately roughly between under below over above up more less fewer most
    least lt older younger than every before until after since
    bis zwischen unter uber als mehr weniger mindestens hochstens alter junger vor nach seit
    alle jeden jede jedes
    """
    )
)
"""Words that stand between numbers as well."""

NUMBERED = re.compile(
    r"(level|grades?|stage|step|rank|place|class|decile|quintile|quartile|tercile|percentile|"
    r"wave|round|quarter|phase|score|isced|"
    r"stufe|klassen?|note|rang|platz|dezil|quintil|quartil|welle|runde|quartal|niveau|punkte?)"
)
"""Nouns whose numbers are places in an order; of others, as “district 5”, they are names."""

# How often

PER_YEAR = (
    (re.compile(r"\bhour(s|ly)?\b|\bstund(e|en|lich)\b"), 8760.0),
    (re.compile(r"\bdaily\b|\bdays?\b|\btage?s?n?\b|\btaglich\b"), 365.0),
    (re.compile(r"\bweek(s|ly|end|ends)?\b|\bwoche(n|nende|nenden)?\b|\bwochentlich\b"), 52.0),
    (re.compile(r"\bmonth(s|ly)?\b|\bmonate?s?n?\b|\bmonatlich\b"), 12.0),
    (re.compile(r"\byear(s|ly)?\b|\bannually\b|\bjahre?s?n?\b|\bjahrlich\b"), 1.0),
)
"""Units of time, and how many of them a year has."""

SOME_TIMES = _any(
    "hours", "days", "weeks", "months", "years", "stunden",
    "tage", "tagen", "wochen", "monate", "jahre",
)  # fmt: skip
"""Without a count they say nothing: “on holy days”."""

ADVERBS = (
    (_any("hardly ever", "almost never", "fast nie", "so gut wie nie"), 0.2),
    (re.compile(r"\b(never|nie|niemals)\b|^not at all$|^(gar|uberhaupt) nicht$"), 0.0),
    (re.compile(r"\b(less|seltener|rarer)( often| frequently)?$"), 0.3),
    (_any("very rarely", "very seldom", "sehr selten"), 0.25),
    (_any("rarely", "seldom", "selten"), 0.4),
    (_any("occasionally", "now and then", "gelegentlich", "hin und wieder"), 3.0),
    (_any("sometimes", "from time to time", "manchmal", "ab und zu"), 5.0),
    (_any("very often", "very frequently", "sehr oft", "sehr haufig"), 150.0),
    (re.compile(r"^(quite |fairly |ziemlich )?(often|frequently|oft|haufig)$"), 100.0),
    (_any("usually", "most of the time", "mostly", "meistens", "meist"), 200.0),
    (_any("almost always", "nearly always", "fast immer"), 5_000.0),
    (_any("always", "immer", "all the time", "standig"), 10_000.0),
)
"""How often, where no unit of time is named, as times a year; only their order matters."""

LESS_THAN_ONE = re.compile(r"\b(less|fewer|weniger|seltener)\b")
EVERY = _any("every", "alle")
NEARLY = _any("nearly", "almost", "fast", "beinahe")
SEVERAL = _any("several", "a few", "many", "mehrmals", "mehrfach", "mehrere", "ein paar", "ofter")
COUNTED = frozenset(
    _listed(
        """times time mal nearly almost fast beinahe several many few mehrmals mehrfach mehrere paar
    ofter often frequently seltener"""
    )
)

# Degrees

PLAIN = 4.0
"""Degree of what is said without a word for it: “agree” beside “strongly agree”."""

_DEGREES = {
    7.0: "always|all|alle|immer",
    6.5: "almost always|nearly always|fast immer|almost all|nearly all|fast alle",
    6.0: """extremely|extreme|completely|complete|fully|full|totally|total|entirely|absolutely
        |a great deal|great deal|highest|just about always
        |perfectly|definitely|certainly|ausserst|extrem|voll und ganz|voll|vollig
        |vollkommen|vollstandig|ganz und gar|bestimmt|ganz sicher|auf jeden fall""",
    5.5: "the most|most|die meisten|meistens|usually",
    5.0: """strongly|strong|highly|high|very much|a lot|lots|much|many|large|big|upper|older
        |frequently|often
        |starke?[rsnm]?|hoch|hohe[rsnm]?|viele?[rsnm]?|grosse?[rsnm]?|obere?[rsnm]?
        |oft|haufig|sicher""",
    4.5: "about half|half|die halfte|quite a lot|quite a bit|upper middle|obere mittelschicht",
    3.5: """quite|fairly|pretty|mostly|largely|generally|probably|likely to
        |ziemlich|uberwiegend|weitgehend|wahrscheinlich|vermutlich|grosstenteils""",
    3.0: """rather|somewhat|moderately|moderate|medium|middle|average|partly|partially|some
        |sometimes|tend to|to some extent|eher|etwas|massig|mittel|mittlere?[rsnm]?|mittelmassig
        |teilweise|teils|einige?[rsnm]?|manchmal|zum teil""",
    2.5: "lower middle|untere mittelschicht|occasionally|gelegentlich",
    2.0: """slightly|slight|a little|little|a bit|a few|few|weakly|weak|low|small|lower
        |only a little|not strong|not very strong|ein wenig|wenige?[rsnm]?|ein bisschen
        |geringe?[rsnm]?|niedrige?[rsnm]?|schwache?[rsnm]?|kleine?[rsnm]?|untere?[rsnm]?""",
    1.8: "leaning|lean|leans|near|close to",
    1.0: "lowest",
    1.5: "hardly|hardly any|barely|rarely|seldom|kaum|selten",
    1.2: """not very|not very much|not particularly|not really|not so|not that|not much|not too
        |rather not|nicht sehr|nicht so|nicht besonders|eher nicht|weniger|weniger stark""",
    0.8: "hardly ever|almost never|fast nie|almost none|fast keine?[rsnm]?",
    0.5: "not|no|none|nothing|nicht|keine?[rsnm]?|nichts",
    0.0: """not at all|none at all|nothing at all|never|at no time|gar nicht
        |uberhaupt nicht|gar keine?[rsnm]?|uberhaupt keine?[rsnm]?|nie|niemals""",
}  # fmt: skip

DEGREES = tuple(
    (re.compile(rf"\b(?:{phrase.strip()})\b"), degree)
    for degree, phrases in _DEGREES.items()
    for phrase in phrases.split("|")
)
"""Phrases and their degrees, of which only the order matters; the longest phrase counts."""

STRONGER = re.compile(r"\b(very|sehr|really|too|zu)\b")
"""Words that are degrees themselves, and before another degree make it larger, or smaller yet."""

MIDDLE = re.compile(
    r"neither\b|weder\b|neutral\b|undecided$|unentschieden$|teils ?[,/-]? ?(und )?teils|"
    r"about (the )?same|((stay|remain)(s|ed)? )?(the )?same$|no (change|difference)|"
    r"unchanged|unverandert|(etwa |ungefahr )?gleich( geblieben)?$|about (the )?right|just right|"
    r"gerade richtig|middle of the road|(in the )?middle( position)?$|moderate$|in between|"
    r"cent(er|re)$|(in der )?mitte$|mixed( feelings)?$|so ?la ?la$"
)
"""Labels of what lies between two poles."""

# Ladders


def _scale(*steps: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(step) for step in steps)


SCALES = (
    _scale(
        "excellent|ausgezeichnet|hervorragend|exzellent",
        "very good|sehr gut",
        "good|gut",
        "befriedigend|satisfactory|zufriedenstellend",
        "fair|average|so so|acceptable|adequate|ausreichend|sufficient|mittelmassig|mittel|okay|ok",
        "weniger gut|not so good|mangelhaft",
        "poor|bad|schlecht|insufficient",
        "very poor|very bad|terrible|ungenugend|sehr schlecht",
    ),
    _scale(
        "lower class|unterschicht",
        "working class|arbeiterschicht|arbeiterklasse",
        "lower middle class|untere mittelschicht",
        "middle class|mittelschicht",
        "upper middle class|obere mittelschicht",
        "upper class|oberschicht",
    ),
    _scale("young", "middle aged|middle age", "old|elderly"),
    _scale("not all", "several days", "more than half days", "nearly every day"),
    _scale(
        "(much|far) too (little|few)|viel zu wenig",
        "too (little|few)|zu wenig",
        "about right|just right|gerade richtig",
        "too (much|many)|zu viel",
        "(much|far) too (much|many)|viel zu viel",
    ),
    _scale(
        ".*comfortabl.*", "coping.*", "((find|finding|found) )?difficult.*", ".*very difficult.*"
    ),
)
"""Answers that are in order though they share no word: quality, social class, age."""

SCHOOLING = tuple(
    (re.compile(words), height)
    for words, height in (
        (r"ph\.? ?d\b|doctora|\bdoktor|promotion\b", 9.0),
        (r"\bmaster|magister|diplom\b|graduate degree|post-?graduate|higher tertiary", 8.0),
        (r"bachelor|college degree|universit|\buni\b|hochschulabschluss|studium", 7.0),
        (r"(lower|long) tertiary|^tertiary|^higher( education)?$|(four|4)-year college", 7.0),
        (r"some college|associate|junior college|short tertiary|post-?secondary", 6.0),
        (r"vocational|berufsausbildung|\blehre\b|(two|2)-year college", 6.0),
        (r"fachhochschulreife|fachabitur", 4.8),
        (r"abitur|hochschulreife|\bmatura|gymnasium", 5.0),
        (r"(some|incomplete) primary", 0.5),
        (r"(some|incomplete) (high|secondary)|(less than|lt|no) high|less than lower", 2.0),
        (r"lower tier upper|realschul|mittlere reife|mittlerer (schul)?abschluss", 4.0),
        (r"upper secondary|high school|secondary completed|completed? secondary|\bged\b", 5.0),
        (r"lower secondary|hauptschul|volksschul", 3.0),
        (r"primary|elementary|grundschul|grades? 1", 1.0),
        (r"^(no|none|kein|ohne)\b.*(school|education|qualification|abschluss|schul)|^none$", 0.0),
        (r"graduate$", 8.0),
    )
)
"""Words of certificates and how high they are; the first that is found counts."""
