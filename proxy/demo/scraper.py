"""Reads the admin port's /metrics, as Prometheus would."""

from types import TracebackType

import aiohttp

from proxy.demo import figures
from proxy.demo.figures import Figures

TIMEOUT = aiohttp.ClientTimeout(total=2.0)


class Scraper:
    """Keeps what it read last: `text` for a file, `figures` to show."""

    def __init__(self, admin_url: str) -> None:
        self.url = f"{admin_url}/metrics"
        self.text = ""
        self.figures = Figures()

    async def __aenter__(self) -> "Scraper":
        self.session = aiohttp.ClientSession(
            timeout=TIMEOUT, headers={"Accept": "text/plain;version=0.0.4"}
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.session.close()

    async def scrape(self) -> bool:
        """False when nothing came; what was read before is kept."""
        try:
            async with self.session.get(self.url) as answer:
                answer.raise_for_status()
                self.text = await answer.text()
        except (aiohttp.ClientError, TimeoutError):
            return False
        self.figures = figures.parse(self.text)
        return True
