#include "fakeprovider/fixtures.h"

#include <simdjson.h>

#include <fstream>

namespace maester::rig {
namespace {

std::string decode_base64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    int value = -1;
    if (c >= 'A' && c <= 'Z')
      value = c - 'A';
    else if (c >= 'a' && c <= 'z')
      value = c - 'a' + 26;
    else if (c >= '0' && c <= '9')
      value = c - '0' + 52;
    else if (c == '+')
      value = 62;
    else if (c == '/')
      value = 63;
    if (value < 0) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count >= 8) {
      count -= 8;
      out.push_back(static_cast<char>(bits >> count & 0xff));
    }
  }
  return out;
}

bool is_framing(std::string_view name) {
  return name == "transfer-encoding" || name == "content-length" || name == "connection" ||
         name == "content-encoding" || name == "keep-alive";
}

// The path of a fixture by the last column of INDEX.tsv.
std::string path_of(const std::string& directory, const std::string& id) {
  std::ifstream index(directory + "/INDEX.tsv");
  for (std::string line; std::getline(index, line);) {
    if (line.starts_with(id + "\t")) return directory + "/" + line.substr(line.rfind('\t') + 1);
  }
  return "";
}

}  // namespace

std::optional<Fixture> read_fixture(const std::string& path, std::string& error) {
  simdjson::dom::parser parser;
  simdjson::dom::element root, response;
  if (const auto code = parser.load(path).get(root)) {
    error = path + ": " + simdjson::error_message(code);
    return std::nullopt;
  }
  Fixture out;
  std::int64_t status = 0;
  std::string_view body;
  if (root["response"].get(response) || response["status"].get(status)) {
    error = path + ": no response.status";
    return std::nullopt;
  }
  out.status = static_cast<int>(status);
  if (root["streaming"].get(out.streaming)) out.streaming = false;
  if (!response["body_base64"].get(body))
    out.body = decode_base64(body);
  else if (!response["body"].get(body))
    out.body = body;
  simdjson::dom::object headers;
  if (!response["headers"].get(headers)) {
    for (const auto& [name, value] : headers) {
      std::string_view text;
      if (!value.get(text) && !is_framing(name)) out.headers.emplace_back(name, text);
    }
  }
  return out;
}

std::optional<Fixture> Fixtures::find(const std::string& id, std::string& error) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = read_.find(id); found != read_.end()) return found->second;
  const bool is_path = id.find('/') != std::string::npos;
  const std::string path = is_path ? id : path_of(directory_, id);
  if (path.empty()) {
    error = "no fixture `" + id + "` in " + directory_;
    return std::nullopt;
  }
  std::optional<Fixture> fixture = read_fixture(path, error);
  if (fixture) read_.emplace(id, *fixture);
  return fixture;
}

}  // namespace maester::rig
