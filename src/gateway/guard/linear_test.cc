// 100 KiB of each detector's worst input. The bound is ten times what docs/how-to/guardrails.md
// promises (50 ms), because a CI machine may stall; `./dev guard` prints what it took.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <functional>

#include "gateway/guard/injection.h"
#include "gateway/guard/language.h"
#include "gateway/guard/scan_all.h"
#include "gateway/guard/window_for_test.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kSize = 100 * 1024;

std::string repeat(std::string_view unit) {
  std::string out;
  while (out.size() < kSize) out += unit;
  out.resize(kSize);
  return out;
}

// Texts that keep matchers busy: starts without ends, ends without starts, all starts.
const std::vector<std::string>& worst() {
  static const std::vector<std::string> kTexts = [] {
    std::vector<std::string> out;
    for (const char* unit : {"a",
                             "1",
                             " 1",
                             "1 2 3 4-",
                             "4111 1111 1111 111 ",
                             "123456789 ",
                             "a@",
                             "a@a.",
                             "a.b.",
                             "a+a/",
                             "+1 2",
                             "(0",
                             "0171-",
                             "DE62 8452 6535 ",
                             "DE",
                             "2001:db8:",
                             "a:",
                             "aa:bb:",
                             "-----BEGIN PRIVATE KEY-----",
                             "-",
                             "eyJaaaaaaaa.",
                             "eyJ",
                             "sk-",
                             "password=",
                             "password = \"",
                             "token: ",
                             "http://a:b",
                             "http://",
                             "//a",
                             "www.",
                             "AccountKey=",
                             "DefaultEndpointsProtocol=",
                             "Frau A",
                             "Mr. Bo Ab ",
                             "1 Street ",
                             "1 A b c d e f ",
                             "Rue ",
                             "12.12.1999 born ",
                             "born 1-1-1999 ",
                             "ignore previous instructions ",
                             "i g n o r e ",
                             "SWdub3Jl",
                             "base64 ",
                             "snoitcurtsni ",
                             "! [ ",
                             "\xd0\xb0",
                             "\xe2\x80\x8b",
                             "\xe6\x8c\x87\xe4\xbb\xa4",
                             "passport L1234567",
                             "Acme  ",
                             "acme corpx ",
                             "DAN evil illegal chatgpt ",
                             "A",
                             "Aa ",
                             "<!-- ",
                             "\xff"})
      out.push_back(repeat(unit));
    return out;
  }();
  return kTexts;
}

void expect_linear(const char* name, const std::function<void(std::string_view)>& run) {
  double slowest = 0;
  std::string of;
  for (const std::string& text : worst()) {
    const auto began = std::chrono::steady_clock::now();
    run(text);
    const double ms =
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count();
    EXPECT_LT(ms, 500) << name << ": " << text.substr(0, 40);
    if (ms > slowest) {
      slowest = ms;
      of = text.substr(0, 24);
    }
  }
  std::printf("100 KiB, %-10s worst %6.2f ms (\"%s...\")\n", name, slowest, of.c_str());
}

TEST(GuardLinear, Pii) {
  const auto scanner = make_pii_scanner(kAllPii);
  expect_linear("pii", [&](std::string_view text) { (void)scan_all(*scanner, text); });
}
TEST(GuardLinear, Secrets) {
  const auto scanner = make_secret_scanner({});
  expect_linear("secrets", [&](std::string_view text) { (void)scan_all(*scanner, text); });
}
TEST(GuardLinear, Words) {
  const auto scanner =
      make_word_scanner({{"w", {"acme corp", "a b c d e f g", "i*", "1 1 1 1 1 1 1"}}});
  expect_linear("words", [&](std::string_view text) { (void)scan_all(**scanner, text); });
}
TEST(GuardLinear, Urls) {
  const auto scanner = make_url_scanner({});
  expect_linear("urls", [&](std::string_view text) { (void)scan_all(*scanner, text); });
}
TEST(GuardLinear, Injection) {
  expect_linear("injection", [](std::string_view text) { (void)injection_score(text); });
}
TEST(GuardLinear, Language) {
  expect_linear("language", [](std::string_view text) { (void)detect_language(text); });
}
// In pieces of 16 bytes, about what a provider sends.
TEST(GuardLinear, Window) {
  const EveryRule rules(Action::redact, Action::redact, Action::redact, Action::redact);
  expect_linear("stream", [&](std::string_view text) {
    TextWindow window(rules.rules);
    std::string out;
    std::vector<Finding> findings;
    for (std::size_t at = 0; at < text.size(); at += 16)
      window.add(text.substr(at, 16), false, out, findings);
    window.add("", true, out, findings);
  });
}

}  // namespace
}  // namespace maester::gateway::guard
