import os
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from proxy.errors import SettingsError
from proxy.settings import Instance
from proxy.settings.secret import instance_secret, prepare_run_dir


@pytest.fixture
def instance(tmp_path):
    instance = Instance(run_dir=tmp_path / "run")
    prepare_run_dir(instance)
    return instance


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_run_dir_is_for_its_owner_only(instance):
    assert mode(instance.run_dir) == 0o700


def test_open_run_dir_is_closed(instance):
    instance.run_dir.chmod(0o755)
    prepare_run_dir(instance)
    assert mode(instance.run_dir) == 0o700


def test_link_as_run_dir_is_refused(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "run").symlink_to(tmp_path / "real")
    with pytest.raises(SettingsError, match=r"instance.run_dir: must be a folder"):
        prepare_run_dir(Instance(run_dir=tmp_path / "run"))


def test_file_as_run_dir_is_refused(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(SettingsError, match="cannot be made"):
        prepare_run_dir(Instance(run_dir=tmp_path / "run"))


def test_secret_comes_from_the_environment(instance):
    assert instance_secret(instance, {"SEATRIAL_SECRET": "x" * 20}) == b"x" * 20
    assert os.listdir(instance.run_dir) == []


def test_secret_is_made_once_and_kept_private(instance):
    first = instance_secret(instance, {})
    assert len(first) == 32
    assert instance_secret(instance, {}) == first
    assert mode(instance.run_dir / "seatrial.secret") == 0o600
    assert os.listdir(instance.run_dir) == ["seatrial.secret"]


def test_processes_that_start_together_agree_on_the_secret(instance):
    with ThreadPoolExecutor(16) as pool:
        found = set(pool.map(lambda _: instance_secret(instance, {}), range(64)))
    assert len(found) == 1


def test_damaged_secret_is_refused(instance):
    (instance.run_dir / "seatrial.secret").write_bytes(b"short")
    with pytest.raises(SettingsError, match="damaged secret"):
        instance_secret(instance, {})
