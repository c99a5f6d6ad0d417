// The official Anthropic SDK for Node, unmodified but for its base URL; run as scenarios.mjs is. `anth/X` goes to a provider of its own
// protocol, `fake/X` is translated.
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";

const sentence = "The fake provider has read your request and answers with this sentence.";
const messages = [{ role: "user", content: "Hello, wörld" }];
const tools = [{ name: "get_weather", input_schema: { type: "object", properties: { city: { type: "string" } } } }];
const client = (options = {}) =>
  new Anthropic({ baseURL: process.env.MAESTER_URL, apiKey: process.env.MAESTER_API_KEY, maxRetries: 0, timeout: 20_000, ...options });
const both = async (scenario) => {
  for (const side of ["anth", "fake"]) await scenario(side);
};

const scenarios = {
  chat: () => both(async (side) => {
    const answer = await client().messages.create({ model: `${side}/plain`, max_tokens: 64, messages });
    assert.equal(answer.content[0].text, sentence);
    assert.equal(answer.stop_reason, "end_turn");
    assert.ok(answer.usage.output_tokens > 0);
  }),

  streams: () => both(async (side) => {
    const stream = client().messages.stream({ model: `${side}/plain`, max_tokens: 64, messages });
    let text = "";
    stream.on("text", (piece) => { text += piece; });
    const final = await stream.finalMessage();
    assert.equal(text, sentence);
    assert.equal(final.content[0].text, sentence);
    assert.ok(final.usage.input_tokens > 0);
  }),

  streamed_tool_calls: () => both(async (side) => {
    const stream = client().messages.stream({ model: `${side}/tools-parallel`, max_tokens: 64, messages, tools });
    const { content, stop_reason } = await stream.finalMessage();
    assert.equal(stop_reason, "tool_use");
    assert.deepEqual(content.map((block) => block.input), [{ city: "Paris", unit: "celsius" }, { city: "Zürich" }]);
  }),

  vision: () => both(async (side) => {
    const image = { type: "image", source: { type: "base64", media_type: "image/png", data: "QUJD" } };
    const answer = await client().messages.create({ model: `${side}/images`, max_tokens: 64,
      messages: [{ role: "user", content: [{ type: "text", text: "what?" }, image] }] });
    assert.equal(answer.content[0].text, "I see 1 images.");
  }),

  structured_output: () => both(async (side) => {
    const schema = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
    const answer = await client().messages.create({ model: `${side}/json`, max_tokens: 64, messages,
      output_config: { format: { type: "json_schema", schema } } });
    assert.equal(JSON.parse(answer.content[0].text).city, "Zürich");
  }),

  counts_tokens: () => both(async (side) => {
    assert.ok((await client().messages.countTokens({ model: `${side}/plain`, messages })).input_tokens > 0);
  }),

  errors: () => both(async (side) => {
    const ask = (model, options) => client(options).messages.create({ model, max_tokens: 8, messages });
    await assert.rejects(ask(`${side}/fault:400`), Anthropic.BadRequestError);
    await assert.rejects(ask(`${side}/fault:429`), Anthropic.RateLimitError);
    await assert.rejects(ask("no-such-model"), Anthropic.NotFoundError);
    await assert.rejects(ask(`${side}/plain`, { apiKey: "mst_wrong" }), Anthropic.AuthenticationError);
    await assert.rejects(client().messages.stream({ model: `${side}/fault:error-event`, max_tokens: 64, messages }).finalMessage(), Anthropic.APIError);
  }),
};

const [name] = process.argv.slice(2);
if (name) await scenarios[name]();
else console.log(Object.keys(scenarios).join("\n"));
