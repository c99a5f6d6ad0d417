#include "evals/loopback_port.h"

#include <chrono>
#include <utility>

namespace maester::evals {
namespace {

class LoopbackPort final : public ModelPort {
 public:
  LoopbackPort(gateway::Loopback& loopback, const prompts::Registry& prompts,
               LoopbackIdentity identity)
      : loopback_(loopback), prompts_(prompts), identity_(std::move(identity)) {}

  Result<ModelReply> send(const ModelAsk& ask) override {
    gateway::LoopbackAsk wanted;
    wanted.path = ask.path;
    wanted.body = ask.body;
    wanted.tenant = identity_.tenant;
    wanted.key_id = identity_.key_id;
    wanted.priority = identity_.priority;
    wanted.purpose = ask.purpose;
    wanted.idempotency_key = ask.idempotency_key;
    gateway::LoopbackReply reply = loopback_.send(std::move(wanted));
    if (reply.stopping)
      return fail(Code::overloaded, "Maester is stopping: this was not asked to the end");
    ModelReply out;
    out.status = reply.status;
    out.body = std::move(reply.body);
    out.request_id = std::move(reply.request_id);
    out.latency = std::chrono::duration_cast<milliseconds>(reply.latency);
    out.cost = reply.cost;
    out.cached = reply.cached;
    return out;
  }

  Result<Value> prompt(const std::string& name) override {
    const auto version = prompts_.resolve(identity_.tenant, name, {});
    if (!version) {
      if (version.error().code == Code::not_found) return Value();
      return fail(version.error());
    }
    const prompts::PromptVersion& found = **version;
    if (!found.is_chat) return Value::of(found.messages.front().content.source());
    Value out = Value::of(Value::Array{});
    for (const prompts::MessageTemplate& one : found.messages) {
      if (!one.placeholder.empty()) {
        // Nobody has messages to put there; without them it would be another prompt.
        return fail(Code::unprocessable,
                    "The prompt `" + name + "` (" + found.version + ") has a placeholder, `" +
                        one.placeholder +
                        "`: a prompt that graders render has texts only. Push a version without.");
      }
      Value message = Value::object();
      message.set("role", Value::of(one.role));
      message.set("content", Value::of(one.content.source()));
      out.push(std::move(message));
    }
    return out;
  }

 private:
  gateway::Loopback& loopback_;
  const prompts::Registry& prompts_;
  const LoopbackIdentity identity_;
};

}  // namespace

std::unique_ptr<ModelPort> loopback_port(gateway::Loopback& loopback,
                                         const prompts::Registry& prompts,
                                         LoopbackIdentity identity) {
  return std::make_unique<LoopbackPort>(loopback, prompts, std::move(identity));
}

}  // namespace maester::evals
