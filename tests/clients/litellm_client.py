"""LiteLLM's SDK, with its providers `openai`, `litellm_proxy` and `anthropic` pointed at Maester."""
import asyncio
import json

import litellm
import openai
from pydantic import BaseModel

from scenario import KEY, SENTENCE, URL, VECTOR, raises, run, scenario

litellm.suppress_debug_info = True
HELLO = [{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello, wörld"}]
TOOLS = [{"type": "function", "function": {"name": "get_weather", "description": "Weather of a city", "parameters": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]
WAYS = [f"{way}/{side}" for way in ("openai", "litellm_proxy", "anthropic") for side in ("fake", "anth")]


class Weather(BaseModel):
    city: str
    temperature: int
    sunny: bool


class Trip(BaseModel):
    city: str
    unit: str


def connection(way: str) -> dict:
    return {"api_base": URL if way.startswith("anthropic") else URL + "/v1", "api_key": KEY, "num_retries": 0, "max_retries": 0, "timeout": 20}


def ask(way: str, model: str, **more):
    return litellm.completion(model=f"{way}/{model}", **{"messages": HELLO, **connection(way), **more})


@scenario
def chat():
    for way in WAYS:
        answer = ask(way, "plain", max_tokens=64)
        assert answer.choices[0].message.content == SENTENCE, (way, answer)
        assert answer.usage.prompt_tokens > 0 < answer.usage.completion_tokens, (way, answer)


@scenario
def stream():
    for way in WAYS:
        chunks = list(ask(way, "plain", stream=True, stream_options={"include_usage": True}))
        whole = litellm.stream_chunk_builder(chunks, messages=HELLO)
        assert whole.choices[0].message.content == SENTENCE and len(chunks) > 1, (way, whole)
        assert whole.choices[0].finish_reason == "stop" and whole.usage.completion_tokens > 0, (way, whole)


@scenario
def asynchronous():
    async def one(n):
        answer = await litellm.acompletion(model="openai/fake/echo", messages=[{"role": "user", "content": f"text {n}"}], **connection("openai"))
        return answer.choices[0].message.content

    async def all_of_them():
        return await asyncio.gather(*(one(n) for n in range(20)))

    assert asyncio.run(all_of_them()) == [f"text {n}" for n in range(20)]


def cities(message) -> list:
    return [json.loads(call.function.arguments)["city"] for call in message.tool_calls]


@scenario
def tools_and_their_results():
    for way in WAYS:
        message = ask(way, "tools-parallel", tools=TOOLS).choices[0].message
        assert cities(message) == ["Paris", "Zürich"], (way, message)
        results = [{"role": "tool", "tool_call_id": call.id, "content": "warm"} for call in message.tool_calls]
        then = ask(way, "plain", tools=TOOLS, messages=[*HELLO, message.model_dump(exclude_none=True), *results])
        assert then.choices[0].message.content == SENTENCE, (way, then)


@scenario
def streamed_tool_calls():
    for way in WAYS:
        whole = litellm.stream_chunk_builder(list(ask(way, "tools-parallel", tools=TOOLS, stream=True)), messages=HELLO)
        assert cities(whole.choices[0].message) == ["Paris", "Zürich"], (way, whole)
        assert whole.choices[0].finish_reason == "tool_calls", (way, whole)


@scenario
def structured_output():
    for way in WAYS:
        if way.startswith("anthropic"):  # LiteLLM asks Anthropic for a call of a tool that has the schema
            answer = ask(way, "tools", response_format=Trip)
            assert Trip.model_validate_json(answer.choices[0].message.content) == Trip(city="Paris", unit="celsius"), (way, answer)
            continue
        answer = ask(way, "json", response_format=Weather)
        assert Weather.model_validate_json(answer.choices[0].message.content) == Weather(city="Zürich", temperature=21, sunny=True), (way, answer)
        as_json = ask(way, "json", response_format={"type": "json_schema", "json_schema": {
            "name": "weather", "schema": {**Weather.model_json_schema(), "additionalProperties": False}, "strict": True}})
        assert json.loads(as_json.choices[0].message.content)["city"] == "Zürich"


@scenario
def images():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,QUJD"}}
    for way in WAYS:
        answer = ask(way, "images", messages=[{"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}])
        assert answer.choices[0].message.content == "I see 1 images.", (way, answer)


@scenario
def responses():
    for side in ("fake", "anth"):
        answer = litellm.responses(model=f"openai/{side}/plain", input="Hello", **connection("openai"))
        assert answer.output[-1].content[0].text == SENTENCE, answer
        events = list(litellm.responses(model=f"openai/{side}/plain", input="Hello", stream=True, **connection("openai")))
        assert "".join(event.delta for event in events if event.type == "response.output_text.delta") == SENTENCE


@scenario
def text_completion():
    for side in ("fake", "anth"):
        answer = litellm.text_completion(model=f"text-completion-openai/{side}/plain", prompt="Hello", max_tokens=64, **connection("openai"))
        assert answer.choices[0].text == SENTENCE, answer


@scenario
def embeddings():
    for way in ("openai", "litellm_proxy"):
        answer = litellm.embedding(model=f"{way}/fake/plain", input=["a", "b"], **connection(way))
        assert [row["embedding"] for row in answer.data] == [VECTOR, VECTOR], answer
        assert answer.usage.prompt_tokens > 0


@scenario
def typed_errors():
    for way in WAYS:
        raises(litellm.BadRequestError, lambda: ask(way, "fault:400"))
        raises(litellm.RateLimitError, lambda: ask(way, "fault:429"))
        raises(litellm.BadGatewayError, lambda: ask(way, "fault:503"))
        raises(openai.APIError, lambda: list(ask(way, "fault:error-event", stream=True)))
        raises(litellm.AuthenticationError, lambda: ask(way, "plain", api_key="mst_wrong"))
    for way in ("openai", "litellm_proxy", "anthropic"):
        raises(litellm.NotFoundError, lambda: litellm.completion(model=f"{way}/no-such-model", messages=HELLO, **connection(way)))


run()
