"""No command is forgotten."""

from __future__ import annotations

from pathlib import Path

from dnn_core.commands.line import COMMANDS, main


def test_every_file_of_a_command_is_in_the_list() -> None:
    folder = Path(main.__code__.co_filename).parent
    files = {path.stem for path in folder.glob("*.py") if "\nNAME = " in path.read_text("utf-8")}
    assert files == {command.execute.__module__.rpartition(".")[2] for command in COMMANDS}
