from dnn_core.report.record import Record
from dnn_core.report.reforms import SHEET, fill_sheet
from dnn_core.report.report import write_report

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
    found = entries(binary, data)
    assert [code for code, entry in found.items() if not entry.known and not entry.left] == []
    # What no program can know is left to the researcher.
    unknown = {code for code, entry in found.items() if not entry.known}
    assert unknown == {"1a", "1b", "1c", "3a", "3c", "3g", "5b", "8a", "8b"}


def test_what_is_left_is_marked(data, binary):
    left = sum(bool(entry.left) for entry in entries(binary, data).values())
    assert write_report(binary, data).count("To be filled in by you: ") == left


def test_a_simple_random_sample_leaves_its_frame_open(data, quantity):
    entry = entries(quantity, data)["3b"]
    assert entry.known == "" and "frame" in entry.left


def test_figures_are_those_of_the_run(data, binary):
    found = entries(binary, data)
    assert f"{200 - binary.seal.cases} training, {binary.seal.cases} test" in found["3e"].known
    assert "income" in found["3f"].known and "sealed test part" in found["3f"].known
    assert binary.seal.rows_sha256 in found["6a"].known
    assert "Clusters were kept together." in found["6b"].known
    assert "as in the field" in found["6c"].known
    assert "sealed, never opened" in found["5e"].known
    assert "judged by AUC" in found["7a"].known
    assert "1,000 bootstrap resamples" in found["7b"].known
