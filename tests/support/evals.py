"""Datasets and evaluation runs of a server."""
import time

from .access import Caller

ENDED = ("succeeded", "failed", "cancelled")


def wait_for_run(caller: Caller, run: str, *states: str, seconds: float = 120) -> dict:
    """Until the run has ended, in one of these states when any are given."""
    until = time.monotonic() + seconds
    while True:
        shown = caller.json("GET", f"/v1/evals/runs/{run}")
        if shown["state"] in ENDED:
            assert not states or shown["state"] in states, shown
            return shown
        assert time.monotonic() < until, shown
        time.sleep(0.02)


def evaluate(caller: Caller, dataset: str, *states: str, **fields) -> dict:
    """A run that has ended."""
    started = caller.json("POST", "/v1/evals/runs", {"dataset": dataset, **fields}, 202)
    return wait_for_run(caller, started["id"], *(states or ("succeeded",)))


def results(caller: Caller, run: str, query: str = "") -> list:
    out, cursor = [], ""
    while True:
        page = caller.json("GET", f"/v1/evals/runs/{run}/results?limit=100{query}" + (f"&cursor={cursor}" if cursor else ""))
        out += page["data"]
        if not page["next_cursor"]:
            return out
        cursor = page["next_cursor"]
