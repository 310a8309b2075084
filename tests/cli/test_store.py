"""`seatrial store`: what it holds, taken out and brought back, and pruned."""

import asyncio
import json
from pathlib import Path

import pytest

from proxy.cli.main import run
from proxy.store.sqlite import SqliteStore
from tests.store.examples import (
    AT,
    make_conversation_row,
    make_counted,
    make_exchange_row,
    make_run_row,
    make_score_row,
    make_signal_row,
)


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch):
    monkeypatch.delenv("SEATRIAL_CONFIG", raising=False)


@pytest.fixture
def settings(tmp_path):
    """A settings file of a store of that name."""

    def settings(name: str) -> str:
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"store: {{url: 'sqlite:{tmp_path}/{name}.db'}}\n")
        return str(file)

    return settings


@pytest.fixture
def filled(tmp_path, settings):
    async def fill() -> None:
        store = SqliteStore(tmp_path / "filled.db", lambda: AT)
        batch = make_counted(n=3)
        for row in (
            make_exchange_row(),
            make_conversation_row(),
            make_signal_row(),
            make_run_row(),
            make_run_row(id="old", at=1_000.0),
            make_score_row(low=None),
        ):
            batch.append(row)
        await store.write(batch)
        await store.close()

    asyncio.run(fill())
    return settings("filled")


def info(capsys, file: str) -> dict[str, int]:
    capsys.readouterr()
    assert run(["store", "info", "-c", file, "--json"]) == 0
    rows: dict[str, int] = json.loads(capsys.readouterr().out)["rows"]
    return rows


def test_info_says_what_there_is(capsys, filled):
    assert info(capsys, filled)["exchanges"] == 1
    assert run(["store", "info", "-c", filled]) == 0
    assert "sqlite, version 1" in capsys.readouterr().out


def test_store_that_is_not_there_is_no_crash(capsys, settings):
    assert run(["store", "info", "-c", settings("empty")]) == 1
    assert "there is no such file" in capsys.readouterr().err


def test_what_is_exported_can_be_imported(capsys, tmp_path, filled, settings):
    file = str(tmp_path / "all.jsonl")
    other = settings("other")
    assert run(["store", "export", file, "-c", filled]) == 0
    assert run(["store", "import", file, "-c", other]) == 0
    assert info(capsys, other) == info(capsys, filled)
    again = str(tmp_path / "again.jsonl")
    assert run(["store", "export", again, "-c", other]) == 0
    assert Path(again).read_bytes() == Path(file).read_bytes()


def test_export_is_nobody_elses(tmp_path, filled):
    file = tmp_path / "all.jsonl"
    run(["store", "export", str(file), "-c", filled])
    assert file.stat().st_mode & 0o777 == 0o600


def test_only_the_tables_named_are_exported(capsysbinary, filled):
    assert run(["store", "export", "-", "-c", filled, "--table", "runs"]) == 0
    lines = capsysbinary.readouterr().out.splitlines()
    assert {json.loads(line)["table"] for line in lines} == {"runs"}


def test_dry_export_writes_nothing(capsys, tmp_path, filled):
    file = tmp_path / "all.jsonl"
    assert run(["store", "export", str(file), "-c", filled, "--dry-run"]) == 0
    assert "10 rows would be exported" in capsys.readouterr().err
    assert not file.exists()


def test_dry_import_changes_nothing(capsys, tmp_path, filled, settings):
    file = str(tmp_path / "all.jsonl")
    other = settings("other")
    run(["store", "export", file, "-c", filled])
    assert run(["store", "import", file, "-c", other, "--dry-run"]) == 0
    assert sum(info(capsys, other).values()) == 0


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        pytest.param("no json", "not a JSON object", id="no JSON"),
        pytest.param('{"table": "users"}', "no such table: 'users'", id="no table"),
        pytest.param('{"table": "runs", "id": "r"}', "is no row", id="no row"),
        pytest.param('{"table": "rollups_60"}', "is no row", id="no rollup"),
    ],
)
def test_import_names_what_is_wrong(capsys, tmp_path, settings, line, problem):
    file = tmp_path / "wrong.jsonl"
    file.write_text(line + "\n")
    assert run(["store", "import", str(file), "-c", settings("other")]) == 2
    assert problem in capsys.readouterr().err


def test_prune_removes_what_is_old_and_a_dry_run_does_not(capsys, filled):
    assert run(["store", "prune", "-c", filled, "--dry-run"]) == 0
    assert "1 rows are old" in capsys.readouterr().err
    assert info(capsys, filled)["runs"] == 2
    assert run(["store", "prune", "-c", filled]) == 0
    assert info(capsys, filled)["runs"] == 1


def test_store_may_be_none(capsys, tmp_path):
    file = tmp_path / "none.yaml"
    file.write_text("store: {url: null}\n")
    assert run(["store", "info", "-c", str(file)]) == 2
    assert "there is no store" in capsys.readouterr().err
