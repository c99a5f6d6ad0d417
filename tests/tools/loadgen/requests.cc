#include "loadgen/requests.h"

#include <cstdio>
#include <fstream>
#include <sstream>

#include "common/http1.h"

namespace maester::rig {
namespace {

constexpr std::string_view kNumber = "{{n}}";
constexpr std::size_t kDigits = 12;

std::string number(std::uint64_t n) {
  char text[24];
  std::snprintf(text, sizeof text, "%012llu",
                static_cast<unsigned long long>(n % 1'000'000'000'000));
  return text;
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (std::size_t at = text.find(what); at != std::string::npos;
       at = text.find(what, at + with.size())) {
    text.replace(at, what.size(), with);
  }
}

std::string own_body(const std::string& path, const std::string& model, bool stream) {
  std::ifstream file(path);
  if (!file) die("cannot read " + path);
  std::stringstream text;
  text << file.rdbuf();
  std::string out = text.str();
  replace_all(out, "{{model}}", model);
  replace_all(out, "{{stream}}", stream ? "true" : "false");
  return out;
}

}  // namespace

Requests::Requests(const Options& options) : options_(options) {
  for (const std::string& model : options.models) {
    made_.push_back(make(model, false));
    made_.push_back(make(model, true));
  }
}

Requests::Made Requests::make(const std::string& model, bool stream) const {
  const bool anthropic = options_.protocol == "anthropic";
  Made out;
  if (!options_.body_file.empty()) {
    out.body = own_body(options_.body_file, model, stream);
  } else {
    std::string front = "{\"model\":" + quoted(model) + ",";
    if (anthropic || options_.max_tokens > 0) {
      front +=
          "\"max_tokens\":" + std::to_string(options_.max_tokens > 0 ? options_.max_tokens : 1024) +
          ",";
    }
    if (stream) front += "\"stream\":true,";
    if (stream && options_.include_usage && !anthropic) {
      front += "\"stream_options\":{\"include_usage\":true},";
    }
    front += "\"messages\":[{\"role\":\"user\",\"content\":\"Request {{n}}. ";
    const std::string back = "\"}]}";
    const std::size_t have = front.size() - kNumber.size() + kDigits + back.size();
    const std::size_t pad = options_.body_bytes > have ? options_.body_bytes - have : 0;
    for (std::size_t i = 0; i < pad; ++i) front.push_back("lorem ipsum dolor sit amet, "[i % 28]);
    out.body = front + back;
  }
  for (std::size_t at = out.body.find(kNumber); at != std::string::npos;
       at = out.body.find(kNumber, at)) {
    out.body.replace(at, kNumber.size(), kDigits, '0');
    out.numbers.push_back(at);
  }
  out.head =
      "POST " + options_.path + " HTTP/1.1\r\nhost: " + options_.server.host + ":" +
      std::to_string(options_.server.port) +
      "\r\ncontent-type: application/json\r\ncontent-length: " + std::to_string(out.body.size()) +
      "\r\n";
  for (const std::string& header : options_.headers) out.head += header + "\r\n";
  return out;
}

std::string Requests::client_id(std::uint64_t n) const {
  if (options_.acks.empty()) return "";
  return "lg-" + std::to_string(options_.seed) + "-" + number(n);
}

void Requests::append(std::string& out, Choice choice, std::uint64_t n) const {
  const Made& made = made_[choice.model * 2 + (choice.stream ? 1 : 0)];
  out += made.head;
  if (!options_.acks.empty()) out.append("x-request-id: ").append(client_id(n)).append("\r\n");
  out += "\r\n";
  const std::size_t body = out.size();
  out += made.body;
  const std::string digits = made.numbers.empty() ? std::string() : number(n);
  for (const std::size_t at : made.numbers) out.replace(body + at, kDigits, digits);
}

}  // namespace maester::rig
