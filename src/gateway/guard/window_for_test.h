// A window over every kind of span rule, for the tests that cut texts.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/guard/pii.h"
#include "gateway/guard/secrets.h"
#include "gateway/guard/text_window.h"
#include "gateway/guard/urls.h"
#include "gateway/guard/words.h"

namespace maester::gateway::guard {

struct EveryRule {
  std::vector<std::unique_ptr<Scanner>> scanners;
  std::vector<SpanRule> rules;
  std::vector<std::string> allow{"*@allowed.example"};

  EveryRule(Action pii, Action secrets, Action words, Action urls) {
    add(make_pii_scanner(kAllPii), pii);
    add(make_secret_scanner({}), secrets);
    add(*make_word_scanner({{"competitor", {"Acme Corp", "Initech*", "Größe", "競合"}}}), words);
    add(make_url_scanner({{"example.com"}, {}}), urls);
  }

 private:
  void add(std::unique_ptr<Scanner> scanner, Action action) {
    rules.push_back({scanner.get(), rules.size(), action, allow});
    scanners.push_back(std::move(scanner));
  }
};

struct Verdict {
  std::string out;
  std::vector<Finding> findings;
  bool passed = true;
  bool operator==(const Verdict&) const = default;
};

// The text in pieces that end at each of `cuts` (ascending).
inline Verdict judge(const EveryRule& every, std::string_view text,
                     const std::vector<std::size_t>& cuts) {
  Verdict out;
  TextWindow window(every.rules);
  std::size_t at = 0;
  for (const std::size_t cut : cuts) {
    if (!window.add(text.substr(at, cut - at), false, out.out, out.findings)) break;
    at = cut;
  }
  out.passed = !window.blocked() && window.add(text.substr(at), true, out.out, out.findings);
  return out;
}

}  // namespace maester::gateway::guard
