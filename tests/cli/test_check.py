import json

import pytest

from proxy.cli.main import run

WRONG = """\
relay:
  lisen: 127.0.0.1:8080
admin:
  listen: 9464
"""
OPEN = """\
relay: {listen: 0.0.0.0:8080}
routes:
  - {name: local, prefix: /local, upstream: http://127.0.0.1:8000}
"""


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> str:
        (tmp_path / "seatrial.yaml").write_text(text)
        return str(tmp_path / "seatrial.yaml")

    return write


@pytest.fixture(autouse=True)
def no_settings_of_the_user(monkeypatch):
    for name in ("SEATRIAL_CONFIG", "SEATRIAL_SECRET", "SEATRIAL_ADMIN_TOKEN"):
        monkeypatch.delenv(name, raising=False)


def test_defaults_are_usable(capsys):
    assert run(["check"]) == 0
    assert capsys.readouterr().out.startswith("defaults: usable, 3 routes, hash ")


def test_file_may_be_named_by_the_environment(capsys, monkeypatch, write):
    path = write(OPEN)
    monkeypatch.setenv("SEATRIAL_CONFIG", path)
    assert run(["check"]) == 0
    assert f"{path}: usable, 1 route, hash" in capsys.readouterr().out


def test_every_mistake_is_a_line_with_file_line_key_and_fix(capsys, write):
    path = write(WRONG)
    assert run(["check", "-c", path]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.splitlines() == [
        f'seatrial: {path}:2: relay.lisen: is no setting; did you mean "relay.listen"?',
        f'seatrial: {path}:4: admin.listen: must be "host:port" or "unix:/path", '
        'e.g. "127.0.0.1:8080", got "9464"',
    ]


def test_warning_is_shown_and_is_no_error(capsys, write):
    assert run(["check", "-c", write(OPEN)]) == 0
    assert "warning: relay.listen is not on loopback" in capsys.readouterr().out


def test_json_of_a_wrong_file_is_one_document(capsys, write):
    path = write(WRONG)
    assert run(["check", "-c", path, "--json"]) == 2
    output = capsys.readouterr()
    document = json.loads(output.out)
    assert output.err == ""
    assert (document["ok"], document["file"]) == (False, path)
    assert document["errors"][0] == {
        "file": path,
        "line": 2,
        "key": "relay.lisen",
        "problem": 'is no setting; did you mean "relay.listen"?',
    }


def test_json_of_a_usable_file_is_one_document(capsys, write):
    assert run(["check", "-c", write(OPEN), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["ok"] is True
    assert len(document["warnings"]) == 2
    assert len(document["hash"]) == 12


def test_key_written_into_the_file_is_not_repeated(capsys, write):
    path = write("routes: [{name: a, prefix: /a, upstream: 'http://x?key=CANARY99'}]")
    for arguments in (["check", "-c", path], ["check", "-c", path, "--json"]):
        assert run(arguments) == 2
        output = capsys.readouterr()
        assert "CANARY99" not in output.out + output.err
