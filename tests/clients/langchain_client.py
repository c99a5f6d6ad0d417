"""LangChain: ChatOpenAI (chat completions and Responses), ChatAnthropic and OpenAIEmbeddings; `fake/X` is OpenAI itself, `anth/X` Anthropic."""
import asyncio

import anthropic
import openai
from langchain_anthropic import ChatAnthropic
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage
from langchain_core.tools import tool
from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from pydantic import BaseModel

from scenario import KEY, SENTENCE, URL, VECTOR, raises, run, scenario

HELLO = [SystemMessage("Be brief."), HumanMessage("Hello, wörld")]
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


@tool
def get_weather(city: str) -> str:
    """Weather of a city."""
    return city


def chat_completions(model: str, **more) -> ChatOpenAI:
    return ChatOpenAI(model=model, base_url=URL + "/v1", api_key=KEY, max_retries=0, timeout=20, **more)


def responses(model: str, **more) -> ChatOpenAI:
    return chat_completions(model, use_responses_api=True, **more)


def messages(model: str, **more) -> ChatAnthropic:
    return ChatAnthropic(model=model, base_url=URL, api_key=KEY, max_retries=0, timeout=20, **{"max_tokens": 1024, **more})


def each(model: str, **more):
    return [make(f"{side}/{model}", **more) for make in (chat_completions, responses, messages) for side in SIDES]


@scenario
def chat():
    for llm in each("plain"):
        answer = llm.invoke(HELLO)
        assert answer.text == SENTENCE, (llm, answer)
        usage = answer.usage_metadata
        assert usage["input_tokens"] > 0 < usage["output_tokens"], answer


@scenario
def stream():
    for llm in each("plain", stream_usage=True):  # without it LangChain asks nobody but OpenAI itself for a stream's usage
        chunks = list(llm.stream(HELLO))
        whole = chunks[0]
        for chunk in chunks[1:]:
            whole += chunk
        assert whole.text == SENTENCE and len(chunks) > 1, (llm, whole)
        assert whole.usage_metadata["output_tokens"] > 0, (llm, whole)


@scenario
def asynchronous_and_batched():
    async def ask():
        return await chat_completions("fake/echo").abatch([f"text {n}" for n in range(20)])

    assert [answer.text for answer in asyncio.run(ask())] == [f"text {n}" for n in range(20)]


@scenario
def tools_and_their_results():
    for llm in each("tools-parallel"):
        answer = llm.bind_tools([get_weather]).invoke(HELLO)
        assert [call["args"]["city"] for call in answer.tool_calls] == ["Paris", "Zürich"], (llm, answer)
        assert not answer.invalid_tool_calls
        results = [ToolMessage(get_weather.invoke(call["args"]), tool_call_id=call["id"]) for call in answer.tool_calls]
        then = llm.model_copy(update={"model" if isinstance(llm, ChatAnthropic) else "model_name": getattr(
            llm, "model" if isinstance(llm, ChatAnthropic) else "model_name").replace("tools-parallel", "plain")})
        assert then.bind_tools([get_weather]).invoke([*HELLO, answer, *results]).text == SENTENCE, llm


@scenario
def streamed_tool_calls():
    for llm in each("tools-parallel"):
        whole = None
        for chunk in llm.bind_tools([get_weather]).stream(HELLO):
            whole = chunk if whole is None else whole + chunk
        assert [call["args"]["city"] for call in whole.tool_calls] == ["Paris", "Zürich"], (llm, whole)


@scenario
def a_forced_tool():
    for llm in each("tools"):
        answer = llm.bind_tools([get_weather], tool_choice="get_weather").invoke(HELLO)
        assert [call["name"] for call in answer.tool_calls] == ["get_weather"], (llm, answer)


@scenario
def structured_output():
    for llm in each("json"):
        got = llm.with_structured_output(Weather, method="json_schema").invoke("Weather?")
        assert got == Weather(city="Zürich", temperature=21, sunny=True), (llm, got)
    for llm in each("tools"):
        got = llm.with_structured_output(Trip, method="function_calling").invoke("Where to?")
        assert got == Trip(city="Paris", unit="celsius"), (llm, got)


@scenario
def streamed_structured_output():
    for llm in (chat_completions("fake/json"), chat_completions("anth/json")):
        got = list(llm.with_structured_output(Weather, method="json_schema").stream("Weather?"))
        assert got[-1] == Weather(city="Zürich", temperature=21, sunny=True), got


@scenario
def images():
    picture = {"type": "image", "base64": "QUJD", "mime_type": "image/png"}
    for llm in each("images"):
        answer = llm.invoke([HumanMessage([{"type": "text", "text": "What is this?"}, picture])])
        assert answer.text == "I see 1 images.", (llm, answer)


@scenario
def thoughts_and_their_signatures():
    for make in (messages, chat_completions):
        llm = make("anth/reasoning", **({"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 2048} if make is messages else {}))
        answer = llm.invoke(HELLO)
        assert isinstance(answer, AIMessage) and SENTENCE in answer.text, answer
        assert make("anth/plain").invoke([*HELLO, answer, HumanMessage("And?")]).text == SENTENCE


@scenario
def embeddings():
    for checked in (True, False):  # as lists of tokens, as text
        made = OpenAIEmbeddings(model="fake/plain", base_url=URL + "/v1", api_key=KEY, max_retries=0, check_embedding_ctx_length=checked)
        got = made.embed_documents(["a", "b"])
        if checked:  # LangChain weighs the parts of a text by their tokens and makes it unit length
            size = sum(x * x for x in VECTOR) ** 0.5
            assert all(abs(x - y / size) < 1e-6 or abs(x - y) < 1e-6 for row in got for x, y in zip(row, VECTOR)), got
        else:
            assert got == [VECTOR, VECTOR] and made.embed_query("a") == VECTOR, got


@scenario
def typed_errors():
    for make, errors in ((chat_completions, openai), (responses, openai), (messages, anthropic)):
        for side in SIDES:
            raises(errors.BadRequestError, lambda: make(f"{side}/fault:400").invoke(HELLO))
            raises(errors.RateLimitError, lambda: make(f"{side}/fault:429").invoke(HELLO))
            raises(errors.InternalServerError, lambda: make(f"{side}/fault:503").invoke(HELLO))
            raises(errors.APIError, lambda: list(make(f"{side}/fault:error-event").stream(HELLO)))
        raises(errors.NotFoundError, lambda: make("no-such-model").invoke(HELLO))
        wrong = make("fake/plain")
    wrong = ChatOpenAI(model="fake/plain", base_url=URL + "/v1", api_key="mst_wrong", max_retries=0)
    assert raises(openai.AuthenticationError, lambda: wrong.invoke(HELLO)).code == "unauthenticated"
    wrong = ChatAnthropic(model="anth/plain", base_url=URL, api_key="mst_wrong", max_retries=0)
    raises(anthropic.AuthenticationError, lambda: wrong.invoke(HELLO))


@scenario
def the_receipt_comes_when_it_is_asked_for():
    answer = chat_completions("fake/plain", extra_body={"maester": {}}, include_response_headers=True).invoke(HELLO)
    assert answer.response_metadata["headers"]["x-maester-provider"] == "fake-openai"


run()
