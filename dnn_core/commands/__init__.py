"""`dnn-workbench COMMAND`: the workbench from a terminal.

A command is one module with `NAME`, `HELP`, `add_arguments(parser)` and
`execute(arguments)`, which returns the exit status, and one entry in `line.COMMANDS`.
Runs go into the same workspace as those of the dashboard.
"""
