"""If Seatrial itself is the problem: the ways around it that README names, as they are."""

import errno
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvloop

from tests.chaos.instance import ROOT, Instance, eventually, free_port, until
from tests.chaos.load import Account, drive
from tests.chaos.plans import mixed

APPLICATION = """
import anthropic, google.genai, openai

message = [{"role": "user", "content": "Say something."}]
print(openai.OpenAI(max_retries=0).chat.completions.create(
    model="simulated", messages=message).choices[0].message.content)
print(anthropic.Anthropic(max_retries=0).messages.create(
    model="simulated", messages=message, max_tokens=50).content[0].text)
gemini = google.genai.Client()
print(gemini.models.generate_content(
    model="simulated", contents="Say something.").text)
"""
VARIABLES = ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "GOOGLE_GEMINI_BASE_URL")
CONF = ROOT / "config" / "deploy" / "nginx-bypass.conf"
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")


def freeze(instance: Instance) -> None:
    """The worst that can befall it: all of it stands still and the port still accepts."""
    os.kill(instance.process.pid, signal.SIGSTOP)
    for name in (*instance.names, "monitor"):
        os.kill(instance.pid(name), signal.SIGSTOP)


def exchanges(instance: Instance) -> float:
    return instance.figures().total("seatrial_recordings_received_total")


# --- one application: its environment ---------------------------------------------------


@pytest.fixture(scope="module")
def model_api() -> Iterator[str]:
    process = subprocess.Popen(
        [sys.executable, "-m", "proxy.cli.main", "simulate", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    yield json.loads(process.stdout.readline())["url"]
    process.terminate()
    process.stdout.close()
    process.wait(10)


def answers(openai: str, anthropic: str, gemini: str) -> list[str]:
    """What an application hears that finds its model APIs by these addresses."""
    names = ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "GEMINI_API_KEY")
    addresses = dict(zip(VARIABLES, (openai, anthropic, gemini), strict=True))
    found = subprocess.run(
        [sys.executable, "-c", APPLICATION],
        env={**os.environ, **dict.fromkeys(names, "key"), **addresses},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout.splitlines()


def test_another_base_url_is_the_way_around(start, model_api):
    """The application's environment alone, while Seatrial stands still."""
    instance = start(upstream_url=model_api)
    relay = "http://{}:{}/up".format(*instance.address)
    assert len(answers(f"{relay}/v1", relay, relay)) == 3
    until(lambda: exchanges(instance) == 3, "three exchanges through Seatrial")
    freeze(instance)
    assert len(answers(f"{model_api}/v1", model_api, model_api)) == 3


# --- a fleet: nginx before it -----------------------------------------------------------


class Nginx:
    """The file of config/deploy with other addresses, and nothing else changed."""

    def __init__(self, folder: Path, relay: int, upstream: str) -> None:
        self.port, back = free_port(), free_port()
        self.switch = folder / "bypass"
        changed = {
            "127.0.0.1:8080": f"127.0.0.1:{relay}",
            "127.0.0.1:8070": f"127.0.0.1:{self.port}",
            "127.0.0.1:8071": f"127.0.0.1:{back}",
            "/etc/nginx/bypass": str(self.switch),
            "https://api.openai.com/": f"{upstream}/",
            "location /openai/": "location /up/",
            "https://api.anthropic.com/": f"{upstream}/",
            "https://generativelanguage.googleapis.com/": f"{upstream}/",
        }
        text = CONF.read_text()
        for old, new in changed.items():
            assert old in text, old
            text = text.replace(old, new)
        (folder / "bypass.conf").write_text(text)
        user = "user root;" if os.getuid() == 0 else ""
        temporary = "".join(
            f"{kind}_temp_path {folder}/{kind}; "
            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        (folder / "nginx.conf").write_text(
            f"{user} daemon off; worker_processes 1; pid {folder}/pid;\n"
            f"error_log {folder}/error.log;\n"
            "events { worker_connections 512; }\n"
            f"http {{ {temporary} include {folder}/bypass.conf; }}\n"
        )
        assert NGINX is not None
        self.process = subprocess.Popen(
            [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")],
            stderr=subprocess.DEVNULL,
        )
        until(lambda: (folder / "pid").exists(), "nginx")

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def close(self) -> None:
        self.process.terminate()
        self.process.wait(10)


@pytest.fixture
def nginx(tmp_path, upstream) -> Iterator[Callable[[Instance], Nginx]]:
    if NGINX is None:
        pytest.skip("nginx is not installed")
    started: list[Nginx] = []

    def nginx(instance: Instance) -> Nginx:
        folder = tmp_path / "nginx"
        folder.mkdir()
        started.append(Nginx(folder, instance.address[1], upstream.url))
        return started[-1]

    yield nginx
    for each in started:
        each.close()


def refuses(address: tuple[str, int]) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(address) == errno.ECONNREFUSED


async def at_load(address: tuple[str, int], account: Account, seconds: float) -> None:
    end = time.monotonic() + seconds
    await drive(
        *(address, mixed(3)),
        clients=8,
        every=0.02,
        account=account,
        more=lambda: time.monotonic() < end,
    )


def test_nginx_goes_around_a_dead_seatrial_by_itself(start, nginx, say):
    instance = start()
    front = nginx(instance)
    before, after = Account(), Account()

    async def scenario() -> None:
        await at_load(front.address, before, 1.0)
        assert before.failures == []
        await eventually(
            lambda: exchanges(instance) == before.sent, "all of it through Seatrial"
        )
        family = [
            instance.process.pid,
            *(instance.pid(name) for name in (*instance.names, "monitor")),
        ]
        for pid in family:
            os.kill(pid, signal.SIGKILL)
        await eventually(lambda: refuses(instance.address), "its end")
        await at_load(front.address, after, 1.0)
        assert after.failures == []
        say(
            nginx_backup=f"{before.sent} through Seatrial, {after.sent} around it, 0 failed"
        )

    uvloop.run(scenario())


def test_nginx_switch_needs_no_reload(start, nginx, say):
    """A file goes around a Seatrial that stands still, and its removal comes back."""
    instance = start()
    front = nginx(instance)
    around, back = Account(), Account()

    async def scenario() -> None:
        freeze(instance)
        front.switch.touch()
        await at_load(front.address, around, 1.0)
        assert around.failures == []
        for name in (*instance.names, "monitor"):
            os.kill(instance.pid(name), signal.SIGCONT)
        os.kill(instance.process.pid, signal.SIGCONT)
        front.switch.unlink()
        await at_load(front.address, back, 1.0)
        assert back.failures == []
        await eventually(
            lambda: exchanges(instance) == back.sent, "through Seatrial again"
        )
        say(nginx_switch=f"{around.sent} around, {back.sent} through again, 0 failed")

    uvloop.run(scenario())


# --- what README says -------------------------------------------------------------------


def test_readme_names_what_is_tested_here():
    readme = (ROOT / "README.md").read_text()
    section = readme.partition("the bypass")[2].partition("\n## ")[0]
    missing = [
        name
        for name in (*VARIABLES, "config/deploy/nginx-bypass.conf")
        if name not in section
    ]
    assert missing == []
    for address in re.findall(r"127\.0\.0\.1:80\d\d", section):
        assert address in CONF.read_text(), address
