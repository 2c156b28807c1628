"""Downloading the official files of MNIST."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from dnn_core.data.images.mnist_files import FOLDER_VARIABLE, MNIST_FILES, MnistFile, stored_file
from dnn_core.errors import UserError

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)
"""Public copies, in the order in which they are tried."""


TIMEOUT_SECONDS = 10
"""Silence after which a mirror counts as unreachable."""


CHUNK_BYTES = 2**16


def fetch_mnist(
    cache: Path,
    on_progress: Callable[[int, int], None],
    mirrors: tuple[str, ...] = MIRRORS,
    files: tuple[MnistFile, ...] = MNIST_FILES,
) -> Path:
    """Download what is missing from `cache`, each file checked by its hash.

    A file appears in the folder only once it is complete and right.

    Parameters
    ----------
    cache : Path
        Folder for the files; made if it is not there.
    on_progress : callable
        Called with bytes done and bytes in all, over the four files.
    mirrors : tuple of str
        Addresses of folders, each ending in a slash, tried in this order.

    Returns
    -------
    Path
        `cache`, holding all four files.

    Raises
    ------
    UserError
        If no mirror gives a right copy of every file; says how to hand them over.
    """
    missing = [file for file in files if not stored_file(cache, file)]
    total = sum(file.size_bytes for file in files)
    failures: list[str] = []
    for mirror in mirrors:
        before = total - sum(file.size_bytes for file in missing)
        missing = _fetch_from(
            mirror, missing, cache, _Progress(on_progress, before, total), failures
        )
    if missing:
        raise UserError(
            "MNIST could not be downloaded.",
            received="; ".join(failures),
            remedy=_how_to_hand_over(files),
        )
    on_progress(total, total)
    return cache


class _Progress:
    """What pooch calls while a file comes in, in bytes over all four files."""

    def __init__(self, report: Callable[[int, int], None], done: int, all_bytes: int) -> None:
        self.total = 0  # pooch sets this to the size of the current file
        self._report, self._done, self._all = report, done, all_bytes
        self._current = 0

    def update(self, received: int) -> None:
        self._current += received
        self._report(min(self._done + self._current, self._all), self._all)

    def reset(self) -> None:
        self._current = 0

    def close(self) -> None:
        """Nothing to close; pooch asks for it."""

    def finish(self, size_bytes: int) -> None:
        self._done += size_bytes
        self._current = 0


def _fetch_from(
    mirror: str, wanted: list[MnistFile], cache: Path, progress: _Progress, failures: list[str]
) -> list[MnistFile]:
    """Download from one mirror; return what it did not give, and note why."""
    import pooch  # here, because it is needed once in a workspace's life
    import requests.exceptions

    pooch.get_logger().setLevel(logging.WARNING)
    left = list(wanted)
    for file in wanted:
        progress.reset()
        downloader = pooch.HTTPDownloader(
            progressbar=progress, chunk_size=CHUNK_BYTES, timeout=TIMEOUT_SECONDS
        )
        try:
            pooch.retrieve(
                mirror + file.name, f"sha256:{file.sha256}", file.name, cache, downloader=downloader
            )
        except (requests.exceptions.ConnectionError, requests.exceptions.Timeout):
            failures.append(f"no connection to {mirror}")
            break
        except requests.exceptions.HTTPError as error:
            failures.append(str(error))
        except (requests.exceptions.RequestException, ValueError):
            # pooch raises ValueError where the hash is wrong: a damaged copy,
            # or the login page of a network.
            failures.append(f"{mirror}{file.name} is not the official file")
        else:
            progress.finish(file.size_bytes)
            left.remove(file)
    return left


def _how_to_hand_over(files: tuple[MnistFile, ...]) -> str:
    names = ", ".join(file.name for file in files)
    return (
        f"Check the connection and try again; or fetch {names} on another computer "
        f"(for example from {MIRRORS[0]}) and hand them over with “I have the files”; or put "
        f"them into a folder and name it in the environment variable {FOLDER_VARIABLE}."
    )
