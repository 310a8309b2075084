"""Files stay within a size and an age, and hold whole lines only."""

import os
import resource
import signal
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from proxy.monitor.folder import PARTS, Folder

NOW = 1_700_000_000.0
KIB = 1024
LINE = b"x" * 1023 + b"\n"


def make_folder(path: Path, max_size: int = 64 * KIB, max_age: float = 800.0) -> Folder:
    return Folder(path / "kept", max_size, max_age)


def sizes(folder: Folder) -> list[int]:
    return [file.stat().st_size for file in sorted(folder.path.iterdir())]


def age(file: Path, seconds: float) -> None:
    os.utime(file, (NOW - seconds, NOW - seconds))


def test_lines_are_appended_to_one_file(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for _ in range(3):
        folder.append(LINE, NOW)
    folder.close()
    assert sizes(folder) == [3 * KIB]


def test_folder_and_files_are_private(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.append(LINE, NOW)
    folder.close()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    [file] = folder.path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_open_folder_is_closed_when_it_is_empty(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.path.mkdir(mode=0o755)
    folder.append(LINE, NOW)
    folder.close()
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_an_open_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.path.mkdir(mode=0o755)
    (folder.path / "letters.txt").touch()
    with pytest.raises(PermissionError):
        folder.append(LINE, NOW)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o755


def test_a_file_takes_an_eighth_of_the_size(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for n in range(20):
        folder.append(LINE, NOW + n)
    folder.close()
    assert sizes(folder) == [8 * KIB, 8 * KIB, 4 * KIB]


def test_the_oldest_goes_when_the_size_is_reached(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for n in range(200):
        folder.append(LINE, NOW + n)
        assert sum(sizes(folder)) <= folder.max_size
    folder.close()
    assert len(sizes(folder)) == PARTS


def test_a_line_larger_than_a_file_makes_room_for_itself(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    for n in range(64):
        folder.append(LINE, NOW + n)
    folder.append(b"y" * 40 * KIB, NOW + 99)
    folder.close()
    assert sum(sizes(folder)) <= folder.max_size
    assert sizes(folder)[-1] == 40 * KIB


def test_what_is_too_old_goes(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.append(LINE, NOW)
    folder.close()
    [file] = folder.path.iterdir()
    age(file, 699)
    folder.tend(NOW)
    assert sizes(folder)
    age(file, 701)
    folder.tend(NOW)
    assert not sizes(folder)


def test_a_file_is_not_written_for_longer_than_an_eighth_of_the_age(
    tmp_path: Path,
) -> None:
    folder = make_folder(tmp_path)
    folder.append(LINE, NOW)
    folder.tend(NOW + 101)
    folder.append(LINE, NOW + 101)
    folder.close()
    assert len(sizes(folder)) == 2


def test_a_file_that_was_taken_away_is_followed_by_another(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.append(LINE, NOW)
    [file] = folder.path.iterdir()
    file.unlink()
    folder.tend(NOW + 1)
    folder.append(LINE, NOW + 1)
    folder.close()
    assert sizes(folder) == [KIB]


def test_files_of_others_are_left_alone(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.append(LINE, NOW)
    other = folder.path / "notes.jsonl"
    other.touch()
    age(other, 10**6)
    folder.tend(NOW)
    folder.close()
    assert other.exists()


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """The kernel writes half a line and refuses the rest, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def test_a_torn_line_is_cut_off(tmp_path: Path) -> None:
    folder = make_folder(tmp_path)
    folder.append(LINE, NOW)
    with largest_file(KIB + 512), pytest.raises(OSError, match="File too large"):
        folder.append(LINE, NOW)
    folder.append(LINE, NOW + 1)
    folder.close()
    assert sizes(folder) == [KIB, KIB]
