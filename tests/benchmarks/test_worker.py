"""The page of the workers."""

from benchmarks.worker import OURS, WORKERS, goals, page


def test_ours_is_held_against_each_of_the_others() -> None:
    """A worker that is half as fast is reached by twice, and the rest is missed."""
    rates = {one.name: [500.0, 510.0, 490.0] for one in WORKERS}
    rates["rq.SimpleWorker"] = [250.0]
    met = {one.what.partition("against ")[2]: one.is_met for one in goals(rates)}
    assert met["rq.SimpleWorker"]
    assert not met["rq.Worker"]
    assert len(met) == len(WORKERS) - 1


def test_the_page_has_a_row_for_each_worker() -> None:
    """Medians, quartiles, ratio and verdict stand in a worker's row."""
    rates = {one.name: [100.0] for one in WORKERS} | {OURS: [790.0, 800.0, 810.0]}
    text = page(rates, load=0.0)
    assert f"| `{OURS}` | 800 | 795 to 805 |  |  |" in text
    assert "| `rq.Worker` | 100 | 100 to 100 | 8.00× | ≥ 8× (reached) |" in text
