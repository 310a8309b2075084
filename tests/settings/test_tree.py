from proxy.settings import Route, Settings

LOCAL = Route(name="local", prefix="/local", upstream="http://127.0.0.1:8000")


def test_settings_survive_json():
    settings = Settings(routes=(LOCAL,))
    assert Settings.model_validate_json(settings.model_dump_json()) == settings


def test_hash_is_that_of_the_effective_settings():
    settings = Settings()
    copy = Settings.model_validate_json(settings.model_dump_json())
    assert copy.hash == settings.hash
    assert len(settings.hash) == 12
    assert settings.with_workers(3).hash != settings.hash


def test_workers_of_the_command_line_win():
    assert Settings().with_workers(3).relay.worker_count() == 3
    assert Settings().with_workers(None) == Settings()


def test_workers_auto_is_one_per_core():
    assert Settings().relay.worker_count() >= 1


def test_run_dir_follows_the_session(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    assert Settings().instance.run_dir == tmp_path / "seatrial"


def test_two_listeners_may_both_ask_for_any_port():
    relay = {"listen": ["127.0.0.1:0", "127.0.0.1:0"]}
    admin = {"listen": "127.0.0.1:0"}
    settings = Settings.model_validate({"relay": relay, "admin": admin})
    assert len(settings.relay.listen) == 2
