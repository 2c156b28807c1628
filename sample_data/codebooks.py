"""Labels, levels and suggested tasks of the sample tables."""

from __future__ import annotations

from typing import Any

NO_YES = {"0": "No", "1": "Yes"}
LIBERAL_CONSERVATIVE = {
    "1": "Extremely liberal",
    "2": "Liberal",
    "3": "Slightly liberal",
    "4": "Moderate",
    "5": "Slightly conservative",
    "6": "Conservative",
    "7": "Extremely conservative",
}
INCOME_1996 = (
    "None or less than $2,999", "$3,000 to $4,999", "$5,000 to $6,999", "$7,000 to $8,999",
    "$9,000 to $9,999", "$10,000 to $10,999", "$11,000 to $11,999", "$12,000 to $12,999",
    "$13,000 to $13,999", "$14,000 to $14,999", "$15,000 to $16,999", "$17,000 to $19,999",
    "$20,000 to $21,999", "$22,000 to $24,999", "$25,000 to $29,999", "$30,000 to $34,999",
    "$35,000 to $39,999", "$40,000 to $44,999", "$45,000 to $49,999", "$50,000 to $59,999",
    "$60,000 to $74,999", "$75,000 to $89,999", "$90,000 to $104,999", "$105,000 and over",
)  # fmt: skip
LICENCE = "Public domain, as declared by statsmodels, which distributes the file."


def variable(
    label: str,
    level: str,
    value_labels: dict[str, str] | None = None,
    missing: dict[str, str] | None = None,
) -> dict[str, Any]:
    """One entry of a codebook; labels of missing codes stand beside those of values."""
    missing = missing or {}
    return {
        "label": label,
        "level": level,
        "value_labels": {**(value_labels or {}), **missing},
        "missing_codes": list(missing),
    }


ANES96 = {
    "title": "Presidential vote, 1996",
    "source": "American National Election Study 1996 (electionstudies.org), in the extract that "
    "comes with statsmodels; logpopul, a function of popul, is left out.",
    "licence": LICENCE,
    "target": "vote",
    "kind": "binary",
    "leave_out": [],
    "weight": None,
    "cluster": None,
    "variables": {
        "vote": variable("Expected vote", "binary", {"0": "Clinton", "1": "Dole"}),
        "popul": variable("Population of the place, in thousands", "interval"),
        "TVnews": variable("Times a week with TV news", "interval"),
        "selfLR": variable("Own position", "ordinal", LIBERAL_CONSERVATIVE),
        "ClinLR": variable("Position given to Clinton", "ordinal", LIBERAL_CONSERVATIVE),
        "DoleLR": variable("Position given to Dole", "ordinal", LIBERAL_CONSERVATIVE),
        "PID": variable(
            "Party identification",
            "ordinal",
            {
                "0": "Strong Democrat",
                "1": "Weak Democrat",
                "2": "Independent, leaning Democrat",
                "3": "Independent",
                "4": "Independent, leaning Republican",
                "5": "Weak Republican",
                "6": "Strong Republican",
            },
        ),
        "age": variable("Age in years", "interval"),
        "educ": variable(
            "Education",
            "ordinal",
            {
                "1": "Grades 1 to 8",
                "2": "Some high school",
                "3": "High school graduate",
                "4": "Some college",
                "5": "College degree",
                "6": "Master's degree",
                "7": "PhD",
            },
        ),
        "income": variable(
            "Household income",
            "ordinal",
            {str(code): label for code, label in enumerate(INCOME_1996, start=1)},
        ),
    },
}

RANDHIE = {
    "title": "Doctor visits",
    "source": "RAND Health Insurance Experiment, USA, 1974 to 1982, in the extract of Cameron and "
    "Trivedi, Microeconometrics (2005), that comes with statsmodels.",
    "licence": LICENCE,
    "target": "mdvis",
    "kind": "regression",
    "leave_out": [],
    "weight": None,
    "cluster": None,
    "variables": {
        "mdvis": variable("Outpatient visits to a doctor in a year", "interval"),
        "lncoins": variable("Coinsurance rate in percent, ln(rate + 1)", "interval"),
        "idp": variable("Individual deductible plan", "binary", NO_YES),
        "lpi": variable("Yearly participation incentive in dollars, ln, at least 1", "interval"),
        "fmde": variable("Maximum expenditure over coinsurance, ln; 0 if idp is yes", "interval"),
        "physlm": variable("Physical limitation (0 no, 1 yes, and a few fractions)", "interval"),
        "disea": variable("Chronic diseases (a count, with fractions)", "interval"),
        "hlthg": variable("Own health is good", "binary", NO_YES),
        "hlthf": variable("Own health is fair", "binary", NO_YES),
        "hlthp": variable("Own health is poor", "binary", NO_YES),
    },
}

REFUSED = {"-99": "Refused"}
DONT_KNOW = {"-98": "Don't know"}
LEFT_RIGHT = {"0": "Left", "10": "Right"}

SIMULATED_SURVEY = {
    "title": "Turnout",
    "source": "Simulated by simulate_survey.py; nobody was interviewed.",
    "licence": "CC0 1.0",
    "target": "turnout",
    "kind": "binary",
    "leave_out": ["idno", "wave", "polling_place_wait"],
    "measured_after_outcome": ["polling_place_wait"],
    "weight": "pspwght",
    "cluster": "psu",
    "variables": {
        "idno": variable("Respondent's number", "identifier"),
        "wave": variable("Wave of the survey", "interval"),
        "turnout": variable("Voted in the last national election", "binary"),
        "age": variable("Age in years", "interval"),
        "female": variable("Gender", "binary", {"0": "Male", "1": "Female"}),
        "educ": variable(
            "Highest education",
            "ordinal",
            {
                "1": "Primary or less",
                "2": "Lower secondary",
                "3": "Upper secondary",
                "4": "Short tertiary",
                "5": "University degree",
            },
            REFUSED,
        ),
        "income": variable(
            "Net household income a month, euros", "interval", missing={**REFUSED, **DONT_KNOW}
        ),
        "region": variable("Region", "nominal"),
        "mainact": variable(
            "Main activity",
            "nominal",
            {
                "1": "Paid work",
                "2": "Education",
                "3": "Unemployed",
                "4": "Retired",
                "5": "Home or other",
            },
        ),
        "partner": variable("Lives with a partner", "binary", NO_YES, REFUSED),
        "polintr": variable(
            "Interest in politics",
            "ordinal",
            {"1": "Not at all", "2": "Hardly", "3": "Quite", "4": "Very"},
        ),
        "trust": variable(
            "Trust in parliament",
            "ordinal",
            {"0": "No trust at all", "10": "Complete trust"},
            {**REFUSED, **DONT_KNOW},
        ),
        "lrscale": variable("Left-right position", "ordinal", LEFT_RIGHT, {**REFUSED, **DONT_KNOW}),
        "news": variable("Political news, minutes a day", "interval", missing=DONT_KNOW),
        "member": variable("Member of a party", "binary", NO_YES),
        "polling_place_wait": variable(
            "Minutes waited at the polling place (asked after the election)",
            "interval",
            missing={**DONT_KNOW, "-97": "Not asked"},
        ),
        "psu": variable("Sampling point", "nominal"),
        "pspwght": variable("Post-stratification weight", "interval"),
    },
}
