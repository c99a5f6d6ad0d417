"""What Prometheus' own parser makes of /metrics."""
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

from support.sdk_server import KEY
from support import client


def scrape(maester) -> dict:
    with urllib.request.urlopen(maester.url + "/metrics", timeout=10) as answer:
        assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
        return {family.name: family for family in text_string_to_metric_families(answer.read().decode())}


def test_metrics_are_readable_and_name_the_process(maester):
    families = scrape(maester)
    assert any(name.startswith("maester_") for name in families)
    assert families["process_resident_memory_bytes"].samples[0].value > 1 << 20
    assert families["process_cpu_seconds"].type == "counter"


def test_requests_are_counted_by_status(maester):
    def counted(status: str) -> float:
        return sum(s.value for s in scrape(maester)["maester_requests"].samples
                   if s.name.endswith("_total") and s.labels["status"] == status)

    before = counted("2xx"), counted("4xx")
    headers = {"authorization": f"Bearer {KEY}"}
    assert client.chat(maester.port, "plain", headers=headers).status == 200
    assert client.chat(maester.port, "no-such-model", headers=headers).status == 404
    assert (counted("2xx"), counted("4xx")) == (before[0] + 1, before[1] + 1)


def test_histograms_are_cumulative_and_agree_with_their_count(maester):
    for family in scrape(maester).values():
        if family.type != "histogram":
            continue
        series = {}
        for sample in family.samples:
            key = tuple(sorted((k, v) for k, v in sample.labels.items() if k != "le"))
            series.setdefault(key, []).append(sample)
        for samples in series.values():
            buckets = [s.value for s in samples if s.name.endswith("_bucket")]
            assert buckets == sorted(buckets)
            assert buckets[-1] == next(s.value for s in samples if s.name.endswith("_count"))
