// Vercel's AI SDK, unmodified but for the base URLs; run as scenarios.mjs is. OpenAI's Responses and chats, and Anthropic's messages; `fake/X`
// is OpenAI itself, `anth/X` Anthropic itself, and each asks for both.
import assert from "node:assert/strict";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { embedMany, generateObject, generateText, streamText, tool } from "ai";
import { z } from "zod";

const sentence = "The fake provider has read your request and answers with this sentence.";
const apiKey = process.env.MAESTER_API_KEY;
const baseURL = process.env.MAESTER_URL + "/v1";
const openai = createOpenAI({ baseURL, apiKey });
const anthropic = createAnthropic({ baseURL, apiKey });
const models = (name) => ["fake", "anth"].flatMap((side) =>
  [openai.responses(`${side}/${name}`), openai.chat(`${side}/${name}`), anthropic(`${side}/${name}`)]);
const tools = { get_weather: tool({ description: "d", inputSchema: z.object({ city: z.string() }) }) };
const prompt = "Hello";
const plain = { prompt, maxRetries: 0, maxOutputTokens: 64 };
const schema = z.object({ city: z.string(), temperature: z.number(), sunny: z.boolean() });

const scenarios = {
  async chat() {
    for (const model of models("plain")) assert.equal((await generateText({ model, ...plain })).text, sentence);
  },
  async streams() {
    for (const model of models("plain")) {
      let text = "";
      for await (const piece of streamText({ model, ...plain }).textStream) text += piece;
      assert.equal(text, sentence);
    }
  },
  async streamed_tool_calls() {
    for (const model of models("tools-parallel")) {
      const calls = await streamText({ model, ...plain, tools }).toolCalls;
      assert.deepEqual(calls.map((call) => call.input.city), ["Paris", "Zürich"]);
    }
  },
  async structured_output() {
    for (const model of models("json")) {
      const { object } = await generateObject({ model, schema, ...plain });
      assert.deepEqual(object, { city: "Zürich", temperature: 21, sunny: true });
    }
  },
  async embeddings() {
    const { embeddings } = await embedMany({ model: openai.embedding("fake/plain"), values: ["a", "b"], maxRetries: 0 });
    assert.deepEqual(embeddings, [[0.5, -0.25, 0.125, -1], [0.5, -0.25, 0.125, -1]]);
  },
  async errors() {
    for (const model of models("fault:400")) {
      await assert.rejects(generateText({ model, ...plain }), (error) => error.statusCode === 400);
    }
  },
};

const [name] = process.argv.slice(2);
if (name) await scenarios[name]();
else console.log(Object.keys(scenarios).join("\n"));
