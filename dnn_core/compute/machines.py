"""Whether the workers of a cluster that was started elsewhere can do this workspace's work.

A worker with another folder cannot find its tasks, and one with other versions gives other results.
Both are reported before anything is submitted. Each worker is asked once.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dnn_core.compute.process import EXTERNAL, code_version
from dnn_core.compute.snapshot import TRAINING, Snapshot
from dnn_core.errors import UserError
from dnn_core.runs.privacy import private_folder
from dnn_core.runs.versions import versions
from dnn_core.runs.workspace import Workspace

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_ANSWER = 10.0
MOST_NAMED = 3
"""Workers whose address is in a message; a cluster may have hundreds."""

NOT_THERE = ("ModuleNotFoundError", "ImportError", "AttributeError")
"""The answer of a worker without this module, or with an older one: Dask sends it as text."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Machine:
    """The description of a worker, or of the dashboard.

    `program` is a digest of this package's sources. `sees` tells whether the file that was
    named to it is in its workspace.
    """

    home: str
    sees: bool
    program: str
    versions: dict[str, str]


def describe_here(workspace: Workspace, *, sees: bool = True) -> Machine:
    """Say where a workspace is and what this process would compute with."""
    return Machine(str(workspace.root.resolve()), sees, code_version(), versions())


def describe(token: str) -> Machine:
    """Say on a worker what it is like, and whether it sees a file in `Workspace.compute`."""
    try:
        workspace = Workspace()
    except OSError as error:
        home = f"{os.environ.get('DNN_WORKBENCH_HOME')} ({error.strerror})"
        return Machine(home, False, code_version(), versions())
    return describe_here(workspace, sees=(workspace.compute / token).exists())


class Machines:
    """The workers of a cluster as far as they have been asked.

    Parameters
    ----------
    workspace : Workspace
        Where the dashboard looks.
    """

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._known: dict[str, Machine | None] = {}

    def require(self, client: Client, cluster: Snapshot) -> None:
        """Ask workers that have come since, and insist that all can do the work.

        A cluster without workers passes: they may be on their way.

        Raises
        ------
        UserError
            Names the workers that cannot, and what to do about them.
        """
        self._known = {one: self._known[one] for one in cluster.workers if one in self._known}
        new = {address: one for one, address in cluster.workers.items() if one not in self._known}
        if new:
            self._ask(client, new)
        by_address = {cluster.workers[one]: machine for one, machine in sorted(self._known.items())}
        insist(by_address, describe_here(self._workspace))
        if cluster.workers and not cluster.trainers:
            raise UserError(
                "No worker of this cluster trains: all of them were started without the resource "
                f"“{TRAINING}”, so every run would wait for ever.",
                received=_named(list(cluster.workers.values())),
                remedy=f"Start them again with --resources {TRAINING}=1.",
            )

    def _ask(self, client: Client, new: dict[str, str]) -> None:
        """Ask workers, given with their ids by address; one that does not answer is asked again."""
        folder = self._workspace.compute
        private_folder(folder)
        # A new name each time: network file systems remember for a while what is not there.
        file = folder / f"seen-{secrets.token_hex(8)}"
        file.touch()
        try:
            # On a worker's event loop: its threads may be training.
            answers: dict[str, Any] = client.run(
                describe,
                file.name,
                workers=list(new),
                on_error="return",
                callback_timeout=SECONDS_TO_ANSWER,
            )
        except (OSError, TimeoutError) as error:
            logger.warning("Workers did not say where their workspace is: %s", error)
            return
        finally:
            file.unlink()
        for address, answer in answers.items():
            if isinstance(answer, Machine):
                self._known[new[address]] = answer
            else:
                logger.warning("The worker at %s did not answer: %s", address, answer)
                if str(answer).startswith(NOT_THERE):
                    self._known[new[address]] = None


def insist(machines: Mapping[str, Machine | None], here: Machine) -> None:
    """Insist that workers, given by address, can do what is asked here.

    Raises
    ------
    UserError
        Names those that cannot; None is one that does not even have this program.
    """

    def those(wrong: Callable[[Machine], bool]) -> list[str]:
        return [address for address, one in machines.items() if one is not None and wrong(one)]

    if strangers := [address for address, one in machines.items() if one is None]:
        raise UserError(
            f"{_workers(strangers, 'has', 'have')} no DNN Workbench, or an older one.",
            remedy="Install there the version that the dashboard has, and start them again.",
        )
    if blind := those(lambda one: not one.sees):
        machine = machines[blind[0]]
        assert machine is not None
        raise UserError(
            f"{_workers(blind, 'does', 'do')} not see this workspace.",
            expected=f"a folder that the dashboard and all workers share, here {here.home}",
            received=f"the workspace {machine.home} at {blind[0]}",
            remedy="Start them with DNN_WORKBENCH_HOME set to that folder as they see it.",
        )
    if other := those(lambda one: one.versions != here.versions):
        machine = machines[other[0]]
        assert machine is not None
        # Another release may not use the same packages.
        names = {**here.versions, **machine.versions}
        differ = [name for name in names if machine.versions.get(name) != here.versions.get(name)]
        raise UserError(
            f"{_workers(other, 'has', 'have')} other versions, so results would differ.",
            expected=_listed(here.versions, differ),
            received=f"{_listed(machine.versions, differ)} at {other[0]}",
            remedy="Install there what requirements.txt names, and start them again.",
        )
    if older := those(lambda one: one.program != here.program):
        raise UserError(
            f"{_workers(older, 'has', 'have')} another version of DNN Workbench, so results could "
            "differ.",
            remedy="Install there the version that the dashboard has, and start them again.",
        )


def unreachable(address: str, error: str) -> UserError:
    """The error for a scheduler that cannot be joined."""
    return UserError(
        f"The Dask scheduler at {address} cannot be joined.",
        received=error or "no answer",
        remedy=f"See that it runs, and that {EXTERNAL} and Dask's settings for TLS are right. "
        "Waiting runs are submitted as soon as it answers.",
    )


def _workers(addresses: list[str], verb: str, plural: str) -> str:
    several = len(addresses) > 1
    who, does = ("workers", plural) if several else ("worker", verb)
    return f"The {who} at {_named(addresses)} {does}"


def _named(addresses: list[str]) -> str:
    first = ", ".join(addresses[:MOST_NAMED])
    more = len(addresses) - MOST_NAMED
    return f"{first} and {more} more" if more > 0 else first


def _listed(numbers: dict[str, str], names: Iterable[str]) -> str:
    return ", ".join(f"{name} {numbers.get(name, '(not used)')}" for name in names)
