"""The course of a demo: start the processes, send traffic, end everything, report."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from proxy.demo import folder as work
from proxy.demo import instance, recordings, upstreams
from proxy.demo.caller import Caller
from proxy.demo.children import Children
from proxy.demo.folder import WorkFolder
from proxy.demo.instance import Instance
from proxy.demo.options import Options
from proxy.demo.performance import Performance, Traffic
from proxy.demo.recordings import Recorded
from proxy.demo.replay import Recordings, admitted
from proxy.demo.report import Report
from proxy.demo.scraper import Scraper
from proxy.demo.screen import TITLES, Places, Screen
from proxy.demo.shapes import ROUTES
from proxy.demo.stopping import Stopping
from proxy.demo.traffic import Applications

MODEL_ROUTES = ("openai", "anthropic")


async def run(options: Options, screen: Screen) -> Report:
    """Play the demo. UsageError for what cannot be asked, SeatrialError for what does
    not start; no process is left in any case."""
    if options.mode == "model":
        upstreams.check_model_packages()
    exchanges = admitted(recordings.read(options.recordings))
    folder = work.make(options.keep)
    try:
        if exchanges:
            folder.replayed.write_bytes(b"".join(one.line for one in exchanges))
        with Stopping() as stopping:
            async with Children() as children:
                return await play(
                    options, screen, folder, exchanges, children, stopping
                )
    finally:
        screen.close()
        folder.close()


async def play(
    options: Options,
    screen: Screen,
    folder: WorkFolder,
    exchanges: Sequence[Recorded],
    children: Children,
    stopping: Stopping,
) -> Report:
    screen.say(f"starting {TITLES[options.mode]}")
    upstream = await upstreams.start(children, options, folder)
    routes = routes_of(options, exchanges)
    screen.say(f"starting Seatrial before it, routes {', '.join(routes)}")
    running = await instance.start(children, options.seatrial, folder, routes, upstream)
    places = Places(
        metrics=f"{running.admin_url}/metrics",
        recordings=str(folder.recordings),
        routes=tuple(routes),
        example=example(options, running),
    )
    async with (
        Scraper(running.admin_url) as scraper,
        opened(options, running, exchanges) as traffic,
    ):
        performance = Performance(options, running, scraper, traffic, screen, places)
        stopping.gentle = True
        await performance.run(stopping.asked)
    screen.say("ending Seatrial")
    # Only now the last recordings are written.
    await children.end(running.child, instance.ENDING_SECONDS)
    folder.metrics.write_text(scraper.text)
    return reported(performance, folder)


def routes_of(options: Options, exchanges: Sequence[Recorded]) -> Sequence[str]:
    match options.mode:
        case "simulated":
            return ROUTES
        case "model":
            return MODEL_ROUTES
        case "recordings":
            return recordings.routes(exchanges)


def example(options: Options, running: Instance) -> str:
    """Recorded answers know recorded requests only."""
    if options.mode == "recordings":
        return f"curl -s {running.admin_url}/metrics | grep requests_total"
    return f"curl {running.relay_url}/openai/v1/models"


@asynccontextmanager
async def opened(
    options: Options, running: Instance, exchanges: Sequence[Recorded]
) -> AsyncIterator[Traffic]:
    """The traffic that is asked for, and its clients while they are open."""
    if options.mode == "model":
        from proxy.demo.sdks import Sdks  # the SDKs may not be installed

        async with Sdks(running.relay_url, options.rate) as sdks:
            yield sdks
        return
    async with Caller(running.relay_url) as caller:
        if options.mode == "recordings":
            loops = options.seconds is not None
            yield Recordings(caller, exchanges, options.rate, loops)
        else:
            yield Applications(caller, options.rate, options.seed)


def reported(performance: Performance, folder: WorkFolder) -> Report:
    options, tally = performance.options, performance.traffic.tally
    return Report(
        mode=options.mode,
        seed=options.seed,
        seconds=performance.ended - performance.began,
        sent=tally.total,
        endings={str(name): count for name, count in tally.endings.items()},
        peak=tally.peak,
        figures=performance.scraper.figures,
        identity=performance.traffic.identity,
        folder=folder.path,
        recordings=folder.recording_files(),
        metrics=folder.metrics,
        command=options.name,
        broken=performance.broken,
    )
