#include "evals/http_provider.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/clock.h"
#include "evals/template.h"

namespace maester::evals {
namespace {

constexpr auto kMembers = std::to_array<std::string_view>(
    {"url", "method", "headers", "body", "transformResponse", "responseParser"});
constexpr auto kMethods = std::to_array<std::string_view>({"GET", "POST", "PUT", "PATCH"});
constexpr std::size_t kShownBody = 300;

struct Plan {
  std::string method = "POST", url;
  std::vector<std::pair<std::string, Template>> headers;
  Value body;
  std::optional<Expression> transform;
  milliseconds timeout{0};
};

std::unexpected<Error> wrong(std::string_view what) {
  return fail(Code::invalid_request, "the HTTP provider's " + std::string(what));
}

Result<Template> template_of(std::string_view text) {
  TRY_ASSIGN(Template out, Template::parse(text));
  for (const std::string& name : out.names()) {
    if (name != "prompt") return wrong("templates see `prompt` only, not `" + name + "`");
  }
  return out;
}

Status check_templates(const Value& value) {
  if (value.is_string()) TRY(template_of(value.string()));
  for (const Value& one : value.array()) TRY(check_templates(one));
  for (const Member& one : value.members()) TRY(check_templates(one.value));
  return {};
}

Result<Plan> plan_of(const SuiteProvider& wanted) {
  const Value& config = wanted.config;
  for (const Member& one : config.members()) {
    if (std::ranges::find(kMembers, one.key) == kMembers.end())
      return wrong("`config." + one.key + "` is not supported");
  }
  Plan out;
  out.timeout = wanted.timeout;
  out.url = wanted.id.find("://") != std::string::npos ? wanted.id : config.get("url").string();
  if (out.url.empty()) return wrong("`config.url` is missing");
  if (out.url.find("{{") != std::string::npos) return wrong("`url` must not be a template");
  if (config.get("method").exists()) out.method = config.get("method").string();
  if (std::ranges::find(kMethods, out.method) == kMethods.end())
    return wrong("`method` must be GET, POST, PUT or PATCH");
  for (const Member& one : config.get("headers").members()) {
    TRY_ASSIGN(Template value, template_of(one.value.shown()));
    out.headers.emplace_back(one.key, std::move(value));
  }
  out.body = config.get("body");
  // A text that is JSON is filled in as JSON, so that a prompt cannot break out of its quotes.
  if (out.body.is_string()) {
    if (auto read = parse_json(out.body.string()); read && !read->is_string())
      out.body = std::move(*read);
  }
  TRY(check_templates(out.body));
  if (out.body.empty() && out.method != "GET")
    return wrong("`body` is missing: where should {{prompt}} go?");
  const Value& transform = config.get("transformResponse").empty()
                               ? config.get("responseParser")
                               : config.get("transformResponse");
  if (transform.empty()) return out;
  auto read = parse_expression(transform.string(), Dialect::script);
  if (!read) return wrong("`transformResponse` needs code: " + read.error().message);
  out.transform = std::move(*read);
  return out;
}

class HttpProvider final : public EvalProvider {
 public:
  HttpProvider(HttpPort& port, Plan plan) : port_(port), plan_(std::move(plan)) {}
  bool waits() const override { return true; }

  Answer ask(const std::string& prompt, const Value&) override {
    Answer out;
    const auto begin = SystemClock().mono();
    auto answered = exchange(prompt);
    out.latency = std::chrono::duration_cast<milliseconds>(SystemClock().mono() - begin);
    if (answered) {
      out.output = std::move(*answered);
    } else {
      out.error = answered.error().message;
    }
    return out;
  }

 private:
  Result<Value> exchange(const std::string& prompt) {
    const Value value = Value::of(prompt);
    static const Value kNone;
    const Lookup lookup = [&](std::string_view name) -> const Value& {
      return name == "prompt" ? value : kNone;
    };
    HttpAsk ask{.method = plan_.method,
                .url = plan_.url,
                .headers = {},
                .body = {},
                .timeout = plan_.timeout};
    for (const auto& [name, text] : plan_.headers) {
      TRY_ASSIGN(std::string rendered, text.render(lookup));
      ask.headers.emplace_back(name, std::move(rendered));
    }
    TRY_ASSIGN(ask.body, body(lookup));
    TRY_ASSIGN(const HttpReply reply, port_.fetch(std::move(ask)));
    if (reply.status < 200 || reply.status >= 300)
      return fail(Code::upstream_error, "status " + std::to_string(reply.status) + ": " +
                                            reply.body.substr(0, kShownBody));
    return answer(reply);
  }

  Result<std::string> body(const Lookup& lookup) const {
    if (plan_.body.empty()) return std::string();
    TRY_ASSIGN(const Value filled, fill(plan_.body, lookup));
    return filled.is_string() ? filled.string() : filled.json();
  }
  static Result<Value> fill(const Value& given, const Lookup& lookup) {
    if (given.is_string()) {
      TRY_ASSIGN(const Template parsed, Template::parse(given.string()));
      TRY_ASSIGN(std::string text, parsed.render(lookup));
      return Value::of(std::move(text));
    }
    Value out = given;
    if (given.is_array()) {
      out = Value::of(Value::Array{});
      for (const Value& one : given.array()) {
        TRY_ASSIGN(Value inside, fill(one, lookup));
        out.push(std::move(inside));
      }
    }
    for (const Member& one : given.members()) {
      TRY_ASSIGN(Value inside, fill(one.value, lookup));
      out.set(one.key, std::move(inside));
    }
    return out;
  }

  Result<Value> answer(const HttpReply& reply) const {
    auto read = parse_json(reply.body);
    const Value json = read ? std::move(*read) : Value();
    const Value text = Value::of(reply.body);
    if (!plan_.transform) return json.exists() ? json : text;
    const Value status = Value::of(static_cast<double>(reply.status));
    static const Value kNone;
    Budget budget;
    auto out = evaluate(
        *plan_.transform,
        [&](std::string_view name) -> const Value& {
          if (name == "json") return json;
          if (name == "text") return text;
          return name == "status" ? status : kNone;
        },
        budget);
    if (!out) return fail(Code::upstream_error, "transformResponse: " + out.error().message);
    return out;
  }

  HttpPort& port_;
  const Plan plan_;
};

}  // namespace

bool is_http_provider(std::string_view id) {
  return id == "http" || id == "https" || id.starts_with("http://") || id.starts_with("https://");
}

Result<std::unique_ptr<EvalProvider>> http_provider(HttpPort& port, const SuiteProvider& wanted) {
  TRY_ASSIGN(Plan plan, plan_of(wanted));
  return std::make_unique<HttpProvider>(port, std::move(plan));
}

}  // namespace maester::evals
