"""Holds the ledger to what providers have counted themselves, to the token and the pico-dollar."""

from collections import Counter

from . import bookkeeper
from .bookkeeper import Bookkeeper
from .counting import Served
from .kills import Kill, wait_until
from .services import Postgres


def used(served: dict[str, list[Served]]) -> dict[str, tuple[int, ...]]:
    """By the providers' own count: requests, tokens of input and of output, and what they cost in
    pico-dollars."""
    found = {}
    for name, requests in served.items():
        prompt = sum(one.prompt for one in requests)
        output = sum(one.output for one in requests)
        cost = 1_000_000 * prompt + 10_000_000 * output
        found[name] = (len(requests), prompt, output, cost)
    return found


def billed(postgres: Postgres, table: str) -> dict[str, tuple[int, ...]]:
    """The same by the ledger."""
    rows = postgres.rows(
        "SELECT provider, COUNT(*), SUM(input_tokens), SUM(output_tokens), SUM(cost_pico_usd)"
        f" FROM {table} WHERE provider IS NOT NULL GROUP BY provider"
    )
    return {name: tuple(map(int, sums)) for name, *sums in rows}


def request_ids(postgres: Postgres) -> set[str]:
    """Of all requests that somebody has served, by the ledger."""
    rows = postgres.rows("SELECT request_id FROM requests WHERE provider IS NOT NULL")
    ids = {request_id for (request_id,) in rows}
    assert len(ids) == len(rows), "a request has one row"
    return ids


def settle(postgres: Postgres, ids: set[str]) -> None:
    """Waits until the ledger has all of these requests."""
    wait_until(lambda: ids <= request_ids(postgres), 30, f"rows of {len(ids)} requests")


def assert_refusals_are_free(postgres: Postgres, statuses: Counter[int]) -> None:
    """Each answer that is no 200 has its row, and that costs nothing and bills nobody."""
    (row,) = postgres.rows(
        "SELECT COUNT(*), COUNT(provider), SUM(input_tokens + output_tokens),"
        " COALESCE(SUM(cost_pico_usd), 0) FROM requests WHERE outcome = 'refused'"
    )
    refused = sum(count for status, count in statuses.items() if status != 200)
    assert refused > 0
    assert row == [str(refused), "0", "0", "0"]


def assert_kept_what_was_acknowledged(
    postgres: Postgres, keepers: list[Bookkeeper], kills: list[Kill]
) -> None:
    rows = postgres.rows(
        f"SELECT request_id FROM requests WHERE key_id = '{bookkeeper.KEY}'"
    )
    kept = [request_id for (request_id,) in rows]
    assert len(kept) == len(set(kept)), "a row that came twice is kept once"
    for keeper in keepers:
        lost = keeper.ids() - set(kept)
        assert not lost, f"{len(lost)} rows were acknowledged and are lost"
    # Rows were acknowledged just before each kill, and others were on their way.
    batches = [batch for keeper in keepers for batch in keeper.acknowledged]
    for one in kills:
        assert any(one.at - 1 < batch.at < one.at for batch in batches), one
        assert any(
            batch.begun < one.at + 0.1 and batch.at > one.back - 0.1 for batch in batches
        ), one
