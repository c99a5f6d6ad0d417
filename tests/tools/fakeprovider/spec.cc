#include "fakeprovider/spec.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "common/net.h"

namespace maester::rig {
namespace {

constexpr auto kFaults = std::to_array<FaultName>({
    {"hang-headers", Fault::hang_headers, "reads the request, never answers"},
    {"hang-mid", Fault::hang_mid, "half of the answer, then silence"},
    {"rst-mid", Fault::rst_mid, "half of the answer, then a TCP reset"},
    {"cut", Fault::cut, "cut:N closes after N bytes of the body"},
    {"garbage", Fault::garbage, "bytes that are not HTTP"},
    {"garbage-json", Fault::garbage_json, "a body (a chunk half-way) that is not JSON"},
    {"invalid-utf8", Fault::invalid_utf8, "text with bytes that are not UTF-8"},
    {"wrong-content-length", Fault::wrong_content_length, "declares 100 bytes more than it sends"},
    {"short-content-length", Fault::short_content_length, "declares 10 bytes fewer than it sends"},
    {"one-byte-writes", Fault::one_byte_writes, "every byte in a segment of its own"},
    {"big-line", Fault::big_line, "10 MiB of text in one body or one SSE line"},
    {"gzip-bomb", Fault::gzip_bomb, "content-encoding gzip: 256 MiB of zeros in 1.6 MiB"},
    {"no-usage", Fault::no_usage, "no usage, even when asked for"},
    {"usage-mismatch", Fault::usage_mismatch, "usage that says ten times what the text is"},
    {"redirect", Fault::redirect, "302 to http://169.254.169.254/latest/meta-data"},
    {"slow-loris", Fault::slow_loris, "slow-loris[:MS]: one byte of the answer each MS (250)"},
    {"comments-only", Fault::comments_only,
     "comments-only[:MS]: SSE comments each MS (200), for ever"},
    {"error-event", Fault::error_event,
     "half of a stream, then the protocol's error; else 200 with an error"},
    {"html-502", Fault::html_502, "502 with a page of HTML"},
    {"empty-502", Fault::empty_502, "502 with no body"},
    {"no-done", Fault::no_done, "a stream that ends cleanly without its end marker"},
    {"close-before", Fault::close_before, "closes the connection instead of answering"},
    {"close-after", Fault::close_after, "answers, then closes a connection it called kept alive"},
});

// "a:b:c" -> a and moves on.
std::string_view next_part(std::string_view& rest, char separator) {
  const std::size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
  return part;
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const auto [p, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && p == text.data() + text.size() && !text.empty();
}

// Reads "name=value" arguments with `assign(name, value)`.
template <typename Assign>
bool read_arguments(std::string_view rest, const Assign& assign) {
  while (!rest.empty()) {
    std::string_view value = next_part(rest, ':');
    const std::string_view name = next_part(value, '=');
    if (!assign(name, value)) return false;
  }
  return true;
}

bool read_fault(std::string_view rest, Spec& out) {
  const std::string_view name = next_part(rest, ':');
  if (read_number(name, out.status)) {
    if (out.status < 200 || out.status > 599) return false;
    out.fault = Fault::status;
  } else {
    const auto found = std::ranges::find(kFaults, name, &FaultName::name);
    if (found == kFaults.end()) return false;
    out.fault = found->fault;
  }
  return read_arguments(rest, [&](std::string_view key, std::string_view value) {
    if (key == "retry-after") return read_number(value, out.retry_after);
    if (key == "say") return out.say = value, !value.empty();
    return value.empty() && read_number(key, out.argument);
  });
}

bool read_latency(std::string_view rest, Spec& out) {
  const std::string_view low = next_part(rest, '-');
  if (!read_number(low, out.latency_min_ms)) return false;
  out.latency_max_ms = out.latency_min_ms;
  return rest.empty() || read_number(rest, out.latency_max_ms);
}

bool read_part(std::string_view part, Spec& out, bool& known) {
  std::string_view rest = part;
  const std::string_view word = next_part(rest, ':');
  known = true;
  if (word == "fault") return read_fault(rest, out);
  if (word == "latency") return read_latency(rest, out);
  if (word == "percent") return read_number(rest, out.percent);
  if (word == "times") return read_number(rest, out.times);
  if (word == "only") return out.only = rest, !rest.empty();
  if (word == "prefill") return out.only_prefill = true, rest.empty();
  if (word == "text") return read_number(rest, out.text_bytes);
  if (word == "echo") return out.shape = Shape::echo, rest.empty();
  if (word == "tools") return out.shape = Shape::tools, rest.empty();
  if (word == "tools-parallel") return out.shape = Shape::tools_parallel, rest.empty();
  if (word == "reasoning") return out.shape = Shape::reasoning, rest.empty();
  if (word == "images") return out.shape = Shape::images, rest.empty();
  if (word == "json" || word == "fenced-json") {
    out.fenced = word == "fenced-json";
    return out.shape = Shape::json, rest.empty();
  }
  if (word == "fixture") return out.fixture = rest, !rest.empty();
  if (word == "stream") {
    return read_arguments(rest, [&](std::string_view key, std::string_view value) {
      if (key == "chunks") return read_number(value, out.chunks);
      if (key == "interval_ms") return read_number(value, out.interval_ms);
      if (key == "first_ms") return read_number(value, out.first_ms);
      return key == "pad" && read_number(value, out.pad);
    });
  }
  if (word == "chaos") {
    out.chaos = true;
    out.percent = 30;
    if (!read_number(next_part(rest, ':'), out.chaos_seed)) return false;
    return read_arguments(rest, [&](std::string_view key, std::string_view value) {
      return key == "percent" && read_number(value, out.percent);
    });
  }
  if (word.starts_with("cut=")) return read_number(word.substr(4), out.fixture_cut);
  known = false;
  return true;
}

}  // namespace

std::span<const FaultName> fault_names() {
  return kFaults;
}

std::uint64_t mix64(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

bool parse_spec(std::string_view model, Spec& out, std::string& error) {
  out = Spec{};
  std::string_view rest = model;
  for (bool first = true; !rest.empty(); first = false) {
    const std::string_view part = next_part(rest, ';');
    bool known = false;
    const bool right = read_part(part, out, known);
    if (!known && first) return false;
    if (!right || !known) {
      error = "fakeprovider does not understand `" + std::string(part) + "`";
      return false;
    }
  }
  return !model.empty();
}

Spec chaos_spec(const Spec& mix, std::uint64_t n) {
  Spec out = mix;
  out.chaos = false;
  out.percent = 100;
  const std::uint64_t roll = mix64(mix.chaos_seed * 0x100000001b3 + n);
  if (roll % 100 >= mix.percent) return out;
  constexpr int kStatus[] = {429, 500, 502, 503, 529};
  const std::uint64_t pick = (roll / 100) % (kFaults.size() + std::size(kStatus));
  if (pick < kFaults.size()) {
    out.fault = kFaults[pick].fault;
    if (out.fault == Fault::cut) out.argument = static_cast<std::int64_t>(roll >> 40) % 400;
    return out;
  }
  out.fault = Fault::status;
  out.status = kStatus[pick - kFaults.size()];
  return out;
}

bool Script::load(std::string_view json, std::string& error) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  if (const auto code = parser.parse(simdjson::padded_string(json)).get(root)) {
    error = simdjson::error_message(code);
    return false;
  }
  auto data = std::make_shared<Data>();
  const auto read_spec = [&error](simdjson::dom::element from, std::string& into) {
    std::string_view text;
    Spec spec;
    if (from.get(text) || (!text.empty() && !parse_spec(text, spec, error))) {
      if (error.empty()) error = "a SPEC must be a string of the model language";
      return false;
    }
    into = text;
    return true;
  };
  simdjson::dom::element value;
  if (!root["default"].get(value) && !read_spec(value, data->fallback)) return false;
  simdjson::dom::object models;
  if (!root["models"].get(models)) {
    for (const auto& [name, spec] : models) {
      if (!read_spec(spec, data->models.emplace_back(std::string(name), "").second)) return false;
    }
  }
  simdjson::dom::array phases;
  std::uint64_t until = mono_ns();
  if (!root["phases"].get(phases)) {
    for (const simdjson::dom::element phase : phases) {
      double seconds = 0;
      if (phase["seconds"].get(seconds) || phase["default"].get(value)) {
        error = "a phase needs `seconds` and `default`";
        return false;
      }
      until += static_cast<std::uint64_t>(seconds * 1e9);
      if (!read_spec(value, data->phases.emplace_back(until, "").spec)) return false;
    }
  }
  const std::lock_guard lock(mutex_);
  data_ = std::move(data);
  return true;
}

bool Script::find(std::string_view model, Spec& out, std::string& error) const {
  if (parse_spec(model, out, error)) return true;
  if (!error.empty()) return false;
  std::shared_ptr<const Data> data;
  {
    const std::lock_guard lock(mutex_);
    data = data_;
  }
  if (!data) return true;
  std::string_view spec = data->fallback;
  const std::uint64_t now = data->phases.empty() ? 0 : mono_ns();
  for (const Phase& phase : data->phases) {
    if (now < phase.until_ns) {
      spec = phase.spec;
      break;
    }
  }
  for (const auto& [name, text] : data->models) {
    if (name == model) spec = text;
  }
  return spec.empty() || parse_spec(spec, out, error);
}

}  // namespace maester::rig
