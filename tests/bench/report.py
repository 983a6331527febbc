"""The results as tables, against their bars, and as JSON."""

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from idle import Idle
from limits import Limits
from measure import Measured, Ratio, Series
from memory import Memory

MIB_PER_WORKER = 40.0


@dataclass
class Verdict:
    """One bar and what was reached."""

    name: str
    bar: float
    reached: float

    @property
    def met(self) -> bool:
        return self.reached <= self.bar


def progress(text: str) -> None:
    """What is going on, on a terminal: one line that is overwritten."""
    if sys.stderr.isatty():
        print(f"\r\033[K  {text}", end="", file=sys.stderr, flush=True)


def table(title: str, rows: Sequence[Sequence[str]]) -> None:
    progress("")
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    print(f"\n{title}")
    for row in rows:
        name, *cells = row
        padded = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        print("  " + "  ".join([name.ljust(widths[0]), *padded]).rstrip(), flush=True)


def cpu(title: str, measured: list[tuple[Measured, Series, float | None]]) -> None:
    head = ["", "bare", "baseline", "filter", "× bare", "× baseline", "least–most", "bar", ""]
    table(title, [head, *(cpu_row(one.case.name, series, bar) for one, series, bar in measured)])


def cpu_row(name: str, series: Series, bar: float | None) -> list[str]:
    to_baseline, to_bare = series.ratio("baseline"), series.ratio("bare")
    micros = [f"{series.median(each):.1f}" for each in ("bare", "baseline", "filter")]
    return [
        name, *micros, f"{to_bare.median:.2f}", f"{to_baseline.median:.2f}",
        f"{to_baseline.least:.2f}–{to_baseline.most:.2f}",
        f"{bar:.2f}" if bar else "", verdict_mark(bar, to_baseline),
    ]


def verdict_mark(bar: float | None, ratio: Ratio) -> str:
    if bar is None:
        return ""
    return "met" if ratio.median <= bar else "MISSED"


def chunks_seen(measured: list[Measured]) -> None:
    """Each configuration must have seen the same stream in the same pieces."""
    for one in measured:
        seen = ", ".join(f"{name} {count:.1f}" for name, count in one.chunks_seen.items())
        print(f"  chunks that clients received for each {one.case.name}: {seen}")


def memory(result: Memory) -> None:
    rows = [["", "baseline", "filter", "added"]]
    for workers in (1, 2):
        mib = [result.mib[f"{name}/{workers}"] for name in ("baseline", "filter")]
        cells = [f"{value:.1f}" for value in (*mib, result.added(workers))]
        rows.append([f"{workers} worker{'s' * (workers > 1)}", *cells])
    table("Resident memory after all of the above, MiB", rows)
    print(f"  each further worker adds {result.added_per_further_worker():.1f} MiB")


def idle(result: Idle) -> None:
    kib = ", ".join(f"{name} {value:.1f} KiB" for name, value in result.kib_per_stream.items())
    table(f"{result.streams} streams, silent after their first chunk", [
        ["began", str(result.opened)],
        ["still open after the silence", str(result.still_open)],
        ["went on to a proper end", str(result.completed)],
        ["99th percentile of other requests meanwhile", f"{result.p99_ms_meanwhile:.1f} ms"],
        ["memory for each stream", kib],
    ])


def limits(result: Limits) -> None:
    rows = [["", "off", "on", "added"]]
    for name, values, added in (
        ("CPU of Envoy, µs per request", result.micros, result.added_micros),
        ("one client, median µs per request", result.p50_us, result.added_p50_us),
    ):
        cells = [f"{value:.1f}" for value in (values["off"], values["on"], added)]
        rows.append([name, *cells])
    table("Limits, budgets and ledger", rows)
    print(f"  callouts for 100 requests at 1,000 a second: {result.callouts_per_100:.2f}")
    print(f"  the sidecar at 5,000 requests a second, reckoned: {result.sidecar_share:.1%} of a core")


def verdicts(measured: list[Measured], memory: Memory | None, idle: Idle | None,
             limited: Limits | None) -> list[Verdict]:
    found = []
    for one in measured:
        if one.case.request_bar:
            ratio = one.request.ratio("baseline").median
            found.append(Verdict(one.case.name, one.case.request_bar, ratio))
        if one.case.chunk_bar:
            ratio = one.chunk.ratio("baseline").median
            found.append(Verdict(f"{one.case.name}, per chunk", one.case.chunk_bar, ratio))
    if memory:
        worst = max(memory.added(1), memory.added(2) / 2, memory.added_per_further_worker())
        found.append(Verdict("added memory per worker, MiB", MIB_PER_WORKER, worst))
    if idle:
        fewest = min(idle.opened, idle.still_open, idle.completed)
        found.append(Verdict("idle streams lost", 0, idle.streams - fewest))
    if limited:
        found += [
            Verdict("limits: CPU of Envoy, µs more", 5, limited.added_micros),
            Verdict("limits: median latency, µs more", 50, limited.added_p50_us),
            Verdict("limits: callouts for 100 requests", 1, limited.callouts_per_100),
            Verdict("limits: the sidecar, percent of a core", 20, 100 * limited.sidecar_share),
        ]
    return found


def summary(found: list[Verdict]) -> None:
    table("Bars", [
        ["", "reached", "bar", ""],
        *([v.name, f"{v.reached:.2f}", f"{v.bar:.2f}", "met" if v.met else "MISSED"] for v in found),
    ])


def as_json(machine: dict, measured: list[Measured], found: list[Verdict],
            memory: Memory | None, idle: Idle | None, answered: dict[str, float]) -> dict:
    return {
        "machine": machine,
        "cases": [
            {
                "name": one.case.name,
                "request_us": one.request.rounds,
                "chunk_us": one.chunk.rounds,
                "chunks_seen": one.chunks_seen,
                "busy": one.busy,
            }
            for one in measured
        ],
        "answered_by_the_gateway_us": answered,
        "memory_mib": memory.mib if memory else None,
        "idle": asdict(idle) if idle else None,
        "bars": [{**asdict(v), "met": v.met} for v in found],
    }
