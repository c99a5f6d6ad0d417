"""T13 in its short form; in full: ./dev load storm --full."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "load"))
import storm  # noqa: E402


def test_a_failing_upstream_is_not_stormed_and_clients_are_served(tmp_path, binary):
    broken = [f"{promise}: {figure}" for promise, kept, figure in storm.storm(tmp_path, full=False) if not kept]
    assert not broken
