"""Files that no program of ours reads, and that others rely on."""

from __future__ import annotations

from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def test_hooks_of_a_commit_fetch_nothing_and_are_those_of_ci() -> None:
    (local,) = yaml.safe_load(read(".pre-commit-config.yaml"))["repos"]
    assert local["repo"] == "local"
    assert all(hook["language"] == "system" for hook in local["hooks"])
    programs = [hook["entry"].partition(" --")[0] for hook in local["hooks"]]
    assert programs == ["ruff check", "ruff format", "mypy"]
    assert all(f"\n{program}" in read(".ci/run") for program in programs)


def test_the_citation_has_what_its_format_demands() -> None:
    citation = yaml.safe_load(read("CITATION.cff"))
    # Section "Required keys" of Citation File Format 1.2.0. The release is named by each run.
    assert {"cff-version", "message", "title", "authors"} <= set(citation)
    assert citation["cff-version"] == "1.2.0" and citation["license"] == "MIT"
    assert "version" not in citation


def test_every_decision_is_in_the_site() -> None:
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    missing = sorted(page for page in pages if page not in read("mkdocs.yml"))
    assert not missing
