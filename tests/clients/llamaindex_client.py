"""LlamaIndex: OpenAI and OpenAILike (chat completions), OpenAIResponses and OpenAIEmbedding."""
import asyncio

import openai
from llama_index.core.base.llms.types import ChatMessage, ImageBlock, MessageRole, TextBlock
from llama_index.core.prompts import PromptTemplate
from llama_index.core.tools import FunctionTool
from llama_index.embeddings.openai import OpenAIEmbedding
from llama_index.llms.openai import OpenAI, OpenAIResponses
from llama_index.llms.openai_like import OpenAILike
from pydantic import BaseModel

from scenario import KEY, SENTENCE, URL, VECTOR, raises, run, scenario

HELLO = [ChatMessage(role="system", content="Be brief."), ChatMessage(role="user", content="Hello, wörld")]
SIDES = ("fake", "anth")


class Weather(BaseModel):
    """Weather of a city."""
    city: str
    temperature: int
    sunny: bool


class Trip(BaseModel):
    """Where to, and in which unit."""
    city: str
    unit: str


def get_weather(city: str) -> str:
    """Weather of a city."""
    return city


def weather_in(city: str, unit: str) -> str:
    """Weather of a city, in a unit."""
    return f"{city} in {unit}"


CITY_AND_UNIT = FunctionTool.from_defaults(weather_in)
TOOL = FunctionTool.from_defaults(get_weather)


def like(model: str, **more) -> OpenAILike:
    """For names that are not OpenAI's own."""
    return OpenAILike(model=model, api_base=URL + "/v1", api_key=KEY, max_retries=0, timeout=20, is_chat_model=True,
                      is_function_calling_model=True, context_window=128_000, **more)


def known(model: str, kind=OpenAI, **more):
    """For names of OpenAI's models; the server's configuration sends `gpt-4o` to `plain`, `gpt-4o-mini` to `tools-parallel`."""
    return kind(model=model, api_base=URL + "/v1", api_key=KEY, max_retries=0, timeout=20, **more)


@scenario
def chat():
    for llm in [like(f"{side}/plain") for side in SIDES] + [known("gpt-4o"), known("gpt-4o", OpenAIResponses)]:
        answer = llm.chat(HELLO)
        assert answer.message.content == SENTENCE, (llm, answer)
        assert llm.complete("Hello").text == SENTENCE, llm


@scenario
def legacy_completions():
    for side in SIDES:
        llm = OpenAILike(model=f"{side}/plain", api_base=URL + "/v1", api_key=KEY, max_retries=0, is_chat_model=False, max_tokens=64)
        assert llm.complete("Hello").text == SENTENCE
        assert "".join(part.delta for part in llm.stream_complete("Hello")) == SENTENCE


@scenario
def stream():
    for llm in [like(f"{side}/plain") for side in SIDES] + [known("gpt-4o"), known("gpt-4o", OpenAIResponses)]:
        parts = list(llm.stream_chat(HELLO))
        assert "".join(part.delta or "" for part in parts) == SENTENCE and len(parts) > 1, (llm, parts)


@scenario
def asynchronous():
    async def ask():
        return await asyncio.gather(*(like("fake/echo").achat([ChatMessage(role="user", content=f"text {n}")]) for n in range(20)))

    assert [answer.message.content for answer in asyncio.run(ask())] == [f"text {n}" for n in range(20)]


def cities(llm, answer) -> list:
    return [call.tool_kwargs["city"] for call in llm.get_tool_calls_from_response(answer)]


@scenario
def tools_and_their_results():
    for side in SIDES:
        llm = like(f"{side}/tools-parallel")
        answer = llm.chat_with_tools([TOOL], chat_history=HELLO, allow_parallel_tool_calls=True)
        assert cities(llm, answer) == ["Paris", "Zürich"], answer
        results = [ChatMessage(role=MessageRole.TOOL, content="warm", additional_kwargs={"tool_call_id": call.tool_id})
                   for call in llm.get_tool_calls_from_response(answer)]
        then = like(f"{side}/plain").chat_with_tools([TOOL], chat_history=[*HELLO, answer.message, *results])
        assert then.message.content == SENTENCE
    for kind in (OpenAI, OpenAIResponses):
        llm = known("gpt-4o-mini", kind)
        assert cities(llm, llm.chat_with_tools([TOOL], chat_history=HELLO, allow_parallel_tool_calls=True)) == ["Paris", "Zürich"]


@scenario
def streamed_tool_calls():
    for llm in [like(f"{side}/tools-parallel") for side in SIDES] + [known("gpt-4o-mini"), known("gpt-4o-mini", OpenAIResponses)]:
        last = None
        for last in llm.stream_chat_with_tools([TOOL], chat_history=HELLO, allow_parallel_tool_calls=True):
            pass
        assert cities(llm, last) == ["Paris", "Zürich"], (llm, last)


@scenario
def a_predicted_call_is_done():
    for side in SIDES:
        assert str(like(f"{side}/tools").predict_and_call([CITY_AND_UNIT], user_msg="Paris?")) == "Paris in celsius"


@scenario
def structured_output():
    for side in SIDES:
        llm = like(f"{side}/json", should_use_structured_outputs=True)
        got = llm.structured_predict(Weather, PromptTemplate("Weather?"))
        assert got == Weather(city="Zürich", temperature=21, sunny=True), got
        sllm = like(f"{side}/tools").as_structured_llm(Trip)
        assert sllm.chat(HELLO).raw == Trip(city="Paris", unit="celsius")


@scenario
def images():
    for side in SIDES:
        message = ChatMessage(role="user", blocks=[TextBlock(text="What is this?"), ImageBlock(image=b"QUJD", image_mimetype="image/png")])
        assert like(f"{side}/images").chat([message]).message.content == "I see 1 images."


@scenario
def embeddings():
    made = OpenAIEmbedding(model_name="fake/plain", api_base=URL + "/v1", api_key=KEY, max_retries=0)
    assert made.get_text_embedding_batch(["a", "b"]) == [VECTOR, VECTOR]
    assert made.get_query_embedding("a") == VECTOR


@scenario
def typed_errors():
    for side in SIDES:
        raises(openai.BadRequestError, lambda: like(f"{side}/fault:400").chat(HELLO))
        raises(openai.RateLimitError, lambda: like(f"{side}/fault:429").chat(HELLO))
        raises(openai.InternalServerError, lambda: like(f"{side}/fault:503").chat(HELLO))
        raises(openai.APIError, lambda: list(like(f"{side}/fault:error-event").stream_chat(HELLO)))
    raises(openai.NotFoundError, lambda: like("no-such-model").chat(HELLO))
    wrong = OpenAILike(model="fake/plain", api_base=URL + "/v1", api_key="mst_wrong", is_chat_model=True, max_retries=0)
    raises(openai.AuthenticationError, lambda: wrong.chat(HELLO))
    bad = OpenAIEmbedding(model_name="anth/plain", api_base=URL + "/v1", api_key=KEY, max_retries=0)
    raises(openai.BadRequestError, lambda: bad.get_text_embedding("a"))


run()
