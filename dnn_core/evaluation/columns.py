"""Does a new file have what the network was trained on?

Checked before anything is predicted, so that an odd prediction has an explanation.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import pandas as pd

from dnn_core.data.dataset import mask_missing
from dnn_core.data.encoding.encoder import Column, Encoder
from dnn_core.data.encoding.predictor_columns import count_missing
from dnn_core.data.encoding.tabulate import NO_ANSWER, tabulate, to_numbers
from dnn_core.errors import UserError
from dnn_core.specs import Choice

MANY_MISSING = 0.5
"""Share of missing answers above which most predictions rest on a stand-in."""

EXAMPLES = 3
"""Examples named in a sentence."""

CLOSEST = 0.8
"""Likeness (`difflib` ratio) from which another name may be the same one
misspelt: one wrong letter in five."""

UNUSABLE = "What cannot be used is treated as the remarks say."
"""How rows with problematic answers are treated, if they are scored all the same."""


class Presence(Choice):
    """Whether the file has a predictor's column."""

    YES = "yes", "yes"
    NO = "no", "no"
    SIMILAR = "similar", "similar name found"


class Severity(Choice):
    """How much a column's state matters."""

    GOOD = "good", "Good"
    WATCH = "watch", "Watch"
    PROBLEM = "problem", "Problem"


@dataclass(frozen=True)
class _Remark:
    text: str
    severity: Severity


def report_columns(encoder: Encoder, frame: pd.DataFrame) -> pd.DataFrame:
    """Compare a new file with what the network was trained on.

    Parameters
    ----------
    encoder : Encoder
        Of a table, not of images.
    frame : pandas.DataFrame
        Raw values as read from the file.

    Returns
    -------
    pandas.DataFrame
        One row per predictor: name, found (yes, no, similar name found), problem
        (sentences, empty where there is nothing to say), severity (values of
        `Severity`). Only an absent column makes predicting impossible.
    """
    rows = []
    for column in encoder.columns:
        if column.name in frame.columns:
            presence, remarks = Presence.YES, _remarks(encoder, column, frame)
        else:
            presence, remarks = _absent(column.name, encoder, frame)
        severities = list(Severity)
        worst = max((r.severity for r in remarks), key=severities.index, default=Severity.GOOD)
        problem = " ".join(remark.text for remark in remarks)
        rows.append((column.name, presence.label, problem, worst.value))
    return pd.DataFrame(rows, columns=["name", "found", "problem", "severity"], dtype="str")


def ignored_columns(encoder: Encoder, frame: pd.DataFrame) -> tuple[str, ...]:
    """Columns of a new file that predictions make no use of."""
    used = {column.name for column in encoder.columns}
    return tuple(str(name) for name in frame.columns if name not in used)


def describe_ignored(encoder: Encoder, frame: pd.DataFrame) -> str:
    """Say which columns predictions make no use of; empty where there are none."""
    ignored = ignored_columns(encoder, frame)
    return f"Kept, but not used: {', '.join(ignored)}." if ignored else ""


def require_columns(encoder: Encoder, frame: pd.DataFrame) -> None:
    """Raise unless every predictor has its column.

    Raises
    ------
    UserError
        If a column is absent; it names all of them.
    """
    absent = [column.name for column in encoder.columns if column.name not in frame.columns]
    if not absent:
        return
    names = ", ".join(f"“{name}”" for name in absent)
    subject = "a column" if len(absent) == 1 else f"{len(absent)} columns"
    raise UserError(
        f"The file lacks {subject} that the network was trained on: {names}.",
        expected=f"the columns of all {len(encoder.columns)} predictors",
        received=f"{len(encoder.columns) - len(absent)} of them",
        remedy="Add or rename the columns; those without answers may be left empty.",
    )


def _absent(name: str, encoder: Encoder, frame: pd.DataFrame) -> tuple[Presence, list[_Remark]]:
    similar = _similar(name, ignored_columns(encoder, frame))
    if similar is None:
        return Presence.NO, [_Remark("The file has no such column.", Severity.PROBLEM)]
    text = f"The file has no such column, but “{similar}”; rename it if that is the one."
    return Presence.SIMILAR, [_Remark(text, Severity.PROBLEM)]


def _similar(name: str, others: tuple[str, ...]) -> str | None:
    """The name that differs least, by more than case, blanks and signs only a little."""
    plain = {_plain(other): other for other in reversed(others)}
    closest = difflib.get_close_matches(_plain(name), plain, n=1, cutoff=CLOSEST)
    return plain[closest[0]] if closest else None


def _plain(name: str) -> str:
    return "".join(sign for sign in name.casefold() if sign.isalnum())


def _remarks(encoder: Encoder, column: Column, frame: pd.DataFrame) -> list[_Remark]:
    if len(frame) == 0:
        return [_Remark("The file has no rows.", Severity.PROBLEM)]
    # `vars` is how the encoder itself hands its columns over.
    values = tabulate(frame[[column.name]], [vars(column)])[column.name]
    if column.numeric:
        return _about_numbers(encoder, column, frame[column.name], values)
    return _about_categories(encoder, column, frame[column.name], values)


def _about_numbers(
    encoder: Encoder, column: Column, raw: pd.Series, values: pd.Series
) -> list[_Remark]:
    answered = mask_missing(raw, column.missing_codes).notna() & values.isna()
    negative = answered & (to_numbers(raw) < 0)
    text = raw[answered & ~negative]
    remarks = []
    if len(text):
        every = values.isna().all() and not negative.any()
        remarks.append(
            _Remark(
                f"{_count(len(text), len(raw), 'holds', 'hold')} text where numbers are "
                f"expected, such as {_examples(text)}; they are treated as missing.",
                Severity.PROBLEM if every else Severity.WATCH,
            )
        )
    if negative.any():
        remarks.append(
            _Remark(
                f"{_count(int(negative.sum()), len(raw), 'holds', 'hold')} negative numbers where "
                f"something is counted, such as {_examples(raw[negative])}; they are treated "
                "as missing.",
                Severity.WATCH,
            )
        )
    # So does an encoder name its marker, whatever version fitted it.
    known = f"{column.name} {NO_ANSWER}" in encoder.outputs
    return remarks + _about_missing(column, raw[~answered], len(raw), known)


def _about_categories(
    encoder: Encoder, column: Column, raw: pd.Series, values: pd.Series
) -> list[_Remark]:
    position = [c.name for c in encoder.columns if not c.numeric].index(column.name)
    assert encoder.transformer is not None
    levels = encoder.transformer.named_transformers_["categories"]
    known = set(levels.categories_[position])
    missing = values.isin([NO_ANSWER, *column.kinds])
    unseen = values[~missing & ~values.isin(known)]
    remarks = []
    if len(unseen):
        every = len(unseen) == (~missing).sum()
        remarks.append(
            _Remark(
                f"{_count(len(unseen), len(values), 'holds', 'hold')} categories that did not "
                f"occur in training: {_counted_examples(unseen)}; {_treatment(levels, position)}.",
                Severity.PROBLEM if every else Severity.WATCH,
            )
        )
    return remarks + _about_missing(column, raw, len(raw), NO_ANSWER in known)


def _treatment(levels: object, position: int) -> str:
    """What the encoder makes of a category that it does not know."""
    if levels.infrequent_categories_[position] is not None:  # type: ignore[attr-defined]
        return "they are treated as rare ones"
    dropped = levels.drop_idx_  # type: ignore[attr-defined]
    if dropped is not None and dropped[position] is not None:
        reference = levels.categories_[position][dropped[position]]  # type: ignore[attr-defined]
        return f"they are treated as “{reference}”"
    return "they are treated as none of the known ones"


def _about_missing(column: Column, raw: pd.Series, cases: int, known: bool) -> list[_Remark]:
    """Say how many answers are missing, why, and what training had too seldom.

    `known` says whether training rows lacked an answer without a reason of its own.
    """
    counts = {kind: n for kind, n in count_missing(raw, column).items() if n}
    missing = sum(counts.values())
    if not missing:
        return []
    bare = counts.pop(NO_ANSWER, 0)
    text = f"{_count(missing, cases, 'has', 'have')} no answer"
    if counts:
        text += f" ({', '.join(f'{_reason(kind)} {n:,}' for kind, n in counts.items())})"
    if bare == missing and not known:
        return [_Remark(f"{text}, which did not occur in training.", Severity.WATCH)]
    severity = Severity.WATCH if missing / cases > MANY_MISSING else Severity.GOOD
    remarks = [_Remark(f"{text}.", severity)]
    new = [f"“{_reason(kind)}”" for kind in counts if kind not in column.kinds]
    if new:
        reasons = "this reason" if len(new) == 1 else "these reasons"
        remarks.append(
            _Remark(
                f"Training had no or too few rows with {reasons}: {', '.join(new)}; they count "
                "as no answer.",
                Severity.WATCH,
            )
        )
    if bare and not known:
        text = f"{bare:,} of them give no reason, which did not occur in training."
        remarks.append(_Remark(text, Severity.WATCH))
    return remarks


def _reason(kind: str) -> str:
    return kind.removesuffix(f" {NO_ANSWER}")


def _count(count: int, cases: int, verb: str, verbs: str) -> str:
    """Such as “3 of 300 rows hold”, with the verb of one row or of several."""
    return f"{count:,} of {cases:,} rows {verb if count == 1 else verbs}"


def _examples(values: pd.Series) -> str:
    return ", ".join(f"“{value}”" for value in values.astype("str").unique()[:EXAMPLES])


def _counted_examples(values: pd.Series) -> str:
    counts = values.value_counts()
    named = ", ".join(f"“{value}” ({count:,})" for value, count in counts[:EXAMPLES].items())
    rest = len(counts) - EXAMPLES
    return f"{named} and {rest:,} more" if rest > 0 else named
