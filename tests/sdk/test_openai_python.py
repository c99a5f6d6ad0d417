"""The official OpenAI SDK for Python, unmodified but for its base URL."""
import asyncio
import json
import time

import openai
import pytest

from support.sdk_server import KEY

SENTENCE = "The fake provider has read your request and answers with this sentence."
HELLO = [{"role": "user", "content": "Hello, wörld"}]
WEATHER = [{
    "type": "function",
    "function": {
        "name": "get_weather", "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}]


@pytest.fixture
def client(maester):
    with openai.OpenAI(base_url=maester.url + "/v1", api_key=KEY, max_retries=0, timeout=20) as made:
        yield made


def test_lists_models(client):
    names = [model.id for model in client.models.list()]
    assert "plain" in names


def test_chat(client):
    answer = client.chat.completions.create(model="plain", messages=HELLO)
    assert answer.object == "chat.completion"
    assert answer.choices[0].message.role == "assistant"
    assert answer.choices[0].message.content == SENTENCE
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens > 0


def test_the_text_arrives_as_it_was_sent(client):
    text = "Zürich 😀 \"quoted\" \\ \u2028 tab\tend"
    answer = client.chat.completions.create(model="fake/echo", messages=[{"role": "user", "content": text}])
    assert answer.choices[0].message.content == text


def test_max_tokens_caps_the_answer(client):
    answer = client.chat.completions.create(model="plain", messages=HELLO, max_tokens=3)
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage.completion_tokens <= 3


def test_headers_name_the_request(client):
    raw = client.chat.completions.with_raw_response.create(model="plain", messages=HELLO)
    assert len(raw.headers["x-request-id"]) == 36
    assert len(raw.headers["x-maester-trace-id"]) == 32
    assert raw.headers["x-maester-provider"] == "fake-openai"
    assert raw.parse().choices[0].message.content == SENTENCE


def test_the_extension_comes_when_it_was_asked_for(client):
    plain = client.chat.completions.create(model="plain", messages=HELLO)
    assert "maester" not in (plain.model_extra or {})
    asked = client.chat.completions.create(model="plain", messages=HELLO, extra_body={"maester": {}})
    receipt = asked.model_extra["maester"]
    assert receipt["provider"] == "fake-openai"
    assert receipt["decision"] == "return"


def test_streams(client):
    with client.chat.completions.create(model="plain", messages=HELLO, stream=True) as stream:
        chunks = list(stream)
    assert "".join(c.choices[0].delta.content or "" for c in chunks if c.choices) == SENTENCE
    assert chunks[-1].choices, "no usage chunk for a client that did not ask for it"
    assert [c.choices[0].finish_reason for c in chunks][-1] == "stop"
    assert all(c.usage is None for c in chunks)


def test_streams_with_usage(client):
    with client.chat.completions.create(model="plain", messages=HELLO, stream=True,
                                        stream_options={"include_usage": True}) as stream:
        chunks = list(stream)
    assert chunks[-1].choices == []
    assert chunks[-1].usage.completion_tokens > 0
    assert sum(1 for c in chunks if c.usage) == 1


def test_a_stream_is_delivered_as_it_comes(client):
    started = time.monotonic()
    with client.chat.completions.create(model="fake/stream:chunks=10:interval_ms=100", messages=HELLO, stream=True) as stream:
        next(iter(stream))
        first = time.monotonic() - started
    assert first < 0.6


def test_tool_calls(client):
    answer = client.chat.completions.create(model="fake/tools", messages=HELLO, tools=WEATHER)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.id and call.type == "function" and call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Paris", "unit": "celsius"}


@pytest.mark.parametrize("model, count", [("fake/tools", 1), ("fake/tools-parallel", 2)])
def test_tool_calls_with_streamed_arguments(client, model, count):
    calls = {}
    finish = None
    with client.chat.completions.create(model=model, messages=HELLO, tools=WEATHER, stream=True) as stream:
        for chunk in stream:
            for choice in chunk.choices:
                finish = choice.finish_reason or finish
                for delta in choice.delta.tool_calls or []:
                    call = calls.setdefault(delta.index, {"id": None, "name": "", "arguments": ""})
                    call["id"] = delta.id or call["id"]
                    call["name"] += delta.function.name or ""
                    call["arguments"] += delta.function.arguments or ""
    assert finish == "tool_calls"
    assert sorted(calls) == list(range(count))
    assert len({call["id"] for call in calls.values()}) == count
    assert json.loads(calls[0]["arguments"]) == {"city": "Paris", "unit": "celsius"}
    assert all(call["name"] == "get_weather" for call in calls.values())


def test_a_wrong_key_is_an_authentication_error(maester):
    wrong = openai.OpenAI(base_url=maester.url + "/v1", api_key="mst_wrong_0123456789abcdef0123456789abcdef", max_retries=0)
    with pytest.raises(openai.AuthenticationError) as caught:
        wrong.chat.completions.create(model="plain", messages=HELLO)
    assert caught.value.code == "unauthenticated"
    assert caught.value.request_id


def test_an_unknown_model_is_a_not_found_error(client):
    with pytest.raises(openai.NotFoundError) as caught:
        client.chat.completions.create(model="no-such-model", messages=HELLO)
    assert caught.value.code == "model_not_found"
    assert "no-such-model" in str(caught.value)


@pytest.mark.parametrize("wrong", [{"n": 99}, {"max_tokens": -1}, {"stop": ["a", "b", "c", "d", "e"]}])
def test_a_request_out_of_bounds_is_a_bad_request_that_names_the_field(client, wrong):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="plain", messages=HELLO, **wrong)
    assert caught.value.code == "invalid_request"
    assert caught.value.param == next(iter(wrong))


def test_messages_of_a_wrong_type_are_a_bad_request(client):
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="plain", messages="Hello")
    assert caught.value.param == "messages"


def test_the_providers_refusal_of_the_request_passes_through(client):
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(model="fake/fault:400", messages=HELLO)


def test_a_provider_that_fails_is_an_upstream_error(client):
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="fake/fault:503", messages=HELLO)
    assert caught.value.status_code == 502
    assert caught.value.code == "upstream_error"
    assert "sk-fake" not in str(caught.value)


def test_a_provider_that_limits_is_a_rate_limit_error(client):
    with pytest.raises(openai.RateLimitError) as caught:
        client.chat.completions.create(model="fake/fault:429:retry-after=1", messages=HELLO)
    assert caught.value.code == "rate_limited"
    assert int(caught.value.response.headers["retry-after"]) >= 1


def test_the_clients_timeout(client):
    with pytest.raises(openai.APITimeoutError):
        client.with_options(timeout=0.5).chat.completions.create(model="fake/fault:hang-headers", messages=HELLO)


def test_the_servers_timeout(client):
    started = time.monotonic()
    with pytest.raises(openai.InternalServerError) as caught:
        client.chat.completions.create(model="fake/fault:hang-headers", messages=HELLO,
                                       extra_headers={"x-request-timeout": "700"})
    assert caught.value.status_code == 504
    assert caught.value.code == "deadline_exceeded"
    assert time.monotonic() - started < 20


def test_leaving_a_stream_cancels_the_providers_call(client, provider_sees_a_client_leave):
    with provider_sees_a_client_leave():
        with client.chat.completions.create(model="fake/stream:chunks=500:interval_ms=20", messages=HELLO, stream=True) as stream:
            for _, chunk in zip(range(3), stream):
                assert chunk.object == "chat.completion.chunk"


def test_a_stream_that_breaks_is_an_error_and_never_a_clean_end(client):
    got = ""
    with pytest.raises((openai.APIError, openai.APIConnectionError)) as caught:
        with client.chat.completions.create(model="fake/fault:rst-mid;stream:chunks=8:interval_ms=10", messages=HELLO,
                                            stream=True) as stream:
            for chunk in stream:
                got += chunk.choices[0].delta.content or "" if chunk.choices else ""
    assert got
    assert "broke" in str(caught.value) or caught.value.code == "upstream_error"


def test_many_streams_at_once_keep_apart(maester):
    async def one(client, n):
        text = f"stream number {n} " * 20
        stream = await client.chat.completions.create(model="fake/echo", messages=[{"role": "user", "content": text}],
                                                      stream=True)
        got = "".join([c.choices[0].delta.content or "" async for c in stream if c.choices])
        assert got == text

    async def all_of_them():
        async with openai.AsyncOpenAI(base_url=maester.url + "/v1", api_key=KEY, max_retries=0, timeout=20) as client:
            await asyncio.gather(*(one(client, n) for n in range(40)))

    asyncio.run(all_of_them())


def test_an_anthropic_model_through_the_openai_sdk(client):
    answer = client.chat.completions.create(model="anth/plain", messages=HELLO)
    assert answer.choices[0].message.content == SENTENCE
    with client.chat.completions.create(model="anth/tools", messages=HELLO, tools=WEATHER, stream=True) as stream:
        arguments = "".join(d.function.arguments or "" for c in stream for x in c.choices for d in x.delta.tool_calls or [])
    assert json.loads(arguments) == {"city": "Paris", "unit": "celsius"}
