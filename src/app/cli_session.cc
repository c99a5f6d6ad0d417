#include "app/cli_session.h"

#include <utility>

#include "codec/json_writer.h"
#include "wire/url.h"

namespace maester::app {
namespace {

constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8080";

// The sentence of an error answer: problem+json, or OpenAI's and Anthropic's shape.
std::string explain_refusal(const ApiReply& reply) {
  const auto doc = json::Document::parse(reply.body);
  std::string out;
  std::string_view code, id;
  if (doc) {
    const json::Value root = doc->root();
    const json::Value error = root.get("error");
    const json::Value source = error.is_object() ? error : root;
    out = source.get(error.is_object() ? "message" : "detail").string_or("");
    if (out.empty()) out = source.get("title").string_or("");
    code = source.get("code").string_or("");
    id = source.get("request_id").string_or(root.get("request_id").string_or(""));
    if (out.empty()) out = root.get("detail").get("message").string_or("");
  }
  if (out.empty()) out = "the server answered without a reason";
  out += " (" + std::to_string(reply.status);
  if (!code.empty()) out += " " + std::string(code);
  if (!id.empty()) out += ", request " + std::string(id);
  out += ")";
  if (reply.status == 401) out += "\nSet MAESTER_API_KEY to a key of this server.";
  return out;
}

std::string unreachable(const std::string& url, const Error& error) {
  // That it could not connect needs no words of the transport's.
  const std::string why = error.param == "connect" ? "" : ": " + error.message;
  return "no answer from " + url + why +
         "\nIs the server running there? Start one with `maester serve`, or set MAESTER_URL.";
}

}  // namespace

void CliSession::complain(std::string_view message, int status) {
  err() << "maester: " << message << '\n';
  status_ = status;
}

Status CliSession::connect(std::string& url) {
  url = environment_.variable("MAESTER_URL").value_or("");
  if (url.empty()) url = kDefaultUrl;
  if (!api_) {
    TRY_ASSIGN(api_,
               environment_.connect(url, environment_.variable("MAESTER_API_KEY").value_or("")));
  }
  return {};
}

Status CliSession::download(const std::string& path, const std::string& file) {
  std::string url;
  TRY(connect(url));
  const auto reply = api_->download(path, file);
  if (!reply) return maester::fail(reply.error().code, unreachable(url, reply.error()));
  last_answer_status_ = reply->status;
  if (reply->status >= 200 && reply->status <= 299) return {};
  return maester::fail(Code::upstream_error, explain_refusal(*reply));
}

Result<std::string> CliSession::request(std::string_view method, const std::string& path,
                                        std::string body, std::string_view content_type) {
  std::string url;
  TRY(connect(url));
  auto reply = api_->call(method, path, std::move(body), content_type);
  if (!reply) return maester::fail(reply.error().code, unreachable(url, reply.error()));
  last_answer_status_ = reply->status;
  if (reply->status < 200 || reply->status > 299) {
    return maester::fail(Code::upstream_error, explain_refusal(*reply));
  }
  return std::move(reply->body);
}

Result<std::string> CliSession::request_all(const std::string& path) {
  std::string out, cursor;
  json::Writer w(out);
  w.begin_array();
  do {
    const char joint = path.find('?') == std::string::npos ? '?' : '&';
    TRY_ASSIGN(
        const std::string page,
        request("GET",
                cursor.empty() ? path : path + joint + "cursor=" + wire::encode_segment(cursor)));
    TRY_ASSIGN(const json::Document doc, json::Document::parse(page));
    for (const json::Value row : doc.root().get("data")) w.raw(row.raw());
    const std::string next(doc.root().get("next_cursor").string_or(""));
    if (next == cursor) break;
    cursor = next;
  } while (!cursor.empty());
  w.end_array();
  return out;
}

void CliSession::print_json(std::string_view json) {
  out() << json;
  if (!json.ends_with('\n')) out() << '\n';
}

}  // namespace maester::app
