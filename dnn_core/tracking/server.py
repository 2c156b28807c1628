"""Send runs to a tracking server of MLflow.

MLflow takes seconds to load and is not needed for anything else, so it is imported inside.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import requests

from dnn_core.data.dataset import Dataset
from dnn_core.errors import UserError
from dnn_core.runs.records import State
from dnn_core.runs.run import Run
from dnn_core.tracking import contents

if TYPE_CHECKING:
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

T = TypeVar("T")

EXPERIMENT = "DNN Workbench"
"""Name of the experiment, under which MLflow groups runs."""

SECONDS_TO_CONNECT = 3.0
SECONDS_TO_ANSWER = 5.0

PATIENCE = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "30",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
}
"""By itself MLflow tries seven times, waits two minutes each time, and reports on its use."""

METRICS_AT_ONCE, OTHERS_AT_ONCE = 1000, 100
"""Limits of MLflow (mlflow.utils.validation)."""

ENDED = {State.FAILED: "FAILED", State.INTERRUPTED: "KILLED"}


class Sent(NamedTuple):
    """A run on the server; `anew` where it was not there before."""

    run: Run
    url: str
    anew: bool


def is_installed() -> bool:
    """Whether MLflow is installed; takes less than a millisecond."""
    return find_spec("mlflow") is not None


def require_mlflow() -> None:
    """Raise a `UserError` unless MLflow is installed."""
    if not is_installed():
        raise UserError(
            "MLflow is not installed.",
            remedy="Install it with: pip install mlflow-skinny, or in a clone with: "
            "pip install -r requirements-mlflow.txt",
        )


def check_address(address: str) -> str:
    """The address of a tracking server without what does not belong to it.

    Raises
    ------
    UserError
        If it is no address of the web, or holds a password.
    """
    address = address.strip().rstrip("/")
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise UserError(
            "This is not the address of a tracking server.",
            expected="an address such as http://localhost:5000",
            received=address[:100] if "@" not in address else None,
        )
    if "@" in parts.netloc:
        raise UserError(
            "An address with a password in it is not used, because it would be seen by others.",
            remedy="Set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or "
            "MLFLOW_TRACKING_TOKEN, where the dashboard or Python is started.",
        )
    return address


def export_to_mlflow(
    runs: Sequence[Run],
    uri: str,
    *,
    experiment_name: str = EXPERIMENT,
    data_of: Callable[[Run], Dataset | None] | None = None,
) -> list[Sent]:
    """Send runs to a tracking server of MLflow.

    Parameters, learning curves, figures with intervals, tags, the network and the files of
    the replication package are sent; no row of the data is. A run that was sent before is updated,
    never duplicated.

    Parameters
    ----------
    runs : sequence of Run
    uri : str
        Address of the server: http or https. Name and password come from
        `MLFLOW_TRACKING_USERNAME` and `MLFLOW_TRACKING_PASSWORD`, or `MLFLOW_TRACKING_TOKEN`.
    experiment_name : str
        MLflow's experiment in which the runs are put; made where it is not there.
    data_of : callable, optional
        Gives the data of a run, such as `Workspace.dataset_of`; with it the report is sent, too.

    Returns
    -------
    list of Sent

    Raises
    ------
    UserError
        If MLflow is not installed, a run has not ended, or the server cannot be reached, is
        none of MLflow's, or refuses.
    """
    require_mlflow()
    address = check_address(uri)
    for run in runs:
        if run.status.active:
            raise UserError(
                f"“{run.notes.name}” has not ended yet.", remedy="Send it once it has ended."
            )
    _require_answer(address)
    with _little_patience(), _problems_in_words(address):
        from mlflow.tracking import MlflowClient

        client = MlflowClient(tracking_uri=address)
        store = _shelf(client, experiment_name.strip() or EXPERIMENT)
        return [_send(client, address, store, run, data_of) for run in runs]


def _require_answer(address: str) -> None:
    try:
        requests.get(f"{address}/health", timeout=(SECONDS_TO_CONNECT, SECONDS_TO_ANSWER))
    except requests.RequestException as error:
        raise UserError(
            f"There is no answer from {address}.",
            remedy="Check the address, and whether the server runs: mlflow server.",
        ) from error


@contextmanager
def _little_patience() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in PATIENCE}
    os.environ.update(PATIENCE)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


@contextmanager
def _problems_in_words(address: str) -> Iterator[None]:
    from mlflow.exceptions import MlflowException

    try:
        yield
    except (MlflowException, requests.RequestException) as error:
        raise UserError(
            f"{address} did not accept the runs.",
            received=str(error).strip().partition("\n")[0][:300],
            remedy="Check that a tracking server of MLflow answers there and that you may write "
            "to it, then send them again; nothing is stored twice.",
        ) from error


def _shelf(client: MlflowClient, name: str) -> str:
    """Id of MLflow's experiment of a name, which is made if need be."""
    experiment = client.get_experiment_by_name(name)
    return client.create_experiment(name) if experiment is None else experiment.experiment_id


def _send(
    client: MlflowClient,
    address: str,
    store: str,
    run: Run,
    data_of: Callable[[Run], Dataset | None] | None,
) -> Sent:
    tags = contents.tags(run)
    started = _milliseconds(run.status.started_at or run.status.created_at)
    # A key of ours: 16 digits, so nothing in it needs escaping.
    known = client.search_runs([store], f"tags.`{contents.KEY}` = '{tags[contents.KEY]}'")
    there = known[0] if known else client.create_run(store, started, tags, run.notes.name)
    sent_id = there.info.run_id
    _send_records(client, sent_id, run, tags, started)
    _send_files(client, sent_id, there.info.artifact_uri, run, data_of)
    client.update_run(sent_id, name=run.notes.name)
    ended = _milliseconds(run.status.ended_at or run.status.created_at)
    client.set_terminated(sent_id, ENDED.get(run.status.state, "FINISHED"), ended)
    return Sent(run, f"{address}/#/experiments/{store}/runs/{sent_id}", not known)


def _send_records(
    client: MlflowClient, sent_id: str, run: Run, tags: dict[str, str], started: int
) -> None:
    from mlflow.entities import Dataset as SentDataset
    from mlflow.entities import DatasetInput, Param, RunTag

    for some in _parts([*contents.parameters(run).items()], OTHERS_AT_ONCE):
        client.log_batch(sent_id, params=[Param(*each) for each in some])
    client.log_batch(sent_id, tags=[RunTag(*each) for each in tags.items()])
    points = [*contents.curves(run), *contents.figures(run)]
    for some_points in _parts(points, METRICS_AT_ONCE):
        client.log_batch(sent_id, metrics=[_metric(point, started) for point in some_points])
    about = run.about
    table = SentDataset(about["dataset"], str(run.experiment.data), "file", about["file_name"])
    client.log_inputs(sent_id, [DatasetInput(table)])


def _parts(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _metric(point: contents.Point, started: int) -> Metric:
    from mlflow.entities import Metric

    # The time is the run's own, not that of sending: what is sent twice is the same then.
    return Metric(point.name, point.value, started + round(point.seconds * 1000), point.step)


def _send_files(
    client: MlflowClient,
    sent_id: str,
    place: Any,
    run: Run,
    data_of: Callable[[Run], Dataset | None] | None,
) -> None:
    parts = urlsplit(str(place))
    if parts.scheme != "mlflow-artifacts" or parts.netloc:
        # It may be a folder, which would be made on this machine.
        raise UserError(
            "The server accepted parameters and figures, but does not accept files itself.",
            expected="a server that is started with --artifacts-destination",
        )
    with tempfile.TemporaryDirectory() as folder:
        contents.write_files(run, Path(folder), None if data_of is None else data_of(run))
        client.log_artifacts(sent_id, folder)


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
