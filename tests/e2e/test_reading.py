"""What the official SDKs were told is what the monitor read of it, conversation included."""

from openai import OpenAI

from tests.e2e.conftest import Serve, Simulate
from tests.e2e.instances import route, until

TURNS = ("Is there a berth?", "For how long?", "Thank you.")


def talk(client: OpenAI, ship: str) -> tuple[int, int]:
    """A conversation that resends its history, as chat completions do: tokens it took."""
    messages: list[dict[str, str]] = []
    taken = [0, 0]
    for words in TURNS:
        messages.append({"role": "user", "content": f"{ship} asks: {words}"})
        answer = client.chat.completions.create(model="pilot-1", messages=messages)  # type: ignore[arg-type]
        assert answer.usage is not None
        taken[0] += answer.usage.prompt_tokens
        taken[1] += answer.usage.completion_tokens
        said = answer.choices[0].message.content or ""
        messages.append({"role": "assistant", "content": said})
    return taken[0], taken[1]


def test_tokens_and_conversations_are_as_the_sdk_saw_them(
    serve: Serve, simulate: Simulate
) -> None:
    instance = serve(route("sim", simulate("--seed", "3").url))
    url = f"{instance.url}/sim/v1"
    with OpenAI(base_url=url, api_key="sk-test", max_retries=0) as client:
        conversations = [talk(client, ship) for ship in ("Orca", "Petrel")]
    exchanges = len(TURNS) * len(conversations)
    until(
        lambda: (
            instance.count("seatrial_exchanges_total", model="pilot-1") == exchanges
        ),
        "all exchanges read",
    )
    for at, kind in enumerate(("input", "output")):
        stated = sum(taken[at] for taken in conversations)
        assert instance.count("seatrial_tokens_total", token_type=kind) == stated
    begun = instance.count("seatrial_conversations_begun_total", route="sim")
    assert begun == len(conversations)
    links = instance.count("seatrial_conversation_links_total", evidence="history_text")
    assert links == exchanges - len(conversations)
