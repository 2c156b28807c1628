"""Labels that show an order and labels that do not, from questionnaires in two languages."""

from __future__ import annotations

import pytest

from dnn_core.data.levels.label_order import labels_show_order, without_code

ORDERED = """
extreme liberal|liberal|slight liberal|middle of the road|slight conservative|conservative|
extreme conservative
fundamentalist|moderate|liberal
never|less than once a year|once or twice a year|several times a year|about once a month|
2-3 times a month|nearly every week|every week|several times a week
strongly agree|agree|disagree|strongly disagree
Strongly disagree|Disagree|Neither agree nor disagree|Agree|Strongly agree
never|less than once a week|about once a week|several times a week|daily|several times a day
liberal|moderate|conservative
low|medium|high
Strong Democrat|Weak Democrat|Independent, leaning Democrat|Independent|
Independent, leaning Republican|Weak Republican|Strong Republican
Grades 1 to 8|Some high school|High school graduate|Some college|College degree|Master's degree|PhD
None or less than $2,999|$3,000 to $4,999|$5,000 to $6,999|$105,000 and more
under $1 000|$1 000 to 2 999|$3 000 to 3 999|$10000 to 12499|$150000 or over
Primary or less|Lower secondary|Upper secondary|Short tertiary|University degree
Not at all|Hardly|Quite|Very
Very interested|Quite interested|Hardly interested|Not at all interested
Sehr gut|Gut|Zufriedenstellend|Weniger gut|Schlecht
sehr gut|gut|befriedigend|ausreichend|mangelhaft|ungenügend
Stimme überhaupt nicht zu|Stimme eher nicht zu|Teils/teils|Stimme eher zu|Stimme voll und ganz zu
Trifft überhaupt nicht zu|Trifft eher nicht zu|Trifft eher zu|Trifft voll und ganz zu
sehr stark|stark|mittel|wenig|überhaupt nicht
nie|selten|manchmal|oft|immer
Täglich|Mehrmals pro Woche|Einmal pro Woche|Mindestens einmal im Monat|Seltener|Nie
Every day|More than once a week|Once a week|At least once a month|Only on special holy days|
Less often|Never
18-24|25-34|35-44|45+
unter 18 Jahre|18 bis 29 Jahre|30 bis 44 Jahre|45 bis 59 Jahre|60 Jahre und älter
no formal schooling|1st grade|2nd grade|3rd grade|4th grade|5th grade|6th grade|7th grade|
8th grade|9th grade|10th grade|11th grade|12th grade|1 yr coll|2 yrs coll|3 yrs coll|4 yrs coll|
5 yrs coll|6 yrs coll|7 yrs coll|8 yrs coll
lt high school|high school|junior college|bachelor|graduate
very happy|pretty happy|not too happy
a great deal|only some|hardly any
excellent|very good|good|fair|poor
Very good|Good|Fair|Bad|Very bad
Very much like me|Like me|Somewhat like me|A little like me|Not like me|Not like me at all
Allow many to come and live here|Allow some|Allow a few|Allow none
too little|about right|too much
lower class|working class|middle class|upper class
None|1|2|3 or more
No time at all|Less than 0,5 hour|0,5 hour to 1 hour|More than 1 hour, up to 1,5 hours|
More than 1,5 hours, up to 2 hours|More than 3 hours
ES-ISCED I , less than lower secondary|ES-ISCED II, lower secondary|
ES-ISCED IIIb, lower tier upper secondary|ES-ISCED IIIa, upper tier upper secondary|
ES-ISCED IV, advanced vocational, sub-degree|ES-ISCED V1, lower tertiary education, BA level|
ES-ISCED V2, higher tertiary education, >= MA level
J - 1st decile|R - 2nd decile|C - 3rd decile|M - 4th decile|H - 10th decile
Ohne Abschluss|Hauptschulabschluss|Mittlere Reife|Fachhochschulreife|Abitur
sehr zufrieden|eher zufrieden|eher unzufrieden|sehr unzufrieden
Very satisfied|Satisfied|Dissatisfied|Very dissatisfied
Much better|Somewhat better|About the same|Somewhat worse|Much worse
Yes, definitely|Yes, probably|No, probably not|No, definitely not
sehr wichtig|wichtig|weniger wichtig|unwichtig
very important|somewhat important|not very important|not at all important
Level 1|Level 2|Level 3
one|two|three|four or more
Strongly favor|Favor|Neither favor nor oppose|Oppose|Strongly oppose
always wrong|almost always wrong|sometimes wrong|not wrong at all
Not at all|Several days|More than half the days|Nearly every day
kein Vertrauen|wenig Vertrauen|etwas Vertrauen|viel Vertrauen|sehr viel Vertrauen
hoch|mittel|niedrig
Increase a lot|Increase a little|Stay the same|Reduce a little|Reduce a lot
sehr links|eher links|Mitte|eher rechts|sehr rechts
Very safe|Safe|Unsafe|Very unsafe
sehr starkes Interesse|starkes Interesse|mittleres Interesse|geringes Interesse|kein Interesse
sehr|ziemlich|etwas|kaum|gar nicht
sehr stark|stark|mittelmäßig|weniger stark|überhaupt nicht
not at all|a little|moderately|quite a bit|extremely
Living comfortably on present income|Coping on present income|Difficult on present income|
Very difficult on present income
1x pro Monat|2-3x pro Monat|1x pro Woche|täglich
Kein Kind|1 Kind|2 Kinder|3 und mehr Kinder
small|medium|large
Klein|Mittel|Groß
Agree strongly|Agree|Neither agree nor disagree|Disagree|Disagree strongly
Extremely bad|Bad|Neither good nor bad|Good|Extremely good
Bin sehr dafür|Bin dafür|Weder noch|Bin dagegen|Bin sehr dagegen
Sehr häufig|Häufig|Manchmal|Selten|Nie
Not at all satisfied|Slightly satisfied|Moderately satisfied|Very satisfied|Extremely satisfied
Completely disagree|Disagree|Agree|Completely agree
Volle Zustimmung|Eher Zustimmung|Eher Ablehnung|Volle Ablehnung
Very likely|Somewhat likely|Somewhat unlikely|Very unlikely
more than once a week|once a week|at least once a month|less often|never
Mehr als einmal die Woche|Einmal in der Woche|Ein- bis dreimal im Monat|Mehrmals im Jahr|Seltener|
Nie
Less than 10,000|10,000-19,999|20,000-29,999|30,000 or more
bis unter 500 EUR|500 bis unter 1000 EUR|1000 bis unter 1500 EUR|1500 EUR und mehr
Unter 2.000 Einwohner|2.000 bis 4.999 Einwohner|5.000 bis 19.999 Einwohner|
500.000 und mehr Einwohner
under 5,000|5,000 - 20,000|20,001 - 100,000|over 100,000
always|most of the time|about half the time|some of the time|never
Just about always|Most of the time|Only some of the time|Never
Immer|Meistens|Manchmal|Selten|Nie
Approve strongly|Approve somewhat|Disapprove somewhat|Disapprove strongly
Strong support|Support|Oppose|Strong oppose
Great deal|Some|Very little|None
A great deal of confidence|Quite a lot|Not very much|None at all
Very religious|Somewhat religious|Not too religious|Not religious at all
Extremely well|Very well|Moderately well|Slightly well|Not well at all
very close|fairly close|not very close|not close at all
lowest|low|medium|high|highest
1 (niedrig)|2 (mittel)|3 (hoch)
Jünger als 30|30-59|60 und älter
born before 1945|born 1945-1964|born 1965-1980|born after 1980
before 1950|1950-1969|1970-1989|after 1990
first quartile|second quartile|third quartile|fourth quartile
Q1|Q2|Q3|Q4
A lot better|A little better|Same|A little worse|A lot worse
viel besser|etwas besser|gleich geblieben|etwas schlechter|viel schlechter
Low income|Middle income|High income
Never|Once|Twice|3 times or more
Gar nicht interessiert|Wenig interessiert|Mittel|Stark interessiert|Sehr stark interessiert
0-1 drinks|2-3 drinks|4+ drinks
no education|incomplete primary|complete primary|incomplete secondary|complete secondary|higher
Grundschule|Hauptschule|Realschule|Abitur|Universität
Less than high school|High school|Some college, no degree|Bachelor's degree|Graduate degree
Definitely true|Mostly true|Mostly false|Definitely false
Strongly oppose|Somewhat oppose|Neutral|Somewhat support|Strongly support
Liberal|Moderate|Conservative
much too much|too much|about right|too little|much too little
Very hot|Hot|Mild|Cold|Very cold
lehne stark ab|lehne eher ab|unentschieden|stimme eher zu|stimme stark zu
mild|moderate|severe
Kein Risiko|Geringes Risiko|Mittleres Risiko|Hohes Risiko
"""

UNORDERED = """
Union|Social Democrats|Greens|Liberals|Left|Others
Union|Social Democrats|Greens|Liberals|Left
SPD|CDU/CSU|Grüne|FDP|Linke|AfD
Baden-Wuerttemberg|Bayern|Berlin|Brandenburg|Bremen|Hamburg
Protestant|Catholic|Orthodox|Muslim|Other|None
Protestant|Catholic|Jewish|none|other
evangelisch|katholisch|andere Religion|keine
white|black|other
married|widowed|divorced|separated|never married
ledig|verheiratet|geschieden|verwitwet
Paid work|Education|Unemployed|Retired|Home or other
red|green|blue
working fulltime|working parttime|temp not working|unempl, laid off|retired|school|keeping house|
other
District 1|District 2|District 3
Wahlkreis 1|Wahlkreis 2|Wahlkreis 3
1111 Legislators|1112 Senior officials|1113 Chiefs
A big city|Suburbs or outskirts of big city|Town or small city|Country village|
Farm or home in countryside
employed full-time|employed part-time|not employed
vollzeit|teilzeit|nicht erwerbstätig
north|east|south|west
new england|middle atlantic|e. nor. central|w. nor. central|south atlantic|pacific
Daily paper|Weekly magazine|Monthly journal
male|female|non-binary
yes|no|maybe
car|bus|train|bike
Owner|Tenant|Rent free
very religious|spiritual|atheist
German|Other EU|Non-EU
Arbeiter|Angestellter|Beamter|Selbständig
Group A|Group B|Control
the ä umlaut|the ü umlaut|the ö umlaut
Protestant|Catholic|none
Moderaterna|Liberalerna|Centerpartiet|Kristdemokraterna
no party|CDU|SPD
kein Partner|Partner im Haushalt|Partner außerhalb
never smoked|ex-smoker|light smoker|heavy smoker
Hauptschule|Realschule|Gymnasium|Gesamtschule|Förderschule
never vote|Democrat|Republican
strong democrat|not str democrat|ind,near dem|independent|ind,near rep|not str republican|
strong republican|other party
Bündnis 90/Die Grünen|SPD|CDU
Center Party|Left Party|Social Democrats
Did not vote|Conservative|Labour|Liberal
Small party A|Large party B|Medium party C
Small Christian party|Large Labour party|Conservatives
no children|one child, lives here|step child
Katholisch|Evangelisch|Konfessionslos
Römisch-katholisch|Evangelische Kirche|Evangelische Freikirche|
Andere christliche Religionsgemeinschaft|Keiner Religionsgemeinschaft
Employed|Self-employed|Unemployed|Student|Retired|Homemaker
Arbeitslos|Vollzeit|Teilzeit|Rente|Hausfrau
Verheiratet, zusammenlebend|Verheiratet, getrennt lebend|Verwitwet|Geschieden|Ledig
Deutsch|Türkisch|Italienisch|Polnisch
Germany|France|United Kingdom|Italy|Spain
USA|Great Britain|Austria|Hungary|Ireland
Northeast|Midwest|South|West
White, Non-Hispanic|Black, Non-Hispanic|Hispanic|2+ Races, Non-Hispanic|Other, Non-Hispanic
White|Black|Asian|Native American|Mixed
Democrat|Republican|Independent
Rep|Dem|Ind|No preference
Biden|Trump|Jorgensen|Hawkins
Conservative|Labour|Liberal Democrat|Scottish National Party|Plaid Cymru|Green Party|
UK Independence Party
Yes, currently|Yes, previously|No
Ja|Nein|Teils
Yes|No|Refused to say
Own|Rent|Live with parents
Private|Public|Self-employed
Agriculture|Industry|Services
Managers|Professionals|Technicians|Clerks|Service workers|Craft workers|Plant operators|
Elementary occupations
Armed forces|Legislators, senior officials and managers|Professionals
1 CDU|2 SPD|3 FDP|4 Grüne
(1) Bayern|(2) Berlin|(3) Hessen
Version A|Version B|Version C
Treatment 1|Treatment 2|Control
Condition 1|Condition 2|Condition 3
Interviewer 12|Interviewer 14|Interviewer 17
Single|Couple, no children|Couple with children|Single parent
one person household|couple without children|couple with 1 child|couple with 2 children or more|
lone parent
Single-family house|Two-family house|Apartment building, 3-8 units|High-rise
Monday|Tuesday|Wednesday
January|February|March
Face to face|Telephone|Web|Mail
Newspaper|TV|Radio|Internet
English|German|French
Not in labor force|Employed|Unemployed
Current smoker|Former smoker|Never smoker
Never married|Married|Divorced
No|Yes, a boy|Yes, a girl
Most important: economy|Most important: crime|Most important: environment
economy|crime|environment|health
Maintain order|More say for people|Fight rising prices|Protect freedom of speech
mother|father|both
Urban|Suburban|Rural
Right wing|Left wing|Centre party
Center|Left|Right
No children|Boys only|Girls only|Both
Large family farm|small business|Corporation
large town|small town|village
very old house|new flat|caravan
Norte|Sur|Este
Buddhist|Hindu|Sikh|Jewish
No religion|Church of England|Roman Catholic|Presbyterian
None, no religion|Catholic|Protestant
High German|Low German|Frisian
Upper Bavaria|Lower Bavaria|Swabia
Lower Saxony|Saxony|Saxony-Anhalt
Oberbayern|Niederbayern|Oberpfalz|Schwaben
Upper Austria|Lower Austria|Vienna
East Germany|West Germany|Berlin
Some other race|White|Black
Little Rock|Great Falls|Grand Rapids
Strong leader|Army rule|Democracy
Full member|Associate member|No member
Erststimme|Zweitstimme|Keine
Zug 1|Bus 2|Auto 3
A1|B2|C3
"""


def lists(text: str) -> list[str]:
    """One list of labels a line; a line that ends in a bar goes on in the next."""
    return text.strip().replace("|\n", "|").splitlines()


def by_code(line: str, first: int = 1) -> dict[float, str]:
    return {float(code): label for code, label in enumerate(line.split("|"), start=first)}


@pytest.mark.parametrize("line", lists(ORDERED))
def test_an_order_is_seen_from_either_end(line: str) -> None:
    labels = by_code(line)
    assert labels_show_order(labels)
    assert labels_show_order({-code: label for code, label in labels.items()})


@pytest.mark.parametrize("line", lists(UNORDERED))
def test_names_have_no_order(line: str) -> None:
    assert not labels_show_order(by_code(line))


@pytest.mark.parametrize("line", lists(ORDERED))
def test_the_same_labels_in_disorder_have_none(line: str) -> None:
    labels = line.split("|")
    if len(labels) > 3:
        # The first goes to the second place: neither rising nor falling.
        moved = [labels[1], labels[0], *labels[2:]]
        assert not labels_show_order(by_code("|".join(moved)))


def test_codes_before_labels_say_nothing() -> None:
    assert not labels_show_order(by_code("1 CDU|2 SPD|3 FDP|4 Greens"))
    assert labels_show_order(by_code("1. never|2. sometimes|3. always"))
    assert labels_show_order(by_code("1 child|2 children|3 children or more"))


@pytest.mark.parametrize(
    ("label", "code", "rest"),
    [
        ("2 - Bayern", 2, "Bayern"),
        ("(2) Bayern", 2, "Bayern"),
        ("02. Bayern", 2, "Bayern"),
        ("3", 3, ""),
        ("0.5", 0.5, ""),
        ("2-3 times", 2, "2-3 times"),
        ("2.000 bis 4.999", 2, "2.000 bis 4.999"),
        ("18-24", 1, "18-24"),
        ("2 000 and more", 2, "2 000 and more"),
    ],
)
def test_only_the_own_code_is_taken_away(label: str, code: float, rest: str) -> None:
    assert without_code(label, code) == rest
