// Precision and recall on the half of the fixtures that nothing was tuned on (docs/how-to/
// guardrails.md has the figures; `./dev guard` prints them).
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <memory>

#include "gateway/guard/fixtures_for_test.h"
#include "gateway/guard/injection.h"
#include "gateway/guard/pii.h"
#include "gateway/guard/scan_all.h"
#include "gateway/guard/secrets.h"
#include "support/shared.h"

namespace maester::gateway::guard {
namespace {

struct Score {
  int found = 0, wanted = 0, right = 0, said = 0;
  double recall() const { return wanted == 0 ? 1 : double(found) / wanted; }
  double precision() const { return said == 0 ? 1 : double(right) / said; }
};

// A span is found when findings cover all of it: what is left over would leak. A finding is right
// when it touches a span.
void score(const Sample& sample, const std::vector<Match>& matches,
           std::map<std::string, Score>& by_kind, Score& total) {
  for (const Span& span : sample.spans) {
    std::size_t covered = span.begin;
    for (const Match& match : matches) {
      if (match.begin <= covered) covered = std::max(covered, match.end);
    }
    const bool found = covered >= span.end;
    for (Score* s : {&by_kind[span.kind], &total}) {
      ++s->wanted;
      s->found += found;
    }
    if (!found && std::getenv("MAESTER_GUARD_SHOW") != nullptr && sample.tuning)
      std::printf("MISSED %s: %s\n", span.kind.c_str(), sample.text.c_str());
  }
  for (const Match& match : matches) {
    const bool right = std::ranges::any_of(sample.spans, [&](const Span& span) {
      return match.begin < span.end && match.end > span.begin;
    });
    for (Score* s : {&by_kind[std::string(match.kind)], &total}) {
      ++s->said;
      s->right += right;
    }
    if (!right && std::getenv("MAESTER_GUARD_SHOW") != nullptr && sample.tuning)
      std::printf("WRONG %s: %s\n", std::string(match.kind).c_str(), sample.text.c_str());
  }
}

void print(const char* title, const std::map<std::string, Score>& rows, const Score& total) {
  std::printf("\n%-22s %8s %10s %8s\n", title, "spans", "precision", "recall");
  for (const auto& [kind, s] : rows)
    std::printf("%-22s %8d %10.3f %8.3f\n", kind.c_str(), s.wanted, s.precision(), s.recall());
  std::printf("%-22s %8d %10.3f %8.3f\n", "all", total.wanted, total.precision(), total.recall());
}

struct Half {
  const char* name;
  bool tuning;
};

class GuardMeasure : public ::testing::TestWithParam<Half> {
 protected:
  void SetUp() override {
    SHARED_OR_SKIP(folder, "fixtures/guardrails");
    samples_ = load_samples(folder);
    std::erase_if(samples_, [](const Sample& s) { return s.tuning != GetParam().tuning; });
  }
  // Spans of `label`, and whatever is found in benign texts besides.
  Score spans(const char* label, const Scanner& scanner) {
    std::map<std::string, Score> kinds;
    Score total;
    for (const Sample& sample : samples_) {
      if (sample.label == label || sample.label == "benign")
        score(sample, scan_all(scanner, sample.text), kinds, total);
    }
    print(label, kinds, total);
    return total;
  }
  std::vector<Sample> samples_;
};

TEST_P(GuardMeasure, FindsSecrets) {
  const Score total = spans("secret", *make_secret_scanner({}));
  EXPECT_GE(total.wanted, 10);
  EXPECT_GE(total.recall(), 0.95);
  EXPECT_GE(total.precision(), 0.95);
}

TEST_P(GuardMeasure, FindsPersonalData) {
  const Score total = spans("pii", *make_pii_scanner(kAllPii));
  EXPECT_GE(total.wanted, 15);
  EXPECT_GE(total.recall(), 0.90);
  EXPECT_GE(total.precision(), 0.95);
}

TEST_P(GuardMeasure, FindsInjections) {
  std::map<std::string, std::pair<int, int>> kinds;  // flagged, of
  int flagged = 0, injections = 0, benign = 0, benign_flagged = 0;
  for (const Sample& sample : samples_) {
    const InjectionVerdict verdict = injection_score(sample.text);
    const bool flag = verdict.score >= kInjectionThreshold;
    const bool show = std::getenv("MAESTER_GUARD_SHOW") != nullptr && sample.tuning;
    auto& [yes, of] = kinds[sample.kind];
    yes += flag;
    ++of;
    if (sample.label == "injection") {
      ++injections;
      flagged += flag;
      if (!flag && show) std::printf("MISSED %.2f: %.300s\n", verdict.score, sample.text.c_str());
    } else if (sample.label == "benign") {
      ++benign;
      benign_flagged += flag;
      if ((flag || verdict.score > 0.6) && show) {
        std::printf("BENIGN %.2f: %.100s\n", verdict.score, sample.text.c_str());
      }
    }
  }
  std::printf("\n%-45s %8s %8s\n", "texts", "flagged", "of");
  for (const auto& [kind, n] : kinds)
    std::printf("%-45s %8d %8d\n", kind.c_str(), n.first, n.second);
  std::printf("injections: recall %.3f (%d of %d); benign texts flagged: %d of %d\n",
              double(flagged) / injections, flagged, injections, benign_flagged, benign);
  EXPECT_GE(flagged, 0.60 * injections);
  EXPECT_LE(benign_flagged, 0.02 * benign);
}

INSTANTIATE_TEST_SUITE_P(, GuardMeasure,
                         testing::Values(Half{"tuned", true}, Half{"measured", false}),
                         [](const auto& half) { return half.param.name; });

}  // namespace
}  // namespace maester::gateway::guard
