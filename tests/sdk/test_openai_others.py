"""The official OpenAI SDK's other interfaces: responses, completions, embeddings. `fake/X` is OpenAI itself, `anth/X` is translated."""
import json

import openai
import pydantic
import pytest

from support.sdk_server import KEY

SENTENCE = "The fake provider has read your request and answers with this sentence."
WEATHER = [{"type": "function", "name": "get_weather", "description": "d", "strict": False,
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]
BOTH = pytest.mark.parametrize("side", ["fake", "anth"])


class Weather(pydantic.BaseModel):
    city: str
    temperature: int
    sunny: bool


@pytest.fixture
def client(maester):
    with openai.OpenAI(base_url=maester.url + "/v1", api_key=KEY, max_retries=0, timeout=20) as made:
        yield made


@BOTH
def test_a_response(client, side):
    answer = client.responses.create(model=f"{side}/plain", input="Hello", instructions="Be brief.")
    assert answer.output_text == SENTENCE and answer.status == "completed"
    assert answer.usage.total_tokens == answer.usage.input_tokens + answer.usage.output_tokens > 0


@BOTH
def test_a_streamed_response(client, side):
    with client.responses.stream(model=f"{side}/plain", input="Hello") as stream:
        text = "".join(event.delta for event in stream if event.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert text == final.output_text == SENTENCE and final.usage.output_tokens > 0


@BOTH
def test_tools_streamed_and_sent_back(client, side):
    with client.responses.stream(model=f"{side}/tools-parallel", input="Hello", tools=WEATHER) as stream:
        final = stream.get_final_response()
    calls = [item for item in final.output if item.type == "function_call"]
    assert [json.loads(call.arguments) for call in calls] == [{"city": "Paris", "unit": "celsius"}, {"city": "Zürich"}]
    items = [{"role": "user", "content": "Hello"}] + [
        {"type": "function_call", "call_id": c.call_id, "name": c.name, "arguments": c.arguments} for c in calls] + [
        {"type": "function_call_output", "call_id": c.call_id, "output": "warm"} for c in calls]
    assert client.responses.create(model=f"{side}/plain", input=items, tools=WEATHER).output_text == SENTENCE


@BOTH
def test_structured_output(client, side):
    answer = client.responses.parse(model=f"{side}/json", input="Hello", text_format=Weather)
    assert answer.output_parsed == Weather(city="Zürich", temperature=21, sunny=True)


def test_thinking_goes_out_sealed_and_comes_back(client):
    answer = client.responses.create(model="anth/reasoning", input="Hello", include=["reasoning.encrypted_content"], store=False)
    thought = next(item for item in answer.output if item.type == "reasoning")
    assert thought.summary[0].text.startswith("First I read") and thought.encrypted_content
    items = [{"role": "user", "content": "Hello"}, *answer.output, {"role": "user", "content": "And?"}]
    assert client.responses.create(model="anth/plain", input=items).output_text == SENTENCE


@pytest.mark.parametrize("more, param", [({"store": True}, "store"), ({"previous_response_id": "resp_1"}, "previous_response_id"),
                                         ({"background": True}, "background"), ({"tools": [{"type": "web_search"}]}, "tools[0].type")])
def test_what_needs_a_stored_response_is_refused_by_name(client, more, param):
    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="anth/plain", input="Hello", **more)
    assert caught.value.param == param


@BOTH
def test_errors(client, side):
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model=f"{side}/fault:400", input="Hello")
    with pytest.raises(openai.APIError):
        with client.responses.stream(model=f"{side}/fault:error-event", input="Hello") as stream:
            stream.until_done()


@BOTH
def test_a_completion(client, side):
    answer = client.completions.create(model=f"{side}/plain", prompt="Hello", max_tokens=64)
    assert answer.choices[0].text == SENTENCE and answer.choices[0].finish_reason == "stop"
    chunks = client.completions.create(model=f"{side}/plain", prompt="Hello", max_tokens=64, stream=True)
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == SENTENCE


def test_embeddings(client):
    floats = client.embeddings.create(model="fake/plain", input=["a", "b"], encoding_format="float")
    packed = client.embeddings.create(model="fake/plain", input=["a", "b"])  # asks for base64 and unpacks it
    assert [e.embedding for e in floats.data] == [e.embedding for e in packed.data] == [[0.5, -0.25, 0.125, -1.0]] * 2
    assert floats.usage.prompt_tokens > 0
    with pytest.raises(openai.BadRequestError) as caught:
        client.embeddings.create(model="anth/plain", input="a")
    assert caught.value.param == "model"


def test_chat_carries_signed_thinking_and_takes_it_back(client):
    hello = [{"role": "user", "content": "Hello"}]
    message = client.chat.completions.create(model="anth/reasoning", messages=hello).choices[0].message
    details = message.model_extra["reasoning_details"]
    assert details[0]["signature"].startswith("sig-")
    turns = hello + [message.model_dump(exclude_none=True), {"role": "user", "content": "And?"}]
    assert client.chat.completions.create(model="anth/plain", messages=turns).choices[0].message.content == SENTENCE


@BOTH
def test_structured_chat(client, side):
    answer = client.chat.completions.parse(model=f"{side}/json", messages=[{"role": "user", "content": "x"}], response_format=Weather)
    assert answer.choices[0].message.parsed == Weather(city="Zürich", temperature=21, sunny=True)
