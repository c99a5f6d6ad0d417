#include "app/batch_lines.h"

#include <fstream>
#include <optional>

#include "codec/json.h"
#include "codec/json_writer.h"

namespace maester::app {
namespace {

constexpr std::string_view kChat = "/v1/chat/completions";
constexpr std::size_t kShownProblems = 100;

std::unexpected<Error> cannot(std::string_view what, const std::string& path) {
  return fail(Code::io_error, "cannot " + std::string(what) + " " + path);
}

std::string of_variables(const BatchInput& input, json::Value variables, std::int64_t number) {
  std::string out;
  json::Writer w(out);
  w.begin_object().field("custom_id", "line-" + std::to_string(number)).field("method", "POST");
  w.field("url", kChat).key("body").begin_object().optional_field("model", input.model);
  w.key("messages").begin_array().end_array();
  w.key("maester").begin_object().key("prompt").begin_object().field("name", input.prompt);
  w.optional_field("version", input.version).optional_field("label", input.label);
  w.raw_field("variables", variables.raw()).end_object().end_object();
  w.end_object().end_object();
  return out;
}

std::string with_model(const json::Document& line, const std::string& model) {
  if (model.empty()) return std::string(line.root().raw());
  const json::Value body = line.root().get("body");
  std::string name;
  json::Writer(name).value(model);
  json::Edit edit(line);
  if (body.get("model").exists()) {
    edit.replace(body.get("model"), name);
  } else {
    edit.add_member(body, "model", name);
  }
  return edit.apply();
}

// One line of the input as a request; the error is for a person.
Result<std::string> request_of(const BatchInput& input, std::string_view text, std::int64_t number,
                               std::string& endpoint) {
  TRY_ASSIGN(const json::Document line, json::Document::parse(text));
  const json::Value root = line.root();
  if (!root.is_object())
    return fail(Code::invalid_request, "a line is a JSON object: a request or variables");
  std::string_view url = kChat;
  const bool request = root.get("body").is_object() && root.get("custom_id").is_string();
  if (request) {
    url = root.get("url").string_or("");
  } else if (input.prompt.empty()) {
    return fail(Code::invalid_request,
                "it is no request (`custom_id`, `method`, `url`, `body`); for variables say which "
                "prompt they are of: --prompt NAME@VERSION");
  }
  if (endpoint.empty()) endpoint = url;
  if (url != endpoint) {
    return fail(Code::invalid_request, "`url` is `" + std::string(url) +
                                           "`, that of the lines before `" + endpoint +
                                           "`: a batch has one");
  }
  return request ? with_model(line, input.model) : of_variables(input, root, number);
}

// Lines of a batch's file, one ahead.
class Answers {
 public:
  explicit Answers(const std::string& path) {
    if (path.empty()) return;
    in_.emplace(path, std::ios::binary);
    advance();
  }
  bool is(std::string_view custom_id) const { return there_ && custom_id_ == custom_id; }
  std::string take() {
    std::string out = std::move(line_);
    advance();
    return out;
  }

 private:
  void advance() {
    there_ = in_ && static_cast<bool>(std::getline(*in_, line_));
    if (!there_) return;
    const auto document = json::Document::parse(line_);
    custom_id_ = document ? document->root().get("custom_id").string_or("") : "";
  }
  std::optional<std::ifstream> in_;
  std::string line_, custom_id_;
  bool there_ = false;
};

}  // namespace

Result<BatchRequests> write_requests(const BatchInput& input, const std::string& to) {
  std::ifstream in(input.path, std::ios::binary);
  if (!in) return cannot("read", input.path);
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  BatchRequests made;
  std::int64_t number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    if (text.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto request = request_of(input, text, number, made.endpoint);
    if (!request) {
      if (made.problems.size() < kShownProblems) {
        made.problems.push_back(input.path + ":" + std::to_string(number) + ": " +
                                request.error().message);
      }
      continue;
    }
    ++made.lines;
    out << *request << '\n';
  }
  out.flush();
  if (!out || in.bad()) return cannot("write", to);
  if (made.lines == 0 && made.problems.empty())
    made.problems.push_back(input.path + ": there is no line in it");
  return made;
}

Result<BatchAnswers> merge_answers(const std::string& requests, const std::string& output,
                                   const std::string& errors, const std::string& to) {
  std::ifstream in(requests, std::ios::binary);
  if (!in) return cannot("read", requests);
  Answers answered(output), failed(errors);
  std::ofstream out(to, std::ios::binary | std::ios::trunc);
  BatchAnswers counts;
  for (std::string text; std::getline(in, text);) {
    TRY_ASSIGN(const json::Document request, json::Document::parse(text));
    const std::string_view id = request.root().get("custom_id").string_or("");
    if (answered.is(id)) {
      ++counts.answered;
      out << answered.take() << '\n';
    } else if (failed.is(id)) {
      ++counts.failed;
      out << failed.take() << '\n';
    } else {
      return fail(Code::corrupt, "the batch's files have no line for `" + std::string(id) + "`");
    }
  }
  out.flush();
  if (!out) return cannot("write", to);
  return counts;
}

}  // namespace maester::app
