"""Every file that is generated, by its path."""

from pathlib import Path

from dashboards.source import live_traffic, reference, seatrial_itself
from dashboards.source.frame import written

FOLDER = Path(__file__).parents[1]
BUILDERS = {
    "live-traffic": live_traffic.build,
    "seatrial-itself": seatrial_itself.build,
}


def everything() -> dict[Path, str]:
    readme = FOLDER / "README.md"
    return {
        **{
            FOLDER / "grafana" / f"{name}.json": written(build())
            for name, build in BUILDERS.items()
        },
        readme: reference.filled(readme.read_text(), FOLDER / "rules" / "alerts.yaml"),
    }
