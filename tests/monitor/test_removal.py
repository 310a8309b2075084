"""A conversation's lines go, all others stay byte for byte."""

import os
from pathlib import Path

import pytest

from proxy.monitor import row
from proxy.monitor.removal import FRESH, Removed, remove
from tests.make import BOOT, make_recording


def line(seq: int, conversation: str | None) -> bytes:
    return row.line(make_recording(seq=seq, conversation=conversation), "other", 0.0)


def write(folder: Path, number: int, *lines: bytes) -> Path:
    path = folder / f"recordings-{number}.jsonl"
    path.write_bytes(b"".join(lines))
    path.chmod(0o600)
    os.utime(path, (1000 + number, 1000 + number))
    return path


def test_lines_go_by_the_applications_id(tmp_path: Path) -> None:
    one = write(tmp_path, 1, line(0, "a"), line(1, "b"), line(2, None), line(3, "a"))
    two = write(tmp_path, 2, line(4, "b"))
    assert remove(tmp_path, "a", ()) == Removed(lines=2, files=1)
    assert one.read_bytes() == line(1, "b") + line(2, None)
    assert two.read_bytes() == line(4, "b")


def test_lines_go_by_the_exchange(tmp_path: Path) -> None:
    one = write(tmp_path, 1, line(0, None), line(1, None), line(10, None))
    assert remove(tmp_path, "a", [f"{BOOT.hex()}-1"]).lines == 1
    assert one.read_bytes() == line(0, None) + line(10, None)


@pytest.mark.parametrize("name", ['a"b', "a\\b", "ä", "a\nb", "€"])
def test_awkward_ids_are_found(tmp_path: Path, name: str) -> None:
    write(tmp_path, 1, line(0, name), line(1, "x"))
    assert remove(tmp_path, name, ()).lines == 1


def test_an_id_inside_other_text_takes_nothing_along(tmp_path: Path) -> None:
    other = row.line(make_recording(app="a", conversation="b"), "other", 0.0)
    one = write(tmp_path, 1, other, b'no json but "a"\n', line(1, "a"))
    assert remove(tmp_path, "a", ()).lines == 1
    assert one.read_bytes() == other + b'no json but "a"\n'


def test_date_and_mode_stay(tmp_path: Path) -> None:
    one = write(tmp_path, 1, line(0, "a"), line(1, "b"))
    remove(tmp_path, "a", ())
    assert one.stat().st_mtime == 1001
    assert one.stat().st_mode & 0o777 == 0o600


def test_what_an_earlier_attempt_left_is_cleared_away(tmp_path: Path) -> None:
    left = tmp_path / f"recordings-1{FRESH}"
    left.write_bytes(line(0, "a"))
    remove(tmp_path, "a", ())
    assert not left.exists()


def test_other_files_and_missing_folders_are_left_alone(tmp_path: Path) -> None:
    other = tmp_path / "notes.jsonl"
    other.write_bytes(line(0, "a"))
    assert remove(tmp_path, "a", ()) == Removed()
    assert other.read_bytes() == line(0, "a")
    assert remove(tmp_path / "absent", "a", ()) == Removed()


def test_a_failing_disk_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = write(tmp_path, 1, line(0, "a"), line(1, "b"))

    def fails(descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        remove(tmp_path, "a", ())
    assert one.read_bytes() == line(0, "a") + line(1, "b")
    assert list(tmp_path.iterdir()) == [one]
