// The strings of ../shared/fixtures/guardrails, and how they are divided.
//
// Tuned on one half, measured on the other: a text is in the tuning half when the first byte of the
// SHA-256 of its UTF-8 is even. The split is by content, so it survives reordering and additions.
#pragma once

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/utf8.h"
#include "codec/base64.h"
#include "codec/json.h"

namespace maester::gateway::guard {

struct Span {
  std::size_t begin = 0, end = 0;  // bytes
  std::string kind;
};

struct Sample {
  std::string text;
  std::string label;  // injection | payload | harmful-request | pii | secret | benign
  std::string kind;   // "pii/email", "benign/hard-negative", ...
  std::vector<Span> spans;
  bool tuning = false;
};

inline std::size_t byte_offset(const std::string& text, std::size_t code_points) {
  return utf8::prefix(text, code_points).size();
}

// `folder`: fixtures/guardrails of the shared files.
inline std::vector<Sample> load_samples(const std::filesystem::path& folder) {
  std::vector<Sample> out;
  for (const char* name : {"benign", "injection", "payload", "harmful", "pii", "secret"}) {
    std::ifstream file(folder / (std::string(name) + ".jsonl"));
    std::string line;
    json::Document doc;
    while (std::getline(file, line)) {
      if (line.empty() || !doc.reparse(line)) continue;
      const json::Value row = doc.root();
      Sample sample;
      sample.label = row.get("label").string_or("");
      sample.kind = row.get("kind").string_or("");
      sample.text = row.get("text_b64").exists()
                        ? base64_decode(row.get("text_b64").string_or("")).value_or("")
                        : std::string(row.get("text").string_or(""));
      for (const json::Value span : row.get("spans")) {
        sample.spans.push_back(
            {byte_offset(sample.text, static_cast<std::size_t>(span.get("start").int_or(0))),
             byte_offset(sample.text, static_cast<std::size_t>(span.get("end").int_or(0))),
             std::string(span.get("type").string_or(""))});
      }
      sample.tuning = sha256(sample.text)[0] % 2 == 0;
      out.push_back(std::move(sample));
    }
  }
  return out;
}

}  // namespace maester::gateway::guard
