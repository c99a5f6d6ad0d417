#include "gateway/guard/text_window.h"

#include <gtest/gtest.h>

#include "gateway/guard/fixtures_for_test.h"
#include "gateway/guard/window_for_test.h"
#include "support/shared.h"

namespace maester::gateway::guard {
namespace {

using enum Action;

const EveryRule& redacting() {
  static const EveryRule kRules(redact, redact, redact, redact);
  return kRules;
}

TEST(TextWindow, RedactsWhatItFindsAndKeepsTheRest) {
  const Verdict v = judge(redacting(), "Mail bo@example.com, card 4111 1111 1111 1111!", {});
  EXPECT_EQ(v.out, "Mail [redacted:email], card [redacted:credit-card]!");
  ASSERT_EQ(v.findings.size(), 2u);
  EXPECT_EQ(v.findings[0], (Finding{0, "email", redact}));
}

TEST(TextWindow, MergesMatchesOfSeveralRulesThatOverlap) {
  const Verdict v = judge(redacting(), "see https://user:Zk9s8dKq2@db.example.net/x now", {});
  EXPECT_EQ(v.out, "see [redacted:basic-auth-url] now");
}

TEST(TextWindow, EndsBeforeWhatIsBlocked) {
  const EveryRule rules(redact, block, record, record);
  const Verdict v =
      judge(rules, "Mail bo@example.com key AKIAIOSFODNN7EXAMPLE and al@example.com", {});
  EXPECT_FALSE(v.passed);
  EXPECT_EQ(v.out, "Mail [redacted:email] key ");
  EXPECT_EQ(v.findings.size(), 2u);
}

TEST(TextWindow, LetsAllowedValuesPass) {
  EXPECT_EQ(judge(redacting(), "Ask Help@Allowed.example or bo@other.example", {}).out,
            "Ask Help@Allowed.example or [redacted:email]");
}

TEST(TextWindow, HoldsBackOnlyWhatMayStillMatch) {
  TextWindow window(redacting().rules);
  std::string out;
  std::vector<Finding> findings;
  window.add("the weather is fine, write to bo", false, out, findings);
  EXPECT_EQ(out, "the weather is fine, write to ");
  window.add("b is here. ", false, out, findings);
  EXPECT_EQ(out, "the weather is fine, write to bob is here. ");
  EXPECT_FALSE(window.holding());
}

// Each text, cut in two at every byte, in pieces of one byte, and in random pieces, gets the
// verdict of the whole text, with every mix of actions.
void expect_same_for_every_cut(std::string_view text) {
  static const EveryRule kMixes[] = {{redact, redact, redact, redact},
                                     {redact, block, redact, record},
                                     {block, redact, block, redact},
                                     {record, record, record, block}};
  for (const EveryRule& rules : kMixes) {
    const Verdict whole = judge(rules, text, {});
    for (std::size_t cut = 1; cut < text.size(); ++cut)
      ASSERT_EQ(judge(rules, text, {cut}), whole) << "cut at " << cut << " of " << text;
    std::vector<std::size_t> every;
    for (std::size_t cut = 1; cut < text.size(); ++cut) every.push_back(cut);
    ASSERT_EQ(judge(rules, text, every), whole) << text;
    unsigned seed = 17;
    for (int i = 0; i < 20; ++i) {
      std::vector<std::size_t> some;
      for (std::size_t cut = 1; cut < text.size(); ++cut) {
        seed = seed * 1103515245 + 12345;
        if ((seed >> 16) % 7 == 0) some.push_back(cut);
      }
      ASSERT_EQ(judge(rules, text, some), whole) << text;
    }
  }
}

TEST(TextWindow, GivesOneVerdictForEveryCutOfTheFixtures) {
  SHARED_OR_SKIP(folder, "fixtures/guardrails");
  std::string all;
  for (const Sample& sample : load_samples(folder)) {
    if (sample.text.size() <= 400) expect_same_for_every_cut(sample.text);
    if (sample.label == "pii" || sample.label == "secret") all += sample.text + " ";
    if (all.size() > 700) {
      expect_same_for_every_cut(all);
      all.clear();
    }
  }
}

TEST(TextWindow, GivesOneVerdictForEveryCutOfHardTexts) {
  for (const char* text :
       {"Acme  Corp and acme\ncorp, initechnology; größe GRÖSSE GRÖßE 競合他社 Größen",
        "4111-1111-1111-1111-1111 4111\xc2\xa0"
        "1111\xe2\x80\x8b"
        "1111 1111",
        "-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----BEGIN PRIVATE KEY-----\nAA\n-----END PRIVATE "
        "KEY-----",
        "a@b a@b.c a@b.co. x.y@z.example.org,q@", "password: \"a\\\"b1234567\" pwd='x",
        "2001:db8::1 ::1 fe80::1%eth0 12:34:56 de:ad:be:ef:00:01", "//cdn.evil.example/x www.a.b",
        "\xff\xfe \xc3 broken \xe2\x80",
        "Mr. Bo\xc3\xabl van der Meer's house, 12 High Street, York"}) {
    expect_same_for_every_cut(text);
  }
}

}  // namespace
}  // namespace maester::gateway::guard
