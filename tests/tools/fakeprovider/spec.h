// How the fake provider is told what to do: by the model name of the request. A model name is a
// list of parts parted by ';', a part is a word with arguments parted by ':'. A name whose first
// word is not known is a plain model.
//
//   fault:503   fault:429:retry-after=2   fault:cut:123
//   fault:hang-mid;stream:chunks=20:interval_ms=50 latency:40  latency:20-80  echo  tools
//   tools-parallel  reasoning  json  fenced-json  images
//   stream:chunks=N:interval_ms=M:pad=B:first_ms=F  text:BYTES percent:30 (the fault hits 30 % of
//   the requests)  times:2 (only the first two of that name)  only:0001 (only credentials that end
//   so)  prefill (only when an assistant speaks last)  chaos:SEED[:percent=P] fault:400:say=WORDS
//   fixture:openai-018;cut=1
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace maester::rig {

enum class Fault : std::uint8_t {
  none,
  status,
  hang_headers,
  hang_mid,
  rst_mid,
  cut,
  garbage,
  garbage_json,
  invalid_utf8,
  wrong_content_length,
  short_content_length,
  one_byte_writes,
  big_line,
  gzip_bomb,
  no_usage,
  usage_mismatch,
  redirect,
  slow_loris,
  comments_only,
  error_event,
  html_502,
  empty_502,
  no_done,
  close_before,
  close_after
};

struct FaultName {
  std::string_view name;
  Fault fault;
  std::string_view meaning;
};
std::span<const FaultName> fault_names();  // all but `status`, in the order of --help

enum class Shape : std::uint8_t { text, echo, tools, tools_parallel, reasoning, json, images };

struct Spec {
  Shape shape = Shape::text;
  Fault fault = Fault::none;
  int status = 0;  // Fault::status
  // Of the fault: bytes for `cut`, events for hang-mid and rst-mid, milliseconds for slow-loris and
  // comments-only.
  std::int64_t argument = -1;
  std::string say;              // the words of a status
  int retry_after = -1;         // seconds
  std::uint32_t percent = 100;  // of requests that the fault hits
  std::uint64_t times = 0;      // > 0: it hits the first so many of this model name
  std::string only;             // it hits credentials that end so, "" = all
  bool only_prefill = false;    // it hits requests that end with an assistant's message
  std::uint32_t chunks = 0;     // > 0: a stream of numbered, stamped chunks
  std::uint64_t interval_ms = 0, latency_min_ms = 0, latency_max_ms = 0;
  std::uint64_t first_ms = 0;  // between the head and the first event of a stream
  std::size_t pad = 0;         // bytes added to each numbered chunk
  bool fenced = false;         // of Shape::json: inside a Markdown fence, with words around it
  std::size_t text_bytes = 0;  // length of the plain answer's text; 0 = the standard sentence
  bool chaos = false;
  std::uint64_t chaos_seed = 0;
  std::string fixture;          // id in fixtures/wire, "" = none
  std::size_t fixture_cut = 0;  // bytes a send; 0 = at once
};

// True when `model` begins with a word of the language. A mistake in the rest is answered with
// `error` and false.
bool parse_spec(std::string_view model, Spec& out, std::string& error);
// What the seed says the n-th request of a chaos mix meets.
Spec chaos_spec(const Spec& mix, std::uint64_t n);

std::uint64_t mix64(std::uint64_t x);  // splitmix64's finaliser: a hash for seeded choices

// A script file (--script, POST /__script):
//   {"default": SPEC, "models": {"name": SPEC}, "phases": [{"seconds": 120, "default": SPEC}, ...]}
// A phase replaces the default for so many seconds; after the last the default holds again.
// Thread-safe.
class Script {
 public:
  // Replaces what is there; its phases begin now. False with a sentence in `error`.
  bool load(std::string_view json, std::string& error);
  // The spec for a request that asked for `model`.
  bool find(std::string_view model, Spec& out, std::string& error) const;

 private:
  struct Phase {
    std::uint64_t until_ns;
    std::string spec;
  };
  struct Data {
    std::string fallback;
    std::vector<std::pair<std::string, std::string>> models;
    std::vector<Phase> phases;
  };
  mutable std::mutex mutex_;
  std::shared_ptr<const Data> data_;
};

}  // namespace maester::rig
