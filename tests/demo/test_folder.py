"""The work folder."""

import stat
from pathlib import Path

import pytest

from proxy.demo import folder
from proxy.errors import UsageError


def test_a_new_folder_is_made_and_private(tmp_path: Path) -> None:
    made = folder.make(tmp_path / "deep" / "run")
    made.close()
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o700


def test_a_folder_that_holds_something_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UsageError, match="not empty"):
        folder.make(tmp_path)


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="--keep"):
        folder.make(tmp_path / "file" / "run")


def test_sockets_do_not_stay(tmp_path: Path) -> None:
    made = folder.make(tmp_path / "run")
    assert made.run_dir.is_dir()
    made.close()
    assert not made.run_dir.exists()
