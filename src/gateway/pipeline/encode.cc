#include "gateway/pipeline/encode.h"

#include <algorithm>
#include <array>
#include <utility>

namespace maester::gateway {
namespace {

// Anthropic's count takes what a Messages request says of the prompt, and nothing of the answer.
constexpr std::array<std::string_view, 10> kCounted{
    "model",         "messages",    "system",
    "tools",         "tool_choice", "thinking",
    "cache_control", "mcp_servers", "context_management",
    "output_config"};

// A caller's own bytes are to be read as the version of the interface that the caller named.
void keep_version(const Call& call, ProviderRequest& asked) {
  constexpr std::string_view kHeader = "anthropic-version";
  if (!call.pass_through || call.request == nullptr || !asked.headers.has(kHeader)) return;
  const std::string_view version = call.request->headers().get(kHeader);
  if (!version.empty()) asked.headers.set(std::string(kHeader), std::string(version));
}

Result<ProviderRequest> encode_chat(const Call& call, const Attempt& attempt,
                                    const EncodeOptions& options) {
  TRY_ASSIGN(ProviderRequest asked, attempt.adapter->encode(call.chat, options));
  if (attempt.adapter->protocol() == Protocol::anthropic_messages &&
      options.source_protocol == Protocol::anthropic_messages) {
    keep_version(call, asked);
  }
  return asked;
}

Result<ProviderRequest> count_request(ProviderRequest asked) {
  TRY_ASSIGN(const json::Document document, json::Document::parse(asked.body));
  json::Edit edit(document);
  for (const json::Value member : document.root()) {
    if (std::find(kCounted.begin(), kCounted.end(), member.key()) == kCounted.end())
      edit.remove_member(member);
  }
  asked.path += "/count_tokens";
  asked.body = edit.apply();
  return asked;
}

std::unexpected<Error> cannot(const Attempt& attempt, std::string_view what) {
  return fail(Code::invalid_request,
              "Provider `" + attempt.target->provider->config.name + "` of model `" +
                  attempt.target->model + "` cannot be asked for " + std::string(what) + ".",
              "model");
}

std::unexpected<Error> unreadable() {
  return fail(Code::upstream_error, "The provider's answer is no count of tokens.");
}

}  // namespace

std::string_view to_string(Operation operation) {
  switch (operation) {
    case Operation::chat:
      return "chat";
    case Operation::count_tokens:
      return "count_tokens";
    case Operation::embeddings:
      return "embeddings";
    case Operation::rerank:
      return "rerank";
  }
  return "chat";
}

Result<ProviderRequest> encode_operation(const Call& call, const Attempt& attempt,
                                         const EncodeOptions& options) {
  const Adapters& adapters = attempt.target->provider->adapters;
  switch (call.operation) {
    case Operation::chat:
      break;
    case Operation::count_tokens: {
      TRY_ASSIGN(ProviderRequest asked, encode_chat(call, attempt, options));
      return count_request(std::move(asked));
    }
    case Operation::embeddings:
      if (adapters.embeddings == nullptr) return cannot(attempt, "embeddings");
      return adapters.embeddings->encode(call.embedding, options);
    case Operation::rerank:
      if (adapters.rerank == nullptr) return cannot(attempt, "reranking");
      return adapters.rerank->encode(call.rerank, options);
  }
  return encode_chat(call, attempt, options);
}

Status decode_operation(const Call& call, Attempt& attempt, std::string_view body) {
  const Adapters& adapters = attempt.target->provider->adapters;
  switch (call.operation) {
    case Operation::chat: {
      TRY_ASSIGN(attempt.response, attempt.adapter->decode(body));
      attempt.usage = attempt.response.usage;
      break;
    }
    case Operation::count_tokens: {
      TRY_ASSIGN(const json::Document document, json::Document::parse(body));
      const json::Value count = document.root().get("input_tokens");
      if (!count.is_number() || count.int_or(-1) < 0) return unreadable();
      attempt.usage.emplace().input = count.int_or(0);
      break;
    }
    case Operation::embeddings: {
      TRY_ASSIGN(attempt.vectors, adapters.embeddings->decode(body, call.embedding.inputs.size()));
      attempt.usage = attempt.vectors.usage;
      break;
    }
    case Operation::rerank: {
      TRY_ASSIGN(attempt.ranking, adapters.rerank->decode(body, call.rerank.documents.size()));
      attempt.usage = attempt.ranking.usage;
      break;
    }
  }
  return {};
}

}  // namespace maester::gateway
