// For tests: the recorded exchanges of ../shared/fixtures/wire, and their streams delivered in any
// cut.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "codec/base64.h"
#include "codec/json.h"
#include "codec/json_equal.h"
#include "codec/sse.h"
#include "gateway/chat.h"
#include "gateway/framing.h"
#include "gateway/provider.h"
#include "support/shared.h"

namespace maester::gateway::testing {

struct Exchange {
  std::string id, provider, api, body;
  bool streaming = false;
  int status = 200;
  wire::Headers headers;
};

inline std::vector<Exchange> load_exchanges(const std::filesystem::path& wire,
                                            const std::string& folder) {
  std::vector<Exchange> out;
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(wire / folder)) {
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const auto& file : files) {
    const std::string text = maester::test::read_file(file);
    const auto doc = json::Document::parse(text);
    if (!doc) {
      ADD_FAILURE() << file << ": " << doc.error().message;
      continue;
    }
    const json::Value root = doc->root(), response = root.get("response");
    Exchange e;
    e.id = root.get("id").string_or("");
    e.provider = root.get("provider").string_or("");
    e.api = root.get("api").string_or("");
    e.streaming = root.get("streaming").bool_or(false);
    e.status = static_cast<int>(response.get("status").int_or(0));
    e.body = response.get("body").string_or("");
    if (const auto bytes = base64_decode(response.get("body_base64").string_or("")))
      if (!bytes->empty()) e.body = *bytes;
    for (const json::Value h : response.get("headers")) {
      e.headers.add(std::string(h.key()), std::string(h.string_or("")));
    }
    out.push_back(std::move(e));
  }
  return out;
}

struct Delivered {
  StreamAccumulator sum;
  std::optional<ProviderError> error;
  std::optional<Error> failure;
  bool complete = false;
  int usage_only = 0;
};

// Feeds the pieces of a body one after the other, as the pipeline does.
inline Delivered deliver(const Provider& provider, const std::vector<std::string_view>& pieces) {
  Delivered out;
  const auto decoder = provider.stream_decoder();
  StreamFraming events(provider.framing());
  sse::Event event;
  std::vector<StreamEvent> meaning;
  const auto take = [&] {
    meaning.clear();
    auto outcome = decoder->decode(event, meaning);
    for (const StreamEvent& e : meaning) {
      const Status added = out.sum.add(e);
      if (!added && !out.failure) out.failure = added.error();
    }
    if (!outcome) {
      if (!out.failure) out.failure = outcome.error();
      return;
    }
    if (outcome->error && !out.error) out.error = outcome->error;
    if (outcome->usage_only) ++out.usage_only;
  };
  for (const std::string_view piece : pieces) {
    events.feed(piece);
    for (;;) {
      const auto got = events.next(event);
      if (!got && !out.failure) out.failure = got.error();
      if (!got || !*got) break;
      take();
    }
  }
  for (;;) {
    const auto last = events.finish(event);
    if (!last && !out.failure) out.failure = last.error();
    if (!last || !*last) break;
    take();
  }
  out.complete = decoder->complete();
  return out;
}

inline Delivered deliver_whole(const Provider& provider, std::string_view body) {
  return deliver(provider, {body});
}

inline void expect_same(const Delivered& a, const Delivered& b, const std::string& what) {
  ASSERT_EQ(a.sum.response(), b.sum.response()) << what;
  ASSERT_EQ(a.complete, b.complete) << what;
  ASSERT_EQ(a.error.has_value(), b.error.has_value()) << what;
  ASSERT_EQ(a.failure.has_value(), b.failure.has_value()) << what;
}

// Byte by byte, and in two at every offset (a long body at as many as time allows): always the same
// answer.
inline void expect_cut_invariant(const Provider& provider, const Exchange& e) {
  const std::string_view body = e.body;
  const Delivered whole = deliver_whole(provider, body);
  std::vector<std::string_view> bytes;
  for (std::size_t i = 0; i < body.size(); ++i) bytes.push_back(body.substr(i, 1));
  expect_same(whole, deliver(provider, bytes), e.id + " byte by byte");
  constexpr std::size_t kBudget = 1'000'000;  // bytes decoded per exchange
  const std::size_t step = std::max<std::size_t>(1, body.size() * body.size() / kBudget);
  for (std::size_t cut = 0; cut <= body.size() && !::testing::Test::HasFatalFailure();
       cut += step) {
    expect_same(whole, deliver(provider, {body.substr(0, cut), body.substr(cut)}),
                e.id + " cut at " + std::to_string(cut));
  }
}

// Without what OpenAI's chat completions have no standard place for.
inline ChatResponse plain(ChatResponse response) {
  for (Choice& choice : response.choices) {
    choice.thinking.clear();
    choice.citations.clear();
    for (ToolCall& call : choice.tool_calls) call.signature.clear();
  }
  return response;
}

inline Result<ChatResponse> read_exchange(const Provider& adapter, const Exchange& e) {
  if (!e.streaming) return adapter.decode(e.body);
  return deliver_whole(adapter, e.body).sum.response();
}

inline std::map<std::string, Exchange> exchanges_of(const std::filesystem::path& shared,
                                                    std::initializer_list<const char*> folders) {
  std::map<std::string, Exchange> out;
  for (const char* folder : folders) {
    for (Exchange& e : load_exchanges(shared, folder)) out[e.id] = std::move(e);
  }
  return out;
}

// What an exchange means, written down by reading it.
struct Expected {
  std::string id = {}, model = {};
  std::size_t choices = 1;
  std::string text = {};  // its beginning, and its length in bytes
  std::size_t text_size = 0;
  std::string reasoning = {};
  std::size_t reasoning_size = 0;
  std::string refusal = {};
  std::vector<ToolCall> calls = {};
  std::string finish = {};  // the provider's word
  std::string tier = {};
  std::optional<meter::Usage> usage = {};
  std::size_t citations = 0;
  std::string cited = {};        // the first one's address, or its title
  std::size_t thinking = 0;      // blocks to be sent back
  std::size_t signed_calls = 0;  // calls with a signature
};

inline void expect_response(const Expected& expected, const ChatResponse& got) {
  SCOPED_TRACE(expected.id);
  EXPECT_EQ(got.model, expected.model);
  ASSERT_EQ(got.choices.size(), expected.choices);
  EXPECT_EQ(got.service_tier, expected.tier);
  ASSERT_EQ(got.usage.has_value(), expected.usage.has_value());
  if (got.usage) {
    EXPECT_EQ(got.usage->input, expected.usage->input);
    EXPECT_EQ(got.usage->cached_input, expected.usage->cached_input);
    EXPECT_EQ(got.usage->output, expected.usage->output);
    EXPECT_EQ(got.usage->reasoning, expected.usage->reasoning);
    EXPECT_EQ(*got.usage, *expected.usage);
  }
  if (got.choices.empty()) return;
  const Choice& choice = got.choices.front();
  EXPECT_EQ(choice.content.size(), expected.text_size);
  EXPECT_TRUE(choice.content.starts_with(expected.text)) << choice.content.substr(0, 80);
  EXPECT_EQ(choice.reasoning.size(), expected.reasoning_size);
  EXPECT_TRUE(choice.reasoning.starts_with(expected.reasoning)) << choice.reasoning.substr(0, 80);
  EXPECT_EQ(choice.refusal, expected.refusal);
  EXPECT_EQ(choice.provider_finish, expected.finish);
  EXPECT_EQ(choice.tool_calls.size(), expected.calls.size());
  std::vector<ToolCall> calls = choice.tool_calls;
  std::size_t with_signature = 0;
  for (ToolCall& call : calls) {
    if (!call.signature.empty()) ++with_signature;
    call.signature.clear();
  }
  for (std::size_t i = 0; i < std::min(calls.size(), expected.calls.size()); ++i) {
    EXPECT_EQ(calls[i].id, expected.calls[i].id);
    EXPECT_EQ(calls[i].name, expected.calls[i].name);
    // Objects come with the provider's own blanks.
    const auto got_args = json::Document::parse(calls[i].arguments);
    const auto want_args = json::Document::parse(expected.calls[i].arguments);
    const bool same = calls[i].arguments == expected.calls[i].arguments ||
                      (got_args && want_args && json::equal(got_args->root(), want_args->root()));
    EXPECT_TRUE(same) << calls[i].arguments << " for " << expected.calls[i].arguments;
  }
  EXPECT_EQ(with_signature, expected.signed_calls);
  EXPECT_EQ(choice.thinking.size(), expected.thinking);
  EXPECT_EQ(choice.citations.size(), expected.citations);
  if (!choice.citations.empty()) {
    const Citation& first = choice.citations.front();
    EXPECT_EQ(first.url.empty() ? first.title : first.url, expected.cited);
    EXPECT_LE(first.end, static_cast<std::int64_t>(choice.content.size()));
  }
}

}  // namespace maester::gateway::testing
