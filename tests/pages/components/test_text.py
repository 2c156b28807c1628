"""Text from files stays text; numbers are written as a person reads them."""

from __future__ import annotations

import pytest

from pages.components.text import duration, escape, file_size, number, share


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("plain words", "plain words"),
        ("größe ж 大", "größe ж 大"),
        ("$x$", r"\$x\$"),
        ("[a](b)", r"\[a\]\(b\)"),
        (":red[x]", r"\:red\[x\]"),
        ("<b>&amp;", r"\<b\>\&amp;"),
        ("=cmd", "=cmd"),
        ("1. one", r"1\. one"),
        ("- item", r"\- item"),
        ("# head", r"\# head"),
        ("a|b `c` ~d~ *e* _f_ !g \\", r"a\|b \`c\` \~d\~ \*e\* \_f\_ \!g \\"),
        # A new line could begin a list or a heading.
        ("a\n\n# b\tc", r"a \# b c"),
        # Icons are replaced even behind a backslash, so something invisible stands in between.
        (":material/home:", "\\:\u2060material/home\\:"),
        (":streamlit:", "\\:\u2060streamlit\\:"),
        ("", ""),
    ],
)
def test_escape(text, escaped):
    assert escape(text) == escaped


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "1 KB"), (1_499, "1 KB"), (999_499, "999 KB"), (1_500_000, "1.5 MB"), (2e9, "2,000.0 MB")],
)
def test_file_size(size, words):
    assert file_size(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.4, "0 s"),
        (89, "89 s"),
        (90, "2 min"),
        (119, "2 min"),
        (5_369, "89 min"),
        (7_500, "2 h 5 min"),
    ],
)
def test_duration(seconds, words):
    assert duration(seconds) == words


def test_numbers():
    assert share(0.1234) == "12.3%"
    assert number(-1234.5678, 2) == "−1,234.57"
    assert number(0.5) == "0.500"
