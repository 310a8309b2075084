"""What a process and all its descendants have cost so far, from /proc."""

from pathlib import Path

PROC = Path("/proc")


def tree(pid: int) -> list[int]:
    """The process and its descendants; those that end meanwhile are left out."""
    found, waiting = [], [pid]
    while waiting:
        parent = waiting.pop()
        children = [read(task / "children") for task in tasks(parent)]
        if children:
            found.append(parent)
            waiting += [int(child) for line in children for child in line.split()]
    return found


def cpu_seconds(pid: int) -> float:
    """Time on a processor, of every thread. `stat` counts ticks of 10 ms, this nanoseconds."""
    lines = (read(task / "schedstat") for each in tree(pid) for task in tasks(each))
    return sum(int(line.split()[0]) for line in lines if line) / 1e9


def pss_bytes(pid: int) -> int:
    """Memory, where pages shared by n processes count as 1/n to each."""
    return sum(pss(each) for each in tree(pid))


def pss(pid: int) -> int:
    for line in read(PROC / str(pid) / "smaps_rollup").splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024
    return 0


def tasks(pid: int) -> list[Path]:
    try:
        return list((PROC / str(pid) / "task").iterdir())
    except (FileNotFoundError, ProcessLookupError):
        return []


def read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
