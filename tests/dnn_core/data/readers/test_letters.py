"""How letters are stored: what is sure, what is guessed and said, and what a damaged line does."""

from __future__ import annotations

import pytest

from dnn_core.data.readers import Encoding, ReadOptions, read_bytes, read_csv
from dnn_core.data.readers.letters import count_odd, words_beyond_ascii
from dnn_core.data.readers.text import guess_encoding
from dnn_core.errors import UserError

GERMAN = ["größe", "straße", "Köln", "München", "Übermut", "für", "Mädchen"]
FRENCH = ["naïve", "été", "père", "où", "forêt", "Noël", "l’école", "À"]
POLISH = ["żółw", "ąę", "Łódź", "Gdańsk", "świat", "źle"]
CZECH = ["Dvořák", "žába", "Český", "kůň", "město"]
TURKISH = ["ağaç", "şeker", "ılık"]
RUSSIAN = ["Москва", "Россия", "женщина", "нет"]
GREEK = ["Αθήνα", "άνδρας", "γυναίκα", "όχι"]


def table(words: list[str], codec: str) -> bytes:
    return "\n".join(["wort,n", *(f"{word},{i}" for i, word in enumerate(words))]).encode(codec)


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (GERMAN, Encoding.WINDOWS_1252),
        (FRENCH, Encoding.WINDOWS_1252),
        (GERMAN, Encoding.MAC_ROMAN),
        (FRENCH, Encoding.MAC_ROMAN),
        (GERMAN, Encoding.DOS),
        (POLISH, Encoding.WINDOWS_1250),
        (POLISH, Encoding.LATIN_2),
        (RUSSIAN, Encoding.WINDOWS_1251),
        (GREEK, Encoding.WINDOWS_1253),
    ],
)
def test_the_right_letters_are_found_and_the_guess_is_told(words, encoding) -> None:
    dataset = read_bytes(table(words, encoding.value), "t.csv")
    assert dataset.frame["wort"].tolist() == words
    (notice,) = dataset.source.warnings
    assert f"read as {encoding.label}, for example “" in notice


@pytest.mark.parametrize(
    ("words", "encoding", "ways"),
    [
        # Both are words, and none is odd: ø and ř, ð and ğ.
        (CZECH, Encoding.WINDOWS_1250, ("“Dvoøák”", "“Dvořák” as Central European (Windows-1250)")),
        (TURKISH, Encoding.WINDOWS_1254, ("“aðaç”", "“ağaç” as Turkish (Windows-1254)")),
        (["Köln"], Encoding.MAC_ROMAN, ("“Kšln”", "“Köln” as Western European (Mac)")),
    ],
)
def test_where_it_cannot_be_told_the_ways_are_shown(words, encoding, ways) -> None:
    dataset = read_bytes(table(words, encoding.value), "t.csv")
    (notice,) = dataset.source.warnings
    assert all(way in notice for way in ways)
    assert notice.endswith("Choose the right one under Encoding.")
    # And one choice makes it right, after which nothing is a guess.
    frame, warnings = read_csv(table(words, encoding.value), ReadOptions(encoding=encoding))
    assert frame["wort"].tolist() == words
    assert warnings == ()


def test_a_guess_is_told_as_long_as_it_holds() -> None:
    content = table(GERMAN, "cp1252")
    dataset = read_bytes(content, "t.csv")
    again = read_bytes(content, "t.csv", ReadOptions(encoding="cp1252", as_text=("n",)))
    assert again.source.warnings == dataset.source.warnings != ()


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "ascii"])
def test_what_the_bytes_say_is_no_guess(codec: str) -> None:
    words = ["Bonn", "Ulm"] if codec == "ascii" else GERMAN
    assert read_bytes(table(words, codec), "t.csv").source.warnings == ()


def test_one_bad_byte_does_not_change_the_letters_of_a_whole_file() -> None:
    content = table(GERMAN, "utf-8").replace("München".encode(), "München".encode("cp1252"))
    dataset = read_bytes(content, "t.csv")
    assert dataset.source.options["encoding"] == "utf-8"
    words = dataset.frame["wort"].tolist()
    assert words == [word.replace("München", "M\ufffdnchen") for word in GERMAN]
    # The header is line 1, Köln line 4.
    (notice,) = dataset.source.warnings
    assert "is in UTF-8, but in line 5 some characters are not" in notice
    assert "“M\ufffdnchen”" in notice
    # As it is declared, it is read again.
    again = read_bytes(content, "t.csv", ReadOptions(encoding="utf-8"))
    assert again.frame["wort"].tolist() == words
    assert again.source.warnings == dataset.source.warnings


def test_several_bad_lines_are_counted_and_the_first_is_named() -> None:
    bad = "Süd,1\n".encode("cp1252")
    content = table(GERMAN, "utf-8") + b"\n" + bad + b"x,2\n" + bad + "ü,3\n".encode()
    (notice,) = read_bytes(content, "t.csv").source.warnings
    assert "but in 2 lines, the first of them 9, some characters are not" in notice


def test_a_stray_byte_does_not_change_other_encodings_either() -> None:
    # 81 has no meaning in Windows-1252.
    dataset = read_bytes(table(GERMAN, "cp1252") + b"\nx\x81y,9\n", "t.csv")
    assert dataset.source.options["encoding"] == "cp1252"
    assert dataset.frame["wort"].tolist() == [*GERMAN, "x\ufffdy"]
    assert "line 9" in dataset.source.warnings[1]


def test_more_bad_bytes_than_letters_are_another_encoding() -> None:
    content = table(GERMAN, "cp1252")
    assert guess_encoding(content)[0] is Encoding.WINDOWS_1252
    with pytest.raises(UserError, match=r"UTF-8.*line 2"):
        read_csv(content, ReadOptions(encoding=Encoding.UTF_8))


@pytest.mark.parametrize(
    ("word", "odd"),
    [
        ("größe", 0),
        ("don’t", 0),
        ("Rhein–Main", 0),
        ("„ja“", 0),
        ("STRAßE", 0),
        ("m²", 0),
        ("¿qué?", 0),
        # Signs between letters, a capital behind a small letter, a small one among capitals.
        ("gr§e", 1),
        ("na•ve", 1),
        ("MŸnchen", 1),
        ("KöLN", 1),
        # Alphabets that mix; accents in a row.
        ("Kцln", 1),
        ("Ìîñêâà", 1),
        ("Москва", 0),
        ("\ufffd", 1),
    ],
)
def test_what_is_odd_in_a_word(word: str, odd: int) -> None:
    assert count_odd(word) == odd


def test_words_are_whole_and_come_once() -> None:
    content = "a Köln,Köln;größe\nx".encode("cp1252") + b"y" * 100 + b"\xfc"
    words = words_beyond_ascii(content)
    assert words == [b"K\xf6ln", b"gr\xf6\xdfe", b"y" * 30 + b"\xfc"]


@pytest.mark.parametrize(
    ("header", "rows", "encoding"),
    [
        (["naïve", "größe", "straße"], [["é", 1, "ü"], ["ñ", 2, "ß"]], Encoding.MAC_ROMAN),
        # Its header stands in every third line.
        (["ł", "ą"], [["żółw", 1], ["ąę", 2], ["ł", "ą"]], Encoding.LATIN_2),
    ],
)
def test_the_cases_that_were_read_with_wrong_letters(header, rows, encoding) -> None:
    lines = [",".join(map(str, line)) for line in [header, *30 * rows]]
    dataset = read_bytes("\n".join(lines).encode(encoding.value), "t.csv")
    assert dataset.names == tuple(header)
    assert dataset.frame.to_numpy().tolist() == 30 * rows[:2]
    assert "does not state its encoding" in dataset.source.warnings[0]
