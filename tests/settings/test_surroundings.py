import pytest
import trustme

from proxy.settings import Settings
from proxy.settings.surroundings import problems


@pytest.fixture
def certificates(tmp_path):
    """`ca.pem`, and certificates with keys for two names."""
    ca = trustme.CA()
    ca.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    for name in ("a", "b"):
        issued = ca.issue_cert(f"{name}.internal")
        issued.cert_chain_pems[0].write_to_path(str(tmp_path / f"{name}.pem"))
        issued.private_key_pem.write_to_path(str(tmp_path / f"{name}.key"))
    return tmp_path


def of_route(tls: dict) -> list[str]:
    route = {"name": "a", "prefix": "/a", "upstream": "https://a", "tls": tls}
    settings = Settings.model_validate({"routes": [route]})
    return [f"{path[-1]}: {problem}" for path, problem in problems(settings, {})]


def test_matching_certificates_are_no_problem(certificates):
    tls = {"ca": "ca.pem", "cert": "a.pem", "key": "a.key"}
    assert of_route({field: certificates / name for field, name in tls.items()}) == []


def test_key_of_another_certificate(certificates):
    tls = {"cert": certificates / "a.pem", "key": certificates / "b.key"}
    assert of_route(tls)[0].startswith("cert: must be a PEM certificate whose unlocked")


def test_ca_that_is_no_certificate(certificates):
    (certificates / "ca.pem").write_text("no certificate")
    assert of_route({"ca": certificates / "ca.pem"})[0].startswith("ca: must be a PEM")


def test_relay_names_its_client_ca(certificates):
    tls = {"cert": "a.pem", "key": "a.key", "client_ca": "absent.pem"}
    settings = Settings.model_validate(
        {"relay": {"tls": {k: certificates / v for k, v in tls.items()}}}
    )
    assert [path for path, _ in problems(settings, {})] == [
        ("relay", "tls", "client_ca")
    ]


def test_recordings_cannot_go_into_a_file(tmp_path):
    (tmp_path / "file").touch()
    settings = Settings.model_validate(
        {"recordings": {"write": tmp_path / "file" / "below"}}
    )
    [(path, problem)] = problems(settings, {})
    assert path == ("recordings", "write")
    assert "is a file" in problem


def test_metrics_token_must_be_set():
    settings = Settings.model_validate({"admin": {"metrics_token_env": "M"}})
    assert [path for path, _ in problems(settings, {})] == [
        ("admin", "metrics_token_env")
    ]
    assert list(problems(settings, {"M": "token"})) == []
