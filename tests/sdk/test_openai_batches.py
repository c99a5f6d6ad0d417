"""The official OpenAI SDK's files and batches, unmodified but for the base URL."""
import io
import json
import time

import openai
import pytest

from support.sdk_server import KEY


@pytest.fixture
def client(maester):
    with openai.OpenAI(base_url=maester.url + "/v1", api_key=KEY, max_retries=0, timeout=20) as made:
        yield made


def rows(count: int) -> bytes:
    return "".join(json.dumps({"custom_id": f"r{n}", "method": "POST", "url": "/v1/chat/completions",
                               "body": {"model": "plain", "messages": [{"role": "user", "content": f"question {n}"}]}}) + "\n"
                   for n in range(count)).encode()


def wait(client, batch):
    until = time.monotonic() + 60
    while batch.status not in ("completed", "failed", "expired", "cancelled"):
        assert time.monotonic() < until, batch
        time.sleep(0.05)
        batch = client.batches.retrieve(batch.id)
    return batch


def test_files(client):
    made = client.files.create(file=("words.jsonl", rows(3)), purpose="batch", expires_after={"anchor": "created_at", "seconds": 3600})
    assert made.bytes == len(rows(3)) and made.filename == "words.jsonl" and made.expires_at == made.created_at + 3600
    assert client.files.retrieve(made.id) == made
    assert client.files.content(made.id).read() == rows(3)
    more = [client.files.create(file=io.BytesIO(b"x"), purpose="user_data").id for _ in range(3)]
    assert [file.id for file in client.files.list(purpose="user_data", limit=1)][:3] == more[::-1]  # follows the pages
    assert client.files.delete(made.id).deleted is True
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(made.id)


def test_a_batch(client):
    source = client.files.create(file=("in.jsonl", rows(20)), purpose="batch")
    batch = client.batches.create(input_file_id=source.id, endpoint="/v1/chat/completions", completion_window="24h", metadata={"night": "1"},
                                  output_expires_after={"anchor": "created_at", "seconds": 86_400})
    assert batch.status == "validating" and batch.metadata == {"night": "1"}
    batch = wait(client, batch)
    assert batch.status == "completed" and batch.request_counts.completed == 20 and batch.usage.total_tokens > 0
    answers = [json.loads(line) for line in client.files.content(batch.output_file_id).text.splitlines()]
    assert [one["custom_id"] for one in answers] == [f"r{n}" for n in range(20)]
    completion = openai.types.chat.ChatCompletion.model_validate(answers[3]["response"]["body"])
    assert completion.choices[0].message.content
    output = client.files.retrieve(batch.output_file_id)
    assert output.purpose == "batch_output" and output.expires_at == output.created_at + 86_400
    assert batch.id in [one.id for one in client.batches.list(limit=1)]


def test_a_refused_batch_and_a_cancelled_one(client):
    broken = client.files.create(file=("in.jsonl", b"nonsense\n"), purpose="batch")
    batch = wait(client, client.batches.create(input_file_id=broken.id, endpoint="/v1/chat/completions", completion_window="24h"))
    assert batch.status == "failed" and batch.errors.data[0].line == 1 and batch.errors.data[0].code == "invalid_json_line"
    slow = client.files.create(file=("in.jsonl", rows(200).replace(b'"plain"', b'"fake/latency:400"')), purpose="batch")
    batch = client.batches.create(input_file_id=slow.id, endpoint="/v1/chat/completions", completion_window="24h")
    assert client.batches.cancel(batch.id).status in ("cancelling", "cancelled")
    batch = wait(client, batch)
    assert batch.status == "cancelled" and batch.request_counts.completed < 200
    with pytest.raises(openai.ConflictError):
        client.batches.cancel(batch.id)
    with pytest.raises(openai.NotFoundError):
        client.batches.create(input_file_id="file-none", endpoint="/v1/chat/completions", completion_window="24h")
