"""Runs on a tracking server of MLflow that the researcher names.

`contents.py` says what is sent and loads nothing of MLflow; `server.py` sends it;
`apart.py` lets a process of its own send it, for the dashboard.
"""
