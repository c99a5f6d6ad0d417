#include "evals/model_provider.h"

#include <utility>

#include "codec/json_writer.h"

namespace maester::evals {
namespace {

class MaesterModel final : public EvalProvider {
 public:
  MaesterModel(ModelPort& port, std::string model, bool fresh, milliseconds timeout)
      : port_(port), model_(std::move(model)), fresh_(fresh), timeout_(timeout) {}
  bool waits() const override { return true; }

  Answer ask(const std::string& prompt, const Value& config) override {
    auto reply = port_.send({.path = "/v1/chat/completions",
                             .body = chat_body(model_, prompt, config, fresh_, timeout_),
                             .purpose = "eval"});
    if (reply) return read_chat(*reply);
    Answer out;
    out.error = std::move(reply.error().message);
    return out;
  }

 private:
  ModelPort& port_;
  std::string model_;
  bool fresh_;
  milliseconds timeout_;
};

std::string refusal(int status, const json::Value& root) {
  return "status " + std::to_string(status) + ": " +
         std::string(root.get("error").get("message").string_or(
             root.get("detail").string_or("no reason was given")));
}

}  // namespace

std::string model_of(std::string_view id) {
  for (const std::string_view prefix :
       {"maester:", "openai:chat:", "openai:embedding:", "openai:embeddings:", "openai:"}) {
    if (id.starts_with(prefix)) return std::string(id.substr(prefix.size()));
  }
  return {};
}

std::string chat_body(const std::string& model, const std::string& prompt, const Value& config,
                      bool fresh, milliseconds timeout) {
  std::string out;
  json::Writer w(out);
  w.begin_object().optional_field("model", model);
  for (const Member& one : config.members()) {
    if (one.key == "model" || one.key == "messages" || one.key == "stream" || one.key == "maester")
      continue;
    w.key(std::string_view(one.key));
    one.value.append_json(w);
  }
  // Asks for the receipt, too.
  Value maester = config.get("maester").is_object() ? config.get("maester") : Value::object();
  if (fresh) {
    Value off = Value::object();
    off.set("mode", Value::of("off"));
    maester.set("cache", std::move(off));
  }
  if (timeout.count() > 0)
    maester.set("timeout_ms", Value::of(static_cast<double>(timeout.count())));
  w.key("maester");
  maester.append_json(w);
  const auto document = json::Document::parse(prompt);
  if (document && document->root().is_array()) {
    w.raw_field("messages", prompt);
  } else {
    w.key("messages").begin_array().begin_object().field("role", "user");
    w.field("content", prompt).end_object().end_array();
  }
  w.end_object();
  return out;
}

Answer read_chat(const ModelReply& reply) {
  Answer out;
  out.latency = reply.latency;
  out.cost = reply.cost;
  out.cached = reply.cached;
  const auto document = json::Document::parse(reply.body);
  if (!document) {
    out.error = "the server's answer is not JSON (status " + std::to_string(reply.status) + ")";
    return out;
  }
  const json::Value root = document->root();
  if (reply.status != 200) {
    out.error = refusal(reply.status, root);
    return out;
  }
  const json::Value choice = root.get("choices").at(0);
  const json::Value message = choice.get("message");
  if (message.get("content").is_string()) {
    out.output = Value::of(message.get("content").string_or(""));
  } else if (message.get("tool_calls").is_array()) {
    out.output = from_json(message.get("tool_calls"));
  }
  out.finish_reason = choice.get("finish_reason").string_or("");
  out.prompt_tokens = root.get("usage").get("prompt_tokens").int_or(0);
  out.completion_tokens = root.get("usage").get("completion_tokens").int_or(0);
  out.cached = out.cached || root.get("maester").get("cache").string_or("") == "hit";
  const json::Value cost = root.get("maester").get("cost").get("total_cost_usd");
  if (!out.cost && cost.is_string()) out.cost = FemtoUsd::parse(cost.string_or(""));
  std::vector<double> probabilities;
  for (const json::Value token : choice.get("logprobs").get("content")) {
    const auto one = token.get("logprob").as_double();
    if (one) probabilities.push_back(*one);
  }
  if (!probabilities.empty()) out.log_probabilities = std::move(probabilities);
  return out;
}

std::unique_ptr<EvalProvider> model_provider(ModelPort& port, std::string model, bool fresh,
                                             milliseconds timeout) {
  return std::make_unique<MaesterModel>(port, std::move(model), fresh, timeout);
}

}  // namespace maester::evals
