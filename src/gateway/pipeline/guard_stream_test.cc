// A stream's verdict is that of the whole answer, however it is cut into events.
#include "gateway/pipeline/guard_stream.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "gateway/pipeline/guard_state.h"
#include "gateway/pipeline/guard_text.h"

namespace maester::gateway {
namespace {

std::shared_ptr<const guard::Policy> policy(guard::Action pii, guard::Action secrets) {
  guard::RuleConfig first, second;
  first.type = guard::RuleType::pii;
  first.name = "pii";
  first.action = pii;
  second.type = guard::RuleType::secrets;
  second.name = "secrets";
  second.action = secrets;
  return *guard::Policy::compile({"p", {}, {first, second}});
}

struct Outcome {
  std::string text, reasoning, arguments;
  std::string refusal;
  std::vector<std::string> found;
  bool operator==(const Outcome&) const = default;
};

void note_findings(const Call& call, Outcome& out) {
  for (const guard::ReportEntry& one : call.guarded->report.entries())
    out.found.push_back(one.kind + " " + std::string(to_string(one.action)) + " " +
                        std::to_string(one.count));
  std::sort(out.found.begin(), out.found.end());
}

void add(const std::vector<StreamEvent>& events, Outcome& out) {
  for (const StreamEvent& event : events) {
    if (const auto* text = std::get_if<TextDelta>(&event)) out.text += text->text;
    if (const auto* thought = std::get_if<ReasoningDelta>(&event)) out.reasoning += thought->text;
    if (const auto* call = std::get_if<ToolCallDelta>(&event)) out.arguments += call->arguments;
  }
}

struct Said {
  std::string reasoning, text, arguments;
};

// The answer in events whose texts end at multiples of `step`, `first` bytes first.
Outcome streamed(const guard::Policy& rules, const Said& said, std::size_t first,
                 std::size_t step) {
  Call call;
  call.policy = &rules;
  call.guarded = std::make_unique<GuardState>();
  StreamGuard guard(call);
  Outcome out;
  bool going = true;
  const auto send = [&](const std::string& whole, auto make) {
    std::size_t at = 0, size = first;
    while (at < whole.size() && going) {
      std::vector<StreamEvent> events{make(std::string_view(whole).substr(at, size))};
      going = guard.filter(events);
      add(events, out);
      at += size;
      size = step;
    }
  };
  send(said.reasoning, [](std::string_view piece) { return ReasoningDelta{0, piece}; });
  send(said.text, [](std::string_view piece) { return TextDelta{0, piece}; });
  send(said.arguments, [](std::string_view piece) { return ToolCallDelta{0, 0, "", "f", piece}; });
  if (going) {
    std::vector<StreamEvent> events{StreamFinish{0, FinishReason::stop, "stop"}};
    going = guard.filter(events);
    add(events, out);
  }
  if (call.guarded->refusal) out.refusal = call.guarded->refusal->message;
  note_findings(call, out);
  return out;
}

constexpr std::size_t kWhole = 1u << 20;

const Said kSaid{"I think of bo@example.com first.",
                 "Dear Ms. Ada Muster, call +44 20 7946 0958 or pay DE89 3704 0044 0532 0130 00.",
                 R"({"to":"al@example.org","n":[4111111111111111]})"};

TEST(StreamGuard, RedactsTheSameForEveryCut) {
  const auto rules = policy(guard::Action::redact, guard::Action::block);
  const Outcome whole = streamed(*rules, kSaid, kWhole, kWhole);
  EXPECT_EQ(whole.reasoning, "I think of [redacted:email] first.");
  EXPECT_EQ(whole.text, "Dear Ms. [redacted:name], call [redacted:phone] or pay [redacted:iban].");
  EXPECT_EQ(whole.arguments, R"({"to":"[redacted:email]","n":["[redacted:credit-card]"]})");
  for (std::size_t step = 1; step < 24; ++step) {
    for (std::size_t first = 1; first < 90; ++first)
      ASSERT_EQ(streamed(*rules, kSaid, first, step), whole) << first << " " << step;
  }
}

TEST(StreamGuard, BlocksTheSameForEveryCut) {
  const auto rules = policy(guard::Action::redact, guard::Action::block);
  Said said = kSaid;
  said.text += " The key is AKIAIOSFODNN7EXAMPLE, do not tell bo@example.com.";
  const Outcome whole = streamed(*rules, said, kWhole, kWhole);
  EXPECT_TRUE(whole.text.ends_with("The key is ")) << whole.text;
  EXPECT_EQ(whole.arguments, "");
  EXPECT_NE(whole.refusal.find("`secrets`"), std::string::npos);
  for (std::size_t step = 1; step < 24; ++step) {
    for (std::size_t first = 1; first < 90; ++first)
      ASSERT_EQ(streamed(*rules, said, first, step), whole) << first << " " << step;
  }
}

TEST(StreamGuard, ItsVerdictIsThatOfTheWholeAnswer) {
  for (const auto secrets : {guard::Action::redact, guard::Action::block}) {
    const auto rules = policy(guard::Action::redact, secrets);
    Said said = kSaid;
    said.text += " The key is AKIAIOSFODNN7EXAMPLE.";
    Call call;
    call.guarded = std::make_unique<GuardState>();
    ChatResponse response;
    Choice& choice = response.choices.emplace_back();
    choice.reasoning = said.reasoning;
    choice.content = said.text;
    choice.tool_calls.push_back({"", "f", said.arguments});
    guard::Judge judge(rules->output(), "output", call.guarded->report);
    Replaced replaced;
    judge_answer(judge, response, false, replaced);
    const Outcome stream = streamed(*rules, said, 3, 5);
    EXPECT_EQ(judge.blocker() != nullptr, !stream.refusal.empty());
    if (judge.blocker() != nullptr) continue;
    EXPECT_EQ(choice.content, stream.text);
    EXPECT_EQ(choice.reasoning, stream.reasoning);
    EXPECT_EQ(choice.tool_calls[0].arguments, stream.arguments);
  }
}

// What was signed is not what is sent: the signature goes with the redacted text.
TEST(StreamGuard, DropsTheSignatureOfChangedReasoning) {
  const auto rules = policy(guard::Action::redact, guard::Action::redact);
  for (const bool changed : {false, true}) {
    Call call;
    call.policy = rules.get();
    call.guarded = std::make_unique<GuardState>();
    StreamGuard guard(call);
    std::vector<StreamEvent> events{
        ReasoningDelta{0, changed ? "about bo@example.com" : "about nothing"},
        ThinkingSigned{0, "sig", ""}};
    ASSERT_TRUE(guard.filter(events));
    const bool kept = std::ranges::any_of(
        events, [](const StreamEvent& e) { return std::holds_alternative<ThinkingSigned>(e); });
    EXPECT_EQ(kept, !changed);
  }
}

}  // namespace
}  // namespace maester::gateway
