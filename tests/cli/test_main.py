import subprocess
import sys
from importlib.util import find_spec

import click
import pytest

from proxy import __version__
from proxy.cli.main import COMMANDS, Commands, run, seatrial
from proxy.errors import SeatrialError, SettingsError, SettingsErrors, UsageError


def test_version(capsys):
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"seatrial {__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["--help"], ["-h"]])
def test_help_teaches_by_example(capsys, arguments):
    assert run(arguments) == 0
    said = capsys.readouterr().out
    assert "seatrial check -c seatrial.yaml" in said
    assert "Exit status" in said


def test_help_shows_only_commands_that_exist(capsys):
    run(["--help"])
    listed = capsys.readouterr().out.split("Commands:")[1]
    for name in COMMANDS:
        assert (f"  {name} " in listed) == bool(find_spec(f"proxy.cli.{name}"))


def test_every_command_has_its_own_help(capsys):
    for name in Commands.list_commands(seatrial, click.Context(seatrial)):
        assert run([name, "--help"]) == 0
        assert "Examples" in capsys.readouterr().out


def test_help_loads_no_command():
    script = (
        "import sys; from proxy.cli.main import run; run(['--help']);"
        "print([m for m in ('pydantic', 'asyncio', 'aiohttp', 'rich', 'yaml') if m in sys.modules])"
    )
    said = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert said.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["srve"], "seatrial: No such command 'srve'. (see seatrial --help)"),
        (["serve", "--only", "judge"], "(see seatrial serve --help)"),
        (["serve", "--workers", "0"], "(see seatrial serve --help)"),
        (
            ["check", "-c"],
            "Option '-c' requires an argument.",
        ),
    ],
)
def test_wrong_usage_is_one_line_and_status_2(capsys, arguments, said):
    assert run(arguments) == 2
    output = capsys.readouterr()
    assert said in output.err
    assert output.err.count("\n") == 1
    assert output.out == ""


@pytest.mark.parametrize(
    ("error", "status"),
    [
        pytest.param(SettingsError("f", "k", "is wrong", line=3), 2, id="settings"),
        pytest.param(
            SettingsErrors([SettingsError("f", "k", "is wrong", line=3)]), 2, id="many"
        ),
        pytest.param(UsageError("is wrong"), 2, id="usage"),
        pytest.param(SeatrialError("is wrong"), 1, id="run time"),
        pytest.param(click.ClickException("is wrong"), 1, id="click's own"),
    ],
)
def test_foreseen_error_is_one_line(monkeypatch, capsys, error, status):
    def fails(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(seatrial, "main", fails)
    assert run([]) == status
    said = capsys.readouterr().err
    assert said.startswith("seatrial: ")
    assert said.endswith("is wrong\n")
    assert said.count("\n") == 1


def test_key_in_an_error_is_masked(monkeypatch, capsys):
    def fails(*_: object, **__: object) -> None:
        raise SeatrialError("got https://x/?key=AIzaCANARYcanary")

    monkeypatch.setattr(seatrial, "main", fails)
    run([])
    assert "CANARY" not in capsys.readouterr().err


def test_reader_that_leaves_is_no_error():
    command = f"{sys.executable} -m proxy.cli.main --help"
    script = f"{command} | true; exit ${{PIPESTATUS[0]}}"
    finished = subprocess.run(["bash", "-c", script], capture_output=True, text=True)
    assert finished.stderr == ""
