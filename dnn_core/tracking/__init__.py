"""Runs on a tracking server of MLflow that the researcher names.

`contents.py` defines what is sent and does not load MLflow; `server.py` sends it;
`subprocess_export.py` sends it in a subprocess, for the dashboard.
"""
