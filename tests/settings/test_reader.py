"""Each bad file in testdata/ says in its first lines what the reader must say of it."""

from pathlib import Path

import pytest

from proxy.errors import SettingsErrors
from proxy.settings import Settings
from proxy.settings.document import MAX_BYTES
from proxy.settings.reader import read

TESTDATA = Path(__file__).parent / "testdata"
ROOT = Path(__file__).parents[2]
INVALID = sorted(TESTDATA.glob("invalid-*.yaml"))


@pytest.fixture
def write(tmp_path):
    def write(text: str | bytes) -> Path:
        path = tmp_path / "seatrial.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.mark.parametrize("path", INVALID, ids=lambda path: path.stem)
def test_bad_file_is_refused_with_line_key_value_and_fix(path):
    expected = [
        line.removeprefix("# ")
        for line in path.read_text().splitlines()
        if line.startswith("# ")
    ]
    with pytest.raises(SettingsErrors) as refused:
        read(path, {})
    said = [
        str(error).removeprefix(f"{path}:").removeprefix(" ")
        for error in refused.value.errors
    ]
    assert said == expected


def test_no_file_means_defaults():
    assert read(None, {}) == Settings()


def test_sample_file_equals_the_defaults():
    assert read(ROOT / "config" / "seatrial.yaml", {}) == Settings()


def test_sample_file_names_every_key():
    text = (ROOT / "config" / "seatrial.yaml").read_text()
    missing = [
        key for key in keys(Settings.model_json_schema()) if f"{key}:" not in text
    ]
    assert missing == []


def keys(schema: dict) -> set[str]:
    return {
        name
        for section in (schema, *schema["$defs"].values())
        for name in section.get("properties", {})
    }


@pytest.mark.parametrize(
    ("text", "environ", "expected"),
    [
        pytest.param("relay: {workers: 3}", {}, 3, id="number"),
        pytest.param("relay:\n  workers: ${N}", {"N": "3"}, 3, id="variable"),
        pytest.param("relay:\n  workers: ${N:-3}", {}, 3, id="default"),
        pytest.param("relay:\n  workers: ${N:-3}", {"N": ""}, 3, id="empty variable"),
        pytest.param('relay: {workers: "${N}"}', {"N": "3"}, 3, id="quoted variable"),
        pytest.param("relay:", {}, "auto", id="section with nothing in it"),
        pytest.param("", {}, "auto", id="empty file"),
        pytest.param("# nothing", {}, "auto", id="comments only"),
    ],
)
def test_workers_from(write, text, environ, expected):
    assert read(write(text), environ).relay.workers == expected


def test_variable_is_text_within_text(write):
    path = write('relay:\n  listen: "unix:${DIR}/$${x}.sock"')
    assert read(path, {"DIR": "/run"}).relay.listen == ("unix:/run/${x}.sock",)


def test_variable_cannot_add_keys(write):
    path = write("recordings:\n  write: ${DIR}")
    settings = read(path, {"DIR": "/var/r\nmax_age: 1s"})
    assert str(settings.recordings.write) == "/var/r\nmax_age: 1s"


def test_value_of_a_variable_is_never_shown(write):
    path = write('routes: [{name: a, prefix: /a, upstream: "http://x/?k=${KEY}"}]')
    with pytest.raises(SettingsErrors) as refused:
        read(path, {"KEY": "planted-canary"})
    assert "planted-canary" not in str(refused.value)
    assert "${KEY}" in str(refused.value)


def test_only_true_and_false_are_yaml_booleans(write):
    path = write("routes: [{name: no, prefix: /a, upstream: http://127.0.0.1:1}]")
    assert read(path, {}).routes[0].name == "no"


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(SettingsErrors, match=r"absent.yaml: no such file or directory"):
        read(tmp_path / "absent.yaml", {})


def test_folder_is_refused(tmp_path):
    with pytest.raises(SettingsErrors, match="is a directory"):
        read(tmp_path, {})


def test_huge_file_is_refused(write):
    with pytest.raises(SettingsErrors, match="is larger than"):
        read(write("#" * (MAX_BYTES + 1)), {})


def test_foreign_bytes_are_refused(write):
    with pytest.raises(SettingsErrors, match=r"seatrial.yaml:2: is not UTF-8 text"):
        read(write(b"relay: {}\n# \xff\n"), {})


def test_control_character_is_refused(write):
    with pytest.raises(SettingsErrors, match="is not YAML"):
        read(write("relay: \x01"), {})


def test_wrong_environment_without_a_file_is_refused():
    with pytest.raises(SettingsErrors, match=r"defaults: instance.secret_env: needs"):
        read(None, {"SEATRIAL_SECRET": "short"})


def test_admin_off_loopback_works_with_a_token(write):
    settings = read(
        write("admin: {listen: 0.0.0.0:9464}"), {"SEATRIAL_ADMIN_TOKEN": "t"}
    )
    assert settings.admin.listen == "0.0.0.0:9464"
