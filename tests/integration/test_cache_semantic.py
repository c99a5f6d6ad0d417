"""The semantic cache with vectors of a configured model: asked through the gateway, paid, and never in the way of an answer."""
import threading
import time

import pytest
from support import client, configs
from support.embedding_server import EmbeddingServer
from support.programs import Maester


@pytest.fixture
def vectors():
    server = EmbeddingServer()
    yield server
    server.shutdown()


def config_for(provider, vectors, upstream: str = "v1") -> str:
    config = (configs.NO_LIMITS + configs.FORGETFUL + configs.providers(provider.port) + configs.models(["plain", "latency:700"])).replace(
        'allow = ["', f'allow = ["127.0.0.1:{vectors.port}", "', 1)
    config += f'[[providers]]\nname = "vectors"\nkind = "openai-compatible"\nbase_url = "http://127.0.0.1:{vectors.port}/v1"\n'
    config += configs.models({"embed": upstream}, "vectors")
    for name, target, more in (("faq", "plain", ', embedding_model = "embed"'), ("slow", "latency:700", ', embedding_model = "embed"'), ("words", "plain", "")):
        config += configs.route(name, [target]) + f'cache = {{ mode = "semantic", ttl_s = 60, threshold_percent = 95{more} }}\n'
    return config


@pytest.fixture
def server(space, provider, binary, tmp_path, vectors):
    provider.reset()
    return space.add(Maester(tmp_path, config_for(provider, vectors)))


def ask(server, text, route="faq", **more):
    answer = client.chat(server.port, route, text, **more)
    assert answer.status == 200, answer.body
    return answer


def cache_of(answer) -> str:
    return answer.headers["x-maester-cache"]


def receipt(server, answer) -> dict:
    return client.request(server.port, "GET", f"/v1/requests/{answer.headers['x-maester-request-id']}").json()


def test_meaning_that_words_do_not_show(server, vectors):
    first, alike = ask(server, "the dog"), ask(server, "my hound")
    assert (cache_of(first), cache_of(alike)) == ("miss", "hit") and alike.text() == first.text()
    assert 0.95 <= receipt(server, alike)["cache_source"]["similarity"] < 1
    assert cache_of(ask(server, "the car")) == "miss"
    assert cache_of(ask(server, "a puppy of 3 months")) == "miss", "another number"
    assert cache_of(ask(server, "the dog")) == "hit"
    assert vectors.texts == [text + "\n" for text in ("the dog", "my hound", "the car", "a puppy of 3 months")], "an equal request needs no vector"
    # Hashed words know nothing of it, and the two kinds of vectors are never compared.
    assert [cache_of(ask(server, text, "words")) for text in ("the dog", "my hound")] == ["miss", "miss"]
    assert vectors.asked == 4


def test_a_vector_is_paid_for_and_told_of(server):
    answer = ask(server, "the dog")
    rows = client.request(server.port, "GET", "/v1/requests").json()["data"]
    assert sorted(row["model"] for row in rows) == ["embed", "faq"], rows
    own = next(row for row in rows if row["model"] == "embed")
    told = client.request(server.port, "GET", f"/v1/requests/{own['request_id']}").json()
    assert told["operation"] == "embeddings" and told["purpose"] == "cache"
    assert told["judges_for"] == answer.headers["x-maester-request-id"]
    assert told["usage"]["input_tokens"] == 1 and float(told["cost"]["total"]) > 0


@pytest.mark.parametrize("fault, delay", [(500, 0), (0, 5)])
def test_a_model_that_does_not_answer_is_not_in_the_way(server, vectors, fault, delay):
    vectors.fault, vectors.delay = fault, delay
    started = time.monotonic()
    assert [cache_of(ask(server, text)) for text in ("the dog", "my hound", "the dog")] == ["miss", "miss", "hit"]
    assert time.monotonic() - started < 60
    vectors.fault, vectors.delay = 0, 0
    assert [cache_of(ask(server, text)) for text in ("a hound", "one puppy")] == ["miss", "hit"]


def test_equal_requests_at_one_time_ask_for_one_vector(server, provider, vectors):
    before = provider.wait_idle()["requests"]
    threads = [threading.Thread(target=ask, args=(server, "the dog", "slow")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert vectors.asked == 1 and provider.wait_idle()["requests"] == before + 1


def test_the_vectors_of_another_model_are_not_compared(server, provider, vectors):
    assert [cache_of(ask(server, text)) for text in ("the dog", "my hound")] == ["miss", "hit"]
    text = server.config_path.read_text()
    put = client.request(server.port, "PUT", "/v1/config", text.replace('upstream_model = "v1"', 'upstream_model = "v2"').encode())
    assert put.status == 200, put.body
    assert [cache_of(ask(server, text)) for text in ("a hound", "one puppy")] == ["miss", "hit"]


def test_a_name_that_is_no_model_is_told(space, provider, binary, tmp_path, vectors):
    import subprocess

    from support.programs import maester_binary
    path = tmp_path / "wrong.toml"
    good = config_for(provider, vectors)
    for old, new, why in (('embedding_model = "embed"', 'embedding_model = "embad"', "unknown model `embad`"),
                          ('mode = "semantic", ttl_s = 60, threshold_percent = 95, embedding_model', 'mode = "exact", embedding_model', "semantic")):
        path.write_text(good.replace(old, new))
        done = subprocess.run([maester_binary(), "config", "check", path, "--no-secrets"], capture_output=True, text=True)
        assert done.returncode == 1 and why in done.stdout + done.stderr, done
