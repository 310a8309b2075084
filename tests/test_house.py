"""The laws of the house: layout, imports, locks, and what a wheel carries."""

import ast
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
CONTRACTS = {c["id"]: c for c in PROJECT["tool"]["importlinter"]["contracts"]}
SOURCES = [
    path for package in ("proxy", "probes") for path in (ROOT / package).rglob("*.py")
]
# Parsed here, before any test runs: Python 3.11.2 (Debian 12) was seen to fail in ast.parse
# when the collector met another test's leftovers inside it.
TREES = {path: ast.parse(path.read_text()) for path in SOURCES}


# --- imports -------------------------------------------------------------------------


def layers() -> list[list[str]]:
    """The layers, high to low, without the ones in parentheses."""
    rows = [row.split(" | ") for row in CONTRACTS["layers"]["layers"]]
    here = [[name for name in row if not name.startswith("(")] for row in rows]
    return [row for row in here if row]


def listed() -> set[str]:
    return {name for row in layers() for name in row}


def modules_in_the_tree() -> set[str]:
    children = {
        f"proxy.{path.stem}"
        for path in (ROOT / "proxy").iterdir()
        if path.suffix == ".py" or (path.is_dir() and any(path.rglob("*.py")))
    }
    return children - {"proxy.__init__", "proxy.__main__"} | {"probes"}


def test_every_module_is_a_layer() -> None:
    assert listed() == modules_in_the_tree()


def test_every_folder_of_modules_is_a_package() -> None:
    """The import graph does not see into a folder without __init__.py."""
    folders = {path.parent for path in SOURCES}
    assert [f for f in folders if not (f / "__init__.py").exists()] == []


def test_package_roots_import_nothing_of_ours() -> None:
    """A root stands in no layer: what it imported would be in everyone's reach."""
    for root in ("proxy", "probes"):
        names = imported(TREES[ROOT / root / "__init__.py"])
        assert [n for n in names if n.split(".")[0] in ("proxy", "probes")] == []


@pytest.mark.parametrize(
    ("contract", "allowed"),
    [
        pytest.param("relay", {"settings", "recording", "logs", "errors"}, id="relay"),
        pytest.param("settings", {"errors"}, id="settings"),
        pytest.param(
            "supervisor", {"settings", "recording", "logs", "errors"}, id="supervisor"
        ),
        pytest.param(
            "shadow",
            {
                *("settings", "scoring", "detectors", "conversations", "dialects"),
                *("recording", "model", "errors"),
            },
            id="probes",
        ),
    ],
)
def test_forbidden_is_everything_that_is_not_allowed(
    contract: str, allowed: set[str]
) -> None:
    (source,) = CONTRACTS[contract]["source_modules"]
    expected = listed() - {f"proxy.{name}" for name in allowed} - {source}
    assert set(CONTRACTS[contract]["forbidden_modules"]) == expected


def test_all_but_the_command_line_are_kept_from_probes() -> None:
    assert set(CONTRACTS["probes"]["source_modules"]) == listed() - {
        "proxy.cli",
        "probes",
    }


@pytest.fixture(scope="module")
def skeleton(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty package for every layer, under the project's own contracts."""
    root = tmp_path_factory.mktemp("skeleton")
    (root / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for name in {"proxy", *listed()}:
        folder = root / name.replace(".", "/")
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "__init__.py").touch()
        (folder / "part.py").touch()
    return root


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    command = "from importlinter.cli import lint_imports_command as c; c()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache", "--no-logo"],
        cwd=root,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_contracts_hold_on_the_skeleton(skeleton: Path) -> None:
    linted = lint_imports(skeleton)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize(
    ("importer", "target", "contract"),
    [
        *(
            pytest.param(
                low[0], high[0], "layers", id=f"{low[0]} imports {high[0]} above it"
            )
            for high, low in pairwise(layers())
        ),
        pytest.param(
            "proxy.errors", "proxy.cli", "layers", id="lowest imports highest"
        ),
        pytest.param(
            "proxy.relay", "proxy.monitor", "layers", id="relay imports its stranger"
        ),
        pytest.param(
            "proxy.monitor", "proxy.relay", "layers", id="monitor imports its stranger"
        ),
        pytest.param(
            "proxy.demo", "proxy.simulate", "layers", id="demo imports its stranger"
        ),
        pytest.param("proxy.relay", "proxy.export", "relay", id="relay imports export"),
        pytest.param(
            "proxy.settings",
            "proxy.recording",
            "settings",
            id="settings read recording",
        ),
        pytest.param(
            "proxy.supervisor", "proxy.relay", "supervisor", id="supervisor sees relay"
        ),
        pytest.param(
            "proxy.supervisor",
            "proxy.monitor",
            "supervisor",
            id="supervisor sees monitor",
        ),
        pytest.param("proxy.demo", "probes", "probes", id="demo imports probes"),
        pytest.param(
            "proxy.simulate", "probes", "probes", id="simulate imports probes"
        ),
        pytest.param("probes", "proxy.monitor", "shadow", id="probes import monitor"),
        pytest.param("probes", "proxy.relay", "shadow", id="probes import relay"),
    ],
)
def test_contract_bites(
    skeleton: Path, importer: str, target: str, contract: str
) -> None:
    part = skeleton / importer.replace(".", "/") / "part.py"
    part.write_text(f"import {target}.part\n")
    try:
        linted = lint_imports(skeleton)
    finally:
        part.write_text("")
    assert linted.returncode == 1
    assert f"{CONTRACTS[contract]['name']} BROKEN" in linted.stdout


# --- what code may not hold ----------------------------------------------------------

CORE = ("model", "dialects", "conversations", "detectors", "scoring")
IMPURE = {"asyncio", "aiohttp", "time", "os", "logging", "random"}

# One outermost loop per process may swallow what nobody foresaw; it logs and counts.
SWALLOWERS = {
    "proxy/relay/listener.py": 1,
    "proxy/monitor/worker.py": 1,
    "probes/runner.py": 1,
}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def impurities(path: str, tree: ast.AST) -> list[str]:
    """What a core module imports and should not. Scoring may build Random(seed) from an argument."""
    found = {name.split(".")[0] for name in imported(tree)} & IMPURE
    if path.startswith("proxy/scoring/"):
        calls = {
            n.attr
            for n in ast.walk(tree)
            if isinstance(n, ast.Attribute) and is_name(n.value, "random")
        }
        names = {
            n.removeprefix("random.") for n in imported(tree) if n.startswith("random.")
        }
        if calls | names <= {"Random"}:
            found.discard("random")
    return sorted(found)


def is_name(node: ast.AST | None, *names: str) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def swallows(tree: ast.AST) -> int:
    """How often any exception at all is caught and not raised again."""
    count = 0
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            kinds = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            last = node.body[-1]
            raises_again = isinstance(last, ast.Raise) and last.exc is None
            count += any(
                k is None or is_name(k, "Exception", "BaseException") for k in kinds
            ) and (not raises_again)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "suppress",
            "contextlib.suppress",
        ):
            count += any(is_name(a, "Exception", "BaseException") for a in node.args)
    return count


def bare_tasks(tree: ast.AST) -> list[int]:
    """Lines of asyncio.create_task and ensure_future, under whatever name."""
    banned = ("create_task", "ensure_future")
    lines = []
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.Attribute)
            and node.attr in banned
            and is_name(node.value, "asyncio")
        ):
            lines.append(node.lineno)
        if isinstance(node, ast.ImportFrom) and node.module == "asyncio":
            lines += [node.lineno for alias in node.names if alias.name in banned]
    return lines


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_core_is_pure() -> None:
    core = [
        p for p in SOURCES if named(p).startswith(tuple(f"proxy/{c}/" for c in CORE))
    ]
    found = {named(p): impurities(named(p), TREES[p]) for p in core}
    assert {path: names for path, names in found.items() if names} == {}


def test_unexpected_errors_are_swallowed_once_per_process() -> None:
    found = {named(p): swallows(TREES[p]) for p in SOURCES}
    assert {p: n for p, n in found.items() if n > SWALLOWERS.get(p, 0)} == {}


def test_no_task_without_an_owner() -> None:
    found = {named(p): bare_tasks(TREES[p]) for p in SOURCES}
    assert {path: lines for path, lines in found.items() if lines} == {}


def test_no_module_is_named_after_nothing() -> None:
    vague = {"utils", "util", "helpers", "common", "misc", "manager"}
    assert [
        named(p)
        for p in SOURCES
        if vague & set(p.relative_to(ROOT).with_suffix("").parts)
    ] == []


@pytest.mark.parametrize(
    ("path", "source", "found"),
    [
        pytest.param("proxy/model/a.py", "import os.path", ["os"], id="os"),
        pytest.param(
            "proxy/model/a.py", "from time import monotonic", ["time"], id="from time"
        ),
        pytest.param(
            "proxy/dialects/a.py",
            "def f():\n    import asyncio",
            ["asyncio"],
            id="inside",
        ),
        pytest.param("proxy/model/a.py", "import random", ["random"], id="random"),
        pytest.param(
            "proxy/scoring/a.py",
            "from random import Random",
            [],
            id="seeded in scoring",
        ),
        pytest.param(
            "proxy/scoring/a.py",
            "import random\nrandom.Random(1)",
            [],
            id="seeded, dotted",
        ),
        pytest.param(
            "proxy/scoring/a.py",
            "import random\nrandom.random()",
            ["random"],
            id="unseeded",
        ),
        pytest.param(
            "proxy/scoring/a.py", "from random import choice", ["random"], id="choice"
        ),
        pytest.param(
            "proxy/model/a.py", "from proxy.model import time", [], id="our own name"
        ),
    ],
)
def test_impurities_are_seen(path: str, source: str, found: list[str]) -> None:
    assert impurities(path, ast.parse(source)) == found


@pytest.mark.parametrize(
    ("handler", "count"),
    [
        pytest.param("except Exception: pass", 1, id="exception"),
        pytest.param("except (OSError, Exception) as e: print(e)", 1, id="in a tuple"),
        pytest.param("except BaseException: raise ValueError", 1, id="replaced"),
        pytest.param("except: pass", 1, id="bare"),
        pytest.param(
            "except BaseException:\n    print()\n    raise", 0, id="raised again"
        ),
        pytest.param("except OSError: pass", 0, id="narrow"),
    ],
)
def test_swallowing_is_seen(handler: str, count: int) -> None:
    assert swallows(ast.parse(f"try: f()\n{handler}")) == count


def test_suppressing_everything_is_seen() -> None:
    assert swallows(ast.parse("with contextlib.suppress(Exception): f()")) == 1


@pytest.mark.parametrize(
    "source", ["asyncio.create_task(f())", "from asyncio import ensure_future"]
)
def test_bare_tasks_are_seen(source: str) -> None:
    assert bare_tasks(ast.parse(source)) == [1]


def test_task_of_a_group_has_an_owner() -> None:
    assert bare_tasks(ast.parse("group.create_task(f())")) == []


# --- what the repository holds -------------------------------------------------------

FOLDERS = {"proxy", "probes", "dashboards", "config", "tests"}
FILES = {"pyproject.toml", "README.md", "LICENSE", "CHANGELOG.md", "Makefile"}
HIDDEN = {".ci", ".gitignore", ".gitattributes", ".dockerignore"}


@pytest.fixture(scope="session")
def tracked() -> list[Path]:
    """Files git holds, or would hold with the next `git add`."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode:
        pytest.skip(f"not a git checkout: {listing.stderr.strip()}")
    paths = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in paths if path.is_file()]


def test_top_level_is_the_layout(tracked: list[Path]) -> None:
    entries = {path.relative_to(ROOT).parts[0] for path in tracked}
    assert entries - FOLDERS - FILES - HIDDEN == set()


def test_every_folder_explains_itself() -> None:
    assert [f for f in sorted(FOLDERS) if not (ROOT / f / "README.md").is_file()] == []


def machine_paths() -> list[str]:
    """Folders that exist only where this test happens to run."""
    ordinary = {
        Path(p)
        for p in ("/", "/tmp", "/usr", "/opt", "/srv", "/home", "/root", "/var", "/etc")
    }
    ordinary |= {Path(p) for p in ("/src", "/app", "/mnt", "/data", "/build", "/run")}
    here = {ROOT, ROOT.parent, Path.home(), Path(sys.prefix)} - ordinary
    return [re.escape(str(path)) for path in here if path != Path(sys.base_prefix)]


def index_hosts() -> list[str]:
    hosts = [
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry.npmjs", "org"),
        ("deb.debian", "org"),
    ]
    return [re.escape(".".join(host)) for host in hosts]


def matching(paths: Iterable[Path], pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{named(path)}: {hit.group(0)}"
        for path in paths
        if (hit := pattern.search(path.read_text(errors="ignore")))
    ]


def test_no_file_names_this_machine(tracked: list[Path]) -> None:
    places = "|".join(machine_paths())
    pattern = re.compile(rf"(?<![\w./-])(?:{places})/|/home/\w+/\w|/Users/\w+/\w")
    assert matching(tracked, pattern) == []


def test_no_file_names_a_package_index(tracked: list[Path]) -> None:
    assert matching(tracked, re.compile("|".join(index_hosts()))) == []


# --- locks ---------------------------------------------------------------------------

LOCKS = sorted((ROOT / ".ci" / "lock").glob("*.txt"))


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / ".ci" / "lock" / f"{lock}.txt").read_text()
    return dict(re.findall(r"^([\w.-]+)==(\S+) \\$", text, re.MULTILINE))


def test_locks_are_there() -> None:
    assert [path.stem for path in LOCKS] == ["build", "dev", "model", "runtime"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.stem)
def test_lock_holds_pins_and_hashes_and_no_address(lock: Path) -> None:
    line = re.compile(r"[\w.-]+==\S+ \\|    --hash=sha256:[0-9a-f]{64}( \\)?")
    assert [
        text for text in lock.read_text().splitlines() if not line.fullmatch(text)
    ] == []


@pytest.mark.parametrize(
    ("lock", "wanted"),
    [
        pytest.param("runtime", PROJECT["project"]["dependencies"], id="runtime"),
        pytest.param("build", PROJECT["build-system"]["requires"], id="build"),
        pytest.param("dev", PROJECT["project"]["dependencies"], id="runtime in dev"),
        pytest.param(
            "dev", PROJECT["project"]["optional-dependencies"]["dev"], id="dev"
        ),
        pytest.param(
            "dev", PROJECT["project"]["optional-dependencies"]["fast"], id="fast"
        ),
    ],
)
def test_lock_meets_the_ranges(lock: str, wanted: list[str]) -> None:
    pinned = {canonicalize_name(name): version for name, version in pins(lock).items()}
    for requirement in map(Requirement, wanted):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked: make lock"
        assert requirement.specifier.contains(version), (
            f"{requirement} is locked at {version}"
        )


def test_what_is_tested_is_what_runs() -> None:
    dev = pins("dev")
    assert {name: dev.get(name) for name in pins("runtime")} == pins("runtime")


# --- the wheel -----------------------------------------------------------------------


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("wheel")
    command = "import sys, hatchling.build as b; b.build_wheel(sys.argv[1])"
    built = subprocess.run(
        [sys.executable, "-c", command, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert built.returncode == 0, built.stderr
    (path,) = folder.glob("*.whl")
    return zipfile.ZipFile(path).namelist()


def test_wheel_holds_two_packages_and_its_metadata(wheel: list[str]) -> None:
    version = PROJECT["project"]["version"]
    top = {name.split("/")[0] for name in wheel}
    assert top == {"proxy", "probes", f"seatrial-{version}.dist-info"}


def test_wheel_carries_what_operators_take_away(wheel: list[str]) -> None:
    assert {"proxy/share/config/README.md", "proxy/share/dashboards/README.md"} <= set(
        wheel
    )


def test_wheel_holds_every_module(wheel: list[str]) -> None:
    assert {named(path) for path in SOURCES} <= set(wheel)


def test_wheel_holds_no_leftovers(wheel: list[str]) -> None:
    assert [
        name
        for name in wheel
        if "__pycache__" in name or name.endswith((".pyc", ".db"))
    ] == []
