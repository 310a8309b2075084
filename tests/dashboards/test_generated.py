"""What is committed is what the generator writes."""

from pathlib import Path

import pytest

from dashboards.source import generated

FILES = generated.everything()


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_is_as_it_would_be_written_now(path: Path) -> None:
    assert path.read_text() == FILES[path], "run: python -m dashboards.source"


def test_no_dashboard_is_left_over() -> None:
    committed = set((generated.FOLDER / "grafana").glob("*.json"))
    assert committed == {path for path in FILES if path.suffix == ".json"}


def test_every_dashboard_has_a_picture_on_the_page() -> None:
    page = (generated.FOLDER / "README.md").read_text()
    for name in generated.BUILDERS:
        assert (generated.FOLDER / "screenshots" / f"{name}.png").is_file()
        assert f"(screenshots/{name}.png)" in page
