// The official OpenAI SDK for Node, unmodified but for its base URL: one scenario per run, named by the argument; without one,
// prints all names. MAESTER_URL and MAESTER_API_KEY say where. Exit status 0 when the scenario holds.
import assert from "node:assert/strict";
import OpenAI, { toFile } from "openai";

const sentence = "The fake provider has read your request and answers with this sentence.";
const messages = [{ role: "user", content: "Hello, wörld" }];
const tools = [{
  type: "function",
  function: { name: "get_weather", parameters: { type: "object", properties: { city: { type: "string" } } } },
}];

const client = (options = {}) =>
  new OpenAI({ baseURL: process.env.MAESTER_URL + "/v1", apiKey: process.env.MAESTER_API_KEY, maxRetries: 0, timeout: 20_000, ...options });

// The error of the class that the call must throw.
async function thrown(kind, call) {
  try {
    await call();
  } catch (error) {
    assert.ok(error instanceof kind, `${error.constructor.name} instead of ${kind.name}: ${error.message}`);
    return error;
  }
  assert.fail(`nothing was thrown instead of ${kind.name}`);
}

const scenarios = {
  async lists_models() {
    const names = [];
    for await (const model of client().models.list()) names.push(model.id);
    assert.ok(names.includes("plain"));
  },

  async files_and_batches() {
    const rows = Array.from({ length: 12 }, (_, n) => JSON.stringify({
      custom_id: `r${n}`, method: "POST", url: "/v1/chat/completions", body: { model: "plain", messages } }) + "\n").join("");
    const file = await client().files.create({ file: await toFile(Buffer.from(rows), "in.jsonl"), purpose: "batch" });
    assert.equal(file.bytes, Buffer.byteLength(rows));
    assert.equal(await (await client().files.content(file.id)).text(), rows);
    let batch = await client().batches.create({
      input_file_id: file.id, endpoint: "/v1/chat/completions", completion_window: "24h", metadata: { night: "1" } });
    for (let i = 0; i < 600 && batch.status !== "completed"; ++i) {
      await new Promise((done) => setTimeout(done, 50));
      batch = await client().batches.retrieve(batch.id);
    }
    assert.deepEqual(batch.request_counts, { total: 12, completed: 12, failed: 0 });
    const answers = (await (await client().files.content(batch.output_file_id)).text()).trim().split("\n").map((line) => JSON.parse(line));
    assert.deepEqual(answers.map((answer) => answer.custom_id), Array.from({ length: 12 }, (_, n) => `r${n}`));
    assert.equal(answers[5].response.body.choices[0].message.content, sentence);
    const ids = [];
    for await (const one of client().batches.list({ limit: 1 })) ids.push(one.id);
    assert.ok(ids.includes(batch.id));
    assert.equal((await client().files.delete(file.id)).deleted, true);
    await thrown(OpenAI.NotFoundError, () => client().files.retrieve(file.id));
    await thrown(OpenAI.ConflictError, () => client().batches.cancel(batch.id));
  },

  async chat() {
    const answer = await client().chat.completions.create({ model: "plain", messages });
    assert.equal(answer.choices[0].message.content, sentence);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  },

  async streams() {
    const stream = await client().chat.completions.create({
      model: "plain", messages, stream: true, stream_options: { include_usage: true } });
    let text = "", usage = 0;
    for await (const chunk of stream) {
      text += chunk.choices[0]?.delta.content ?? "";
      usage += chunk.usage ? 1 : 0;
    }
    assert.equal(text, sentence);
    assert.equal(usage, 1);
  },

  async streamed_tool_calls() {
    const stream = client().chat.completions.stream({ model: "fake/tools-parallel", messages, tools });
    const { tool_calls: calls } = (await stream.finalChatCompletion()).choices[0].message;
    assert.equal(calls.length, 2);
    assert.deepEqual(JSON.parse(calls[0].function.arguments), { city: "Paris", unit: "celsius" });
    assert.deepEqual(JSON.parse(calls[1].function.arguments), { city: "Zürich" });
    assert.notEqual(calls[0].id, calls[1].id);
  },

  async typed_errors() {
    const create = (options, body) => () => client(options).chat.completions.create({ model: "plain", messages, ...body });
    const key = await thrown(OpenAI.AuthenticationError, create({ apiKey: "mst_wrong_0123456789abcdef0123456789abcdef" }));
    assert.equal(key.code, "unauthenticated");
    const model = await thrown(OpenAI.NotFoundError, create({}, { model: "no-such-model" }));
    assert.equal(model.code, "model_not_found");
    const bounds = await thrown(OpenAI.BadRequestError, create({}, { n: 99 }));
    assert.equal(bounds.param, "n");
    const limited = await thrown(OpenAI.RateLimitError, create({}, { model: "fake/fault:429:retry-after=1" }));
    assert.equal(limited.code, "rate_limited");
    const upstream = await thrown(OpenAI.InternalServerError, create({}, { model: "fake/fault:503" }));
    assert.equal(upstream.status, 502);
  },

  async the_clients_timeout() {
    await thrown(OpenAI.APIConnectionTimeoutError, () =>
      client({ timeout: 500 }).chat.completions.create({ model: "fake/fault:hang-headers", messages }));
  },

  async leaving_a_stream() {
    const stream = await client().chat.completions.create({
      model: "fake/stream:chunks=500:interval_ms=20", messages, stream: true });
    let chunks = 0;
    for await (const chunk of stream) {
      assert.equal(chunk.object, "chat.completion.chunk");
      if (++chunks === 3) break; // aborts the request
    }
    assert.equal(chunks, 3);
  },

  async a_stream_that_breaks() {
    let text = "";
    await thrown(OpenAI.APIError, async () => {
      const stream = await client().chat.completions.create({
        model: "fake/fault:rst-mid;stream:chunks=8:interval_ms=10", messages, stream: true });
      for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
    });
    assert.notEqual(text, "");
  },
};

const [name] = process.argv.slice(2);
if (name === undefined) {
  console.log(Object.keys(scenarios).join("\n"));
} else {
  assert.ok(name in scenarios, `there is no scenario ${name}`);
  await scenarios[name]();
}
