import shutil

from dnn_core.report.record import Record
from dnn_core.report.reforms import SHEET, fill_sheet
from dnn_core.report.report import write_report
from dnn_core.runs.run import Run

ITEMS_OF_SECTIONS = {"1": 3, "2": 5, "3": 7, "4": 3, "5": 6, "6": 3, "7": 3, "8": 2}
"""Items of each section in table 1 of Kapoor et al. 2024; 32 in all."""


def entries(run, data):
    return {e.code: e for module in fill_sheet(Record(run, data)) for e in module.entries}


def test_the_sheet_has_the_items_of_the_paper():
    codes = [item.code for items in SHEET.values() for item in items]
    assert codes == [
        f"{section}{'abcdefg'[i]}"
        for section, count in ITEMS_OF_SECTIONS.items()
        for i in range(count)
    ]
    assert (len(codes), len(SHEET)) == (32, 8)


def test_no_item_is_silent(data, binary):
    result = entries(binary, data)
    assert [code for code, entry in result.items() if not entry.known and not entry.left] == []
    # What no program can know is left to the researcher.
    unknown = {code for code, entry in result.items() if not entry.known}
    assert unknown == {"1a", "1b", "1c", "3a", "3c", "3g", "5b", "8a", "8b"}


def test_what_is_left_is_marked(data, binary):
    left = sum(bool(entry.left) for entry in entries(binary, data).values())
    assert write_report(binary, data).count("To be filled in by you: ") == left


def test_a_simple_random_sample_leaves_its_frame_open(data, quantity):
    entry = entries(quantity, data)["3b"]
    assert entry.known == "" and "frame" in entry.left


def test_figures_are_those_of_the_run(data, binary):
    result = entries(binary, data)
    assert (
        f"{200 - binary.held_out.cases} training, {binary.held_out.cases} test"
        in result["3e"].known
    )
    assert "income" in result["3f"].known and "sealed test part" in result["3f"].known
    assert binary.held_out.rows_sha256 in result["6a"].known
    assert "as in the field" in result["6c"].known
    assert "sealed, never opened" in result["5e"].known
    assert "main metric is AUC" in result["7a"].known
    assert "1,000 bootstrap resamples" in result["7b"].known


def test_each_search_is_claimed_only_where_it_was_made(data, binary, quantity):
    # Clusters are declared here, and no column names persons or times.
    rows = entries(binary, data)["6b"].known
    assert "Clusters of “psu” were kept together." in rows
    assert "Are rows of one cluster in several parts? No problem was found." in rows
    assert "Are there copies of rows across parts? No problem was found." in rows
    person = "Is the same person in several parts? Not applicable: No variable identifies rows"
    assert person in rows
    assert "Is the past predicted from the future? Not applicable: No variable says when" in rows
    predictors = entries(binary, data)["6c"].known
    assert "Do missing answers give the outcome away? Whether “income”" in predictors
    assert "(answered: <u>as in the field</u>)" in predictors
    assert "Was a predictor measured after the outcome? Not applicable: No predictor" in predictors
    # Without a declared cluster nobody looked for torn ones.
    rows = entries(quantity, data)["6b"].known
    assert "Are rows of one cluster in several parts? Not applicable: No variable has" in rows
    assert "kept together" not in rows


def test_a_run_whose_data_were_not_looked_through_claims_no_search(data, quantity, tmp_path):
    run = Run(shutil.copytree(quantity.directory, tmp_path / "run"))
    (run.directory / "audit.json").unlink()
    result = entries(run, data)
    for code in ("6b", "6c"):
        assert result[code].known == "The data were not checked before training."
