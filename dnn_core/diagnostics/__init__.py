"""Plots of a run, of the data and of the network: the facts first, the picture second.

What is drawn of a run is a `Diagnostic` in `registry.DIAGNOSTICS`: it says
whether it applies, asks a question, and has `frame(part)` for the figures and
`chart(frame, part)` for the picture. The other pictures are functions:
`digits.digit_sheet`, `outcome.outcome_distribution`, `outcome.split_bar`,
`network_diagram.network_diagram` and `compare_curves.compare_curves`.
"""
