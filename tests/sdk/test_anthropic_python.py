"""The official Anthropic SDK for Python, unmodified but for its base URL. `anth/X` goes to a provider of its own protocol, `fake/X` is translated."""
import anthropic
import pydantic
import pytest

from support.sdk_server import KEY

SENTENCE = "The fake provider has read your request and answers with this sentence."
HELLO = [{"role": "user", "content": "Hello, wörld"}]
WEATHER = [{"name": "get_weather", "description": "Weather of a city", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}]
IMAGE = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "QUJD"}}
BOTH = pytest.mark.parametrize("side", ["anth", "fake"])


class Weather(pydantic.BaseModel):
    city: str
    temperature: int
    sunny: bool


@pytest.fixture
def client(maester):
    with anthropic.Anthropic(base_url=maester.url, api_key=KEY, max_retries=0, timeout=20) as made:
        yield made


@BOTH
def test_chat(client, side):
    answer = client.messages.create(model=f"{side}/plain", max_tokens=64, messages=HELLO, system="Be brief.")
    assert answer.role == "assistant" and answer.stop_reason == "end_turn"
    assert answer.content[0].text == SENTENCE
    assert answer.usage.input_tokens > 0 and answer.usage.output_tokens > 0
    assert len(answer._request_id) == 36


@BOTH
def test_streams(client, side):
    with client.messages.stream(model=f"{side}/plain", max_tokens=64, messages=HELLO) as stream:
        assert "".join(stream.text_stream) == SENTENCE
        final = stream.get_final_message()
    assert final.content[0].text == SENTENCE and final.stop_reason == "end_turn"
    assert final.usage.input_tokens > 0 and final.usage.output_tokens > 0


@BOTH
def test_tools_streamed_and_sent_back(client, side):
    with client.messages.stream(model=f"{side}/tools-parallel", max_tokens=64, messages=HELLO, tools=WEATHER) as stream:
        final = stream.get_final_message()
    assert final.stop_reason == "tool_use"
    assert [block.input for block in final.content] == [{"city": "Paris", "unit": "celsius"}, {"city": "Zürich"}]
    results = [{"type": "tool_result", "tool_use_id": block.id, "content": [{"type": "text", "text": f"{n} degrees"}]}
               for n, block in enumerate(final.content)]
    turns = HELLO + [{"role": "assistant", "content": final.content}, {"role": "user", "content": results}]
    answer = client.messages.create(model=f"{side}/plain", max_tokens=64, messages=turns, tools=WEATHER)
    assert answer.content[0].text == SENTENCE


@BOTH
def test_vision(client, side):
    answer = client.messages.create(model=f"{side}/images", max_tokens=64, messages=[{"role": "user", "content": [
        {"type": "text", "text": "What is this?"}, IMAGE]}])
    assert answer.content[0].text == "I see 1 images."


@BOTH
def test_structured_output(client, side):
    answer = client.messages.parse(model=f"{side}/json", max_tokens=64, messages=HELLO, output_format=Weather)
    assert answer.parsed_output == Weather(city="Zürich", temperature=21, sunny=True)


def test_thinking_is_signed_and_goes_back(client):
    with client.messages.stream(model="anth/reasoning", max_tokens=2048, messages=HELLO,
                                thinking={"type": "enabled", "budget_tokens": 1024}) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content] == ["thinking", "text"]
    assert final.content[0].signature.startswith("sig-")
    turns = HELLO + [{"role": "assistant", "content": final.content}, {"role": "user", "content": "And?"}]
    assert client.messages.create(model="anth/plain", max_tokens=64, messages=turns).content[0].text == SENTENCE


@BOTH
def test_counts_tokens(client, side):
    assert client.messages.count_tokens(model=f"{side}/plain", messages=HELLO).input_tokens > 0


@BOTH
@pytest.mark.parametrize("status, kind", [(400, anthropic.BadRequestError), (429, anthropic.RateLimitError)])
def test_a_providers_errors(client, side, status, kind):
    with pytest.raises(kind):
        client.messages.create(model=f"{side}/fault:{status}", max_tokens=8, messages=HELLO)


def test_our_errors(maester, client):
    with pytest.raises(anthropic.AuthenticationError) as caught:
        anthropic.Anthropic(base_url=maester.url, api_key="mst_wrong", max_retries=0).messages.create(
            model="anth/plain", max_tokens=8, messages=HELLO)
    assert caught.value.body["error"]["code"] == "unauthenticated" and caught.value.request_id
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="no-such-model", max_tokens=8, messages=HELLO)
    with pytest.raises(anthropic.BadRequestError) as caught:
        client.messages.create(model="fake/plain", max_tokens=8, messages=HELLO, extra_body={"container": {"id": "c"}})
    assert caught.value.body["error"]["param"] == "container"


@BOTH
def test_a_broken_stream_is_an_error(client, side):
    with pytest.raises(anthropic.APIError):
        with client.messages.stream(model=f"{side}/fault:error-event", max_tokens=64, messages=HELLO) as stream:
            stream.until_done()
