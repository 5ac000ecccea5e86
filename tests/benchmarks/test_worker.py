"""The page of the workers."""

from benchmarks.worker import OURS, WORKERS, Emptied, goals, page


def emptied(*rates: float) -> list[Emptied]:
    """Return rounds of such rates."""
    return [Emptied(rate=rate, cpu_us=1500) for rate in rates]


def test_ours_is_held_against_each_of_the_others() -> None:
    """A worker that is half as fast is reached by twice, and the rest is missed."""
    rates = {one.name: emptied(500, 510, 490) for one in WORKERS}
    rates["rq.SimpleWorker"] = emptied(250)
    met = {one.what.partition("against ")[2]: one.is_met for one in goals(rates)}
    assert met["rq.SimpleWorker"]
    assert not met["rq.Worker"]
    assert len(met) == len(WORKERS) - 1


def test_the_page_has_a_row_for_each_worker() -> None:
    """Medians, quartiles, ratio and verdict stand in a worker's row."""
    rates = {one.name: emptied(100) for one in WORKERS} | {OURS: emptied(790, 800, 810)}
    text = page(rates, load=0.0)
    assert f"| `{OURS}` | 800 | 795 to 805 | 1,500 |  |  |" in text
    assert "| `rq.Worker` | 100 | 100 to 100 | 1,500 | 8.00× | ≥ 8× (reached) |" in text
