"""The survey-like tables on which defaults are judged, read by the product's own readers.

They lie in `../shared/data/tables`; its README says where each comes from. All columns
that can be predictors are, but for those that are named here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from sklearn.model_selection import KFold, StratifiedKFold

from dnn_core.data.dataset import USABLE_LEVELS, Dataset
from dnn_core.data.readers import Delimiter, ReadOptions, read_bytes, read_dataset
from dnn_core.data.target import guess_kind
from dnn_core.specs import Kind

TABLES = Path(__file__).resolve().parents[2] / "shared" / "data" / "tables"

OUTER_FOLDS = 5
LARGE = 10_000
"""Rows above which the first outer fold says enough."""

OUTER_SEED = 1

BFI_ITEMS = tuple(f"{scale}{number}" for scale in "ACENO" for number in range(1, 6))


@dataclass(frozen=True, eq=False)
class Table:
    """A data set, and what is predicted from what.

    Parameters
    ----------
    dataset : Dataset
        Without rows that have no outcome; with its published test part, if there is one.
    target : str
    features : tuple of str
    as_amount : bool
        Whether a quantity that can be an amount is one: by the gamma deviance.
    """

    dataset: Dataset
    target: str
    features: tuple[str, ...]
    as_amount: bool = False

    @property
    def kind(self) -> Kind:
        guess = guess_kind(self.dataset, self.target).kind
        # Prices and incomes by their squared error, as in the results before amounts were known.
        return Kind.REGRESSION if guess is Kind.AMOUNT and not self.as_amount else guess

    def folds(self) -> Iterator[Dataset]:
        """The data set, each time with another test part."""
        if self.dataset.official_test is not None:
            yield self.dataset
            return
        answers = self.dataset.answers(self.target)
        settings = {"n_splits": OUTER_FOLDS, "shuffle": True, "random_state": OUTER_SEED}
        splitter = KFold if self.kind.numeric else StratifiedKFold
        folds = splitter(**settings).split(answers, answers)
        for _, test in islice(folds, 1 if len(answers) > LARGE else None):
            yield replace(self.dataset, official_test=test)


def _table(dataset: Dataset, target: str, *, without: tuple[str, ...] = ()) -> Table:
    """All other columns that can be predictors, less some, are."""
    features = tuple(
        variable.name
        for variable in dataset.variables
        if variable.level in USABLE_LEVELS and variable.name not in (target, *without)
    )
    answered = dataset.answers(target).notna().to_numpy()
    if not answered.all():
        frame = dataset.frame[answered].reset_index(drop=True)
        dataset = replace(dataset, frame=frame)
    return Table(dataset, target, features)


def _german() -> Dataset:
    options = ReadOptions(delimiter=Delimiter.TAB, header_row=None)
    return read_bytes((TABLES / "german.data").read_bytes(), "german.txt", options)


def read_german_amount() -> Table:
    """The amount of the credit, in marks; not from whether it was paid back, which came later."""
    return replace(_table(_german(), "v5", without=("v21",)), as_amount=True)


def read_adult() -> Table:
    """Both files as one; the second has a line of its own first, and full stops at the end."""
    rows = [line for line in (TABLES / "adult.data").read_text().splitlines() if line.strip()]
    test = [line for line in (TABLES / "adult.test").read_text().splitlines()[1:] if line.strip()]
    content = "\n".join([*rows, *(line.removesuffix(".") for line in test)])
    options = ReadOptions(header_row=None, missing_tokens=("?",))
    dataset = read_bytes(content.encode(), "adult.csv", options)
    official_test = np.arange(len(rows), len(rows) + len(test))
    return _table(replace(dataset, official_test=official_test), "v15")


def read_ames() -> Table:
    dataset = read_dataset(TABLES / "rd_modeldata_ames.csv")
    price = np.log10(dataset.frame["Sale_Price"])
    return _table(replace(dataset, frame=dataset.frame.assign(Sale_Price=price)), "Sale_Price")


def read_bfi(target: str) -> Table:
    """Gender or age from the 25 items alone."""
    dataset = read_dataset(TABLES / "rd_psych_bfi.csv")
    return replace(_table(dataset, target), features=BFI_ITEMS)


def _read(file: str, target: str, *without: str) -> Table:
    return _table(read_dataset(TABLES / file), target, without=without)


READERS: dict[str, Callable[[], Table]] = {
    "german": lambda: _table(_german(), "v21"),
    "attrition": lambda: _read("rd_modeldata_attrition.csv", "Attrition"),
    "Chile": lambda: _read("rd_carData_Chile.csv", "vote"),
    "bfi gender": lambda: read_bfi("gender"),
    "bfi age": lambda: read_bfi("age"),
    "ames": read_ames,
    "Mroz": lambda: _read("rd_carData_Mroz.csv", "lfp", "lwg"),
    "Adult": read_adult,
    "grades": lambda: _read("student-por.csv", "G3", "G1", "G2"),
    "attitudes": lambda: _read(
        "rd_stevedata_ESS9GB.csv", "immigsent", "imbgeco", "imueclt", "imwbcnt"
    ),
    "houses": lambda: _read("california_housing.csv", "median_house_value"),
    "german amount": read_german_amount,
}
"""What would tell the outcome is left out: of Mroz `lwg`, which for those who do not work was
imputed from whether they do; of grades the two earlier ones; of attitudes the three items whose
sum they are."""
