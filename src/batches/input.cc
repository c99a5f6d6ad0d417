#include "batches/input.h"

#include <algorithm>
#include <array>
#include <set>

#include "base/hash.h"
#include "base/utf8.h"

namespace maester::batches {
namespace {

constexpr std::size_t kMaxCustomId = 512;

std::unexpected<InputError> wrong(std::string code, std::string message, std::string param = {}) {
  return std::unexpected(InputError{std::move(code), std::move(message), std::move(param), 0});
}

std::unexpected<InputError> missing(std::string_view name) {
  return wrong("missing_required_parameter",
               "Missing required parameter: '" + std::string(name) + "'.", std::string(name));
}

bool blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == line.npos;
}

// Half of a SHA-256: two ids of one file that share it are not to be found.
using Fingerprint = std::array<std::uint8_t, 16>;
Fingerprint fingerprint(std::string_view id) {
  const Sha256 whole = sha256(id);
  Fingerprint out{};
  std::copy_n(whole.begin(), out.size(), out.begin());
  return out;
}

class Checker {
 public:
  explicit Checker(const InputRules& rules) : rules_(rules) {}

  void line(std::string_view text, std::int64_t number) {
    ++report_.requests;
    auto request = read_request(text, rules_.endpoint);
    if (request && !ids_.insert(fingerprint(request->custom_id)).second) {
      request = wrong("duplicate_custom_id",
                      "The custom_id '" + std::string(utf8::truncate(request->custom_id, 128)) +
                          "' stands in an earlier line too; each must be unique in its file.",
                      "custom_id");
    }
    if (!request) return add(std::move(request.error()), number);
    if (report_.requests == 1) report_.model = request->model;
    several_ = several_ || report_.model != request->model;
    if (several_) report_.model.clear();
  }

  void add(InputError error, std::int64_t number) {
    error.line = number;
    if (report_.errors.size() < kMaxErrors) {
      report_.errors.push_back(std::move(error));
    } else {
      ++more_;
    }
  }

  InputReport take() {
    if (report_.requests == 0)
      add({"empty_file", "The input file has no request.", "input_file_id", 0}, 0);
    if (report_.requests > rules_.max_requests) {
      add({"too_many_requests",
           "The input file has " + std::to_string(report_.requests) + " requests; a batch has " +
               std::to_string(rules_.max_requests) + " at most: split the file.",
           "input_file_id", 0},
          0);
    }
    if (more_ > 0) {
      report_.errors.push_back(
          {"too_many_errors", std::to_string(more_) + " further errors are not listed.", "", 0});
    }
    return std::move(report_);
  }

 private:
  const InputRules& rules_;
  InputReport report_;
  std::set<Fingerprint> ids_;
  std::int64_t more_ = 0;
  bool several_ = false;
};

}  // namespace

Error LineReader::too_long() const {
  return make_error(Code::too_large, "Line " + std::to_string(number_ + 1) + " is longer than " +
                                         std::to_string(max_line_) + " bytes.");
}

Result<bool> LineReader::next(std::string_view& text) {
  for (;;) {
    const std::size_t end = buffer_.find('\n', scanned_);
    if (end == buffer_.npos && !ended_) {
      buffer_.erase(0, begin_);
      begin_ = 0;
      scanned_ = buffer_.size();
      if (scanned_ > max_line_) return fail(too_long());
      TRY_ASSIGN(const std::string piece, pieces_());
      ended_ = piece.empty();
      buffer_ += piece;
      continue;
    }
    const std::size_t stop = end == buffer_.npos ? buffer_.size() : end;
    if (end == buffer_.npos && begin_ >= stop) return false;
    if (stop - begin_ > max_line_ + 1) return fail(too_long());
    ++number_;
    text = std::string_view(buffer_).substr(begin_, stop - begin_);
    begin_ = scanned_ = std::min(stop + 1, buffer_.size());
    if (text.ends_with('\r')) text.remove_suffix(1);
    if (number_ == 1 && text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    if (!blank(text)) return true;
  }
}

std::expected<RequestLine, InputError> read_request(std::string_view line,
                                                    std::string_view endpoint) {
  auto document = json::Document::parse(line);
  if (!document || !document->root().is_object()) {
    return wrong("invalid_json_line",
                 "This line is not parseable as a JSON object" +
                     (document ? std::string(".") : ": " + document.error().message));
  }
  RequestLine out;
  out.document = std::move(*document);
  const json::Value root = out.document.root();
  for (const std::string_view name : {"custom_id", "method", "url"}) {
    if (root.get(name).empty()) return missing(name);
    if (!root.get(name).is_string()) {
      return wrong("invalid_type", "'" + std::string(name) + "' must be a string.",
                   std::string(name));
    }
  }
  out.custom_id = root.get("custom_id").string_or("");
  if (out.custom_id.empty() || out.custom_id.size() > kMaxCustomId) {
    return wrong("invalid_custom_id",
                 "'custom_id' must have 1 to " + std::to_string(kMaxCustomId) + " bytes.",
                 "custom_id");
  }
  if (root.get("method").string_or("") != "POST") {
    return wrong("invalid_method", "'method' must be 'POST'.", "method");
  }
  if (root.get("url").string_or("") != endpoint) {
    return wrong("mismatched_endpoint",
                 "'url' must be the batch's endpoint, '" + std::string(endpoint) + "'.", "url");
  }
  out.body = root.get("body");
  if (out.body.empty()) return missing("body");
  if (!out.body.is_object()) return wrong("invalid_type", "'body' must be an object.", "body");
  if (const auto twice = root.duplicate_key()) {
    return wrong("invalid_json_line", "'" + std::string(*twice) + "' stands there twice.",
                 std::string(*twice));
  }
  if (out.body.get("stream").bool_or(false)) {
    return wrong("stream_not_supported", "A batch's answers are not streamed: leave out 'stream'.",
                 "body.stream");
  }
  const json::Value model = out.body.get("model");
  if (!model.empty() && !model.is_string())
    return wrong("invalid_type", "'model' must be a string.", "body.model");
  out.model = model.string_or("");
  return out;
}

Result<InputReport> check_input(Pieces pieces, const InputRules& rules,
                                const std::function<bool()>& stopped) {
  LineReader lines(std::move(pieces), rules.max_line);
  Checker checker(rules);
  for (std::string_view text;;) {
    if (stopped()) return fail(Code::cancelled, "It was stopped.");
    const auto more = lines.next(text);
    if (!more && more.error().code == Code::too_large) {
      checker.add({"line_too_long", more.error().message, "", 0}, lines.number() + 1);
      break;
    }
    if (!more) return fail(more.error());
    if (!*more) break;
    checker.line(text, lines.number());
  }
  return checker.take();
}

Pieces pieces_of(std::shared_ptr<BodyReader> body) {
  return [body = std::move(body)] { return body->next(); };
}

}  // namespace maester::batches
