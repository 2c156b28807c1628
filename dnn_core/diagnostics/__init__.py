"""Plots of a run, of the data and of the network: first a frame of figures, then a chart of it.

Each plot of a run is a `Diagnostic` in `registry.DIAGNOSTICS`: it states whether it applies and the
question that it answers, and has `frame(part)` for the figures and `chart(frame, part)` for the
chart. The other plots are functions: `digits.digit_sheet`, `outcome.outcome_distribution`,
`outcome.split_bar`, `network_diagram.network_diagram` and `compare_curves.compare_curves`.
"""
