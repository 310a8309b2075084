"""Large bodies pass whole in both directions, through the SDKs and through curl."""

import json
import random
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anthropic
import openai
import psutil
import pytest

from tests.e2e.conftest import Serve
from tests.e2e.instances import Instance, named, route
from tests.e2e.upstreams import SPEECH, Upstream, digest, files

MIB = 1024 * 1024
LARGE = random.Random("upload").randbytes(20 * MIB + 1)


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    upstream = Upstream(files)
    yield upstream
    upstream.close()


@pytest.fixture(scope="module")
def instance(serve: Serve, upstream: Upstream) -> Instance:
    return serve(route("files", upstream.url, content="full"))


@pytest.fixture(params=["direct", "relayed"])
def base(request: pytest.FixtureRequest, instance: Instance, upstream: Upstream) -> str:
    return upstream.url if request.param == "direct" else f"{instance.url}/files"


def test_openai_file_arrives_whole(base: str) -> None:
    with openai.OpenAI(base_url=base, api_key="k", max_retries=0) as client:
        stored: Any = client.files.create(file=("big.jsonl", LARGE), purpose="batch")
    assert (stored.filename, stored.bytes, stored.purpose) == (
        "big.jsonl",
        len(LARGE),
        "batch",
    )
    assert stored.text == digest(LARGE)


def test_openai_transcription_arrives_whole(base: str) -> None:
    with openai.OpenAI(base_url=base, api_key="k", max_retries=0) as client:
        heard = client.audio.transcriptions.create(
            model="whisper-1", file=("a.mp3", SPEECH)
        )
    assert heard.text == digest(SPEECH)


def test_openai_speech_comes_back_whole(base: str) -> None:
    with openai.OpenAI(base_url=base, api_key="k", max_retries=0) as client:
        said = client.audio.speech.create(model="tts-1", voice="alloy", input="a")
        assert said.content == SPEECH


def test_openai_speech_streams(base: str) -> None:
    with openai.OpenAI(base_url=base, api_key="k", max_retries=0) as client:
        speech = client.audio.speech.with_streaming_response
        with speech.create(model="tts-1", voice="alloy", input="a") as said:
            assert b"".join(said.iter_bytes(4096)) == SPEECH


def test_anthropic_file_arrives_whole(base: str) -> None:
    with anthropic.Anthropic(base_url=base, api_key="k", max_retries=0) as client:
        stored: Any = client.beta.files.upload(
            file=("big.pdf", LARGE, "application/pdf")
        )
    assert (stored.filename, stored.text) == ("big.pdf", digest(LARGE))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_waits_for_100_continue_and_uploads(base: str, tmp_path: Path) -> None:
    """curl asks for permission by Expect, and gets it from the upstream."""
    file = tmp_path / "large"
    file.write_bytes(LARGE)
    command = ["curl", "-sS", "-v", "--max-time", "30", "--expect100-timeout", "20"]
    header = [
        "-H",
        "Expect: 100-continue",
        "-H",
        "Content-Type: application/octet-stream",
    ]
    done = subprocess.run(
        [*command, *header, "--data-binary", f"@{file}", f"{base}/v1/upload"],
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["sha256"] == digest(LARGE)
    assert b"HTTP/1.1 100 Continue" in done.stderr


def test_large_upload_is_measured_and_not_held(instance: Instance) -> None:
    """T15, T27: of 20 MB no more than the capture limit is copied."""
    relay = psutil.Process(instance.wait_log("child started", child="relay-0")["pid"])
    with openai.OpenAI(base_url=f"{instance.url}/files", api_key="k") as client:
        client.files.create(
            file=("big.jsonl", LARGE), purpose="batch", extra_headers=named("large")
        )
    facts = instance.recordings_of("large")[0]["seatrial"]
    sizes = facts["request_body"]
    assert sizes["total"] > len(LARGE)
    assert (sizes["captured"], sizes["truncated"]) == (2 * MIB, True)
    assert relay.memory_info().rss < 120 * MIB
