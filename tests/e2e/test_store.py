"""What applications were told is in the store of the installed product, without a word."""

import asyncio

from openai import OpenAI

from proxy.store.answers import ALL, Total, Window
from proxy.store.faults import StoreError
from proxy.store.sqlite import SqliteStore
from tests.e2e.conftest import Serve, Simulate
from tests.e2e.instances import Instance, route, until

CALLS = 5
EVER = Window(0, 2**33)


def totals(instance: Instance) -> list[Total]:
    async def asked() -> list[Total]:
        path = instance.folder / "seatrial.db"
        store = SqliteStore(path, lambda: 0.0, read_only=True)
        try:
            return await store.totals(EVER, ALL)
        except StoreError:
            return []
        finally:
            await store.close()

    return asyncio.run(asked())


def test_usage_in_the_store_is_what_the_sdk_saw(
    serve: Serve, simulate: Simulate
) -> None:
    instance = serve(route("sim", simulate("--seed", "3").url), store={"sample": 1})
    taken = 0
    url = f"{instance.url}/sim/v1"
    with OpenAI(base_url=url, api_key="sk-test", max_retries=0) as client:
        for n in range(CALLS):
            answer = client.chat.completions.create(
                model="pilot-1",
                messages=[{"role": "user", "content": f"vermilion {n}"}],
            )
            assert answer.usage is not None
            taken += answer.usage.prompt_tokens
    until(lambda: [t.sums.exchanges for t in totals(instance)] == [CALLS], "all stored")
    (total,) = totals(instance)
    assert total.target.model == "pilot-1"
    assert total.sums.input_tokens == taken
    assert total.duration.p50 is not None
    instance.end()
    assert b"vermilion" not in (instance.folder / "seatrial.db").read_bytes()
