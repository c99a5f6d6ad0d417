// A provider adapter: pure translation between the normal form and one protocol's bytes. It opens
// no socket, reads no clock and holds no state, so one instance serves all cores. Four files a
// provider: providers/<name>/{request,response, stream,errors}.cc.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "codec/sse.h"
#include "gateway/chat.h"
#include "gateway/embedding.h"
#include "gateway/rerank.h"
#include "wire/http.h"

namespace maester::wire {
struct ClientRequest;
struct Origin;
}  // namespace maester::wire

namespace maester::gateway {

// What may be done about a provider's failure (RULES.md §8).
enum class ErrorClass : std::uint8_t {
  retryable,       // 5xx, overloaded, reset: another attempt may succeed
  rate_limited,    // 429: wait, or go elsewhere
  credential,      // 401, 403: this credential is no good
  request,         // 400, 404, 413, 422: the request is at fault; the same anywhere
  context_length,  // the prompt does not fit this model
  content,         // refused by the provider's content policy
  quota,           // 429 or 402 that waiting does not cure (insufficient_quota, billing)
};
std::string_view to_string(ErrorClass error_class);

struct ProviderError {
  ErrorClass error_class = ErrorClass::retryable;
  int status = 0;    // HTTP status; 200 for an error inside a stream
  std::string type;  // the provider's own words, scrubbed and at most 512 bytes each
  std::string code;
  std::string param;
  std::string message;
  std::optional<std::chrono::milliseconds> retry_after;  // from the headers or the body
};

// A provider's request, ready for the wire. Path is below the base URL's.
struct ProviderRequest {
  std::string path;
  wire::Headers headers;  // without the credential
  std::string body;
};

// What an attempt knows when it asks for a request.
struct EncodeOptions {
  std::string upstream_model;
  bool stream = false;
  // The caller's own body and its protocol: an adapter of that protocol edits these bytes and keeps
  // the rest.
  Protocol source_protocol = Protocol::openai_chat;
  std::string_view source_body;  // "" when the request was made by Maester itself
  // What is to be sent as the output limit (the reservation's); absent = as the request has it.
  std::optional<std::int64_t> max_tokens;
};

class StreamDecoder {
 public:
  virtual ~StreamDecoder() = default;
  // Takes one server-sent event and appends what it means to `out`; views in it live until the next
  // call. An error that the provider put into its 200 stream comes back as ProviderError. Malformed
  // JSON is a Code::upstream_error.
  struct Outcome {
    std::optional<ProviderError> error;
    bool usage_only =
        false;              // the event carries nothing but usage (OpenAI's chunk with choices [])
    bool terminal = false;  // the protocol's end marker ([DONE], message_stop)
  };
  virtual Result<Outcome> decode(const sse::Event& event, std::vector<StreamEvent>& out) = 0;
  // At the end of the bytes: false when the stream broke off, by this protocol's rules.
  virtual bool complete() const = 0;
};

// How a protocol's stream is cut into events.
enum class Framing : std::uint8_t {
  server_sent_events,
  json_lines,        // an event a line; its type is ""
  aws_event_stream,  // an event's type is its :event-type or :exception-type
};

// A provider's chat in one protocol.
class Provider {
 public:
  virtual ~Provider() = default;
  virtual Protocol protocol() const = 0;
  virtual Framing framing() const { return Framing::server_sent_events; }
  // False when this provider's bytes are its protocol with a difference, so that they must be
  // translated even for a caller who speaks it.
  virtual bool verbatim() const { return true; }
  bool speaks(Protocol caller) const { return protocol() == caller && verbatim(); }
  // The value of `gen_ai.provider.name`.
  virtual std::string_view semantic_name() const = 0;
  // The header that carries the secret: {"authorization", "Bearer KEY"} or {"x-api-key", KEY}.
  virtual wire::Header credential_header(std::string_view secret) const = 0;
  // Code::invalid_request, `param` naming the field, for what this provider cannot express.
  virtual Result<ProviderRequest> encode(const ChatRequest& request,
                                         const EncodeOptions& options) const = 0;
  virtual Result<ChatResponse> decode(std::string_view body) const = 0;
  virtual std::unique_ptr<StreamDecoder> stream_decoder() const = 0;
  virtual ProviderError classify(int status, const wire::Headers& headers,
                                 std::string_view body) const = 0;
};

// For a provider whose credential is no header but signs each request (AWS). Immutable, so that
// every core may use it.
class RequestSigner {
 public:
  virtual ~RequestSigner() = default;
  // Adds what the signature needs to the headers of a request that is complete but for it.
  virtual void sign(wire::ClientRequest& request, const wire::Origin& origin,
                    WallTime now) const = 0;
};

// The rest of what a provider can be asked. Errors are classified by its chat adapter.
class EmbeddingAdapter {
 public:
  virtual ~EmbeddingAdapter() = default;
  // Code::invalid_request, `param` naming the field, for what this provider cannot express.
  virtual Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                         const EncodeOptions& options) const = 0;
  // Code::upstream_error for an answer with another number of vectors than `inputs`.
  virtual Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const = 0;
};

class RerankAdapter {
 public:
  virtual ~RerankAdapter() = default;
  virtual Result<ProviderRequest> encode(const RerankRequest& request,
                                         const EncodeOptions& options) const = 0;
  virtual Result<RerankResponse> decode(std::string_view body, std::size_t documents) const = 0;
};

// All that one configured provider can be asked.
struct Adapters {
  // The first is the provider's own; another one is taken for callers who speak its protocol.
  std::vector<std::unique_ptr<const Provider>> chat;
  std::unique_ptr<const EmbeddingAdapter> embeddings;  // null: it has none
  std::unique_ptr<const RerankAdapter> rerank;         // null: it has none

  const Provider& own() const { return *chat.front(); }
  const Provider& for_caller(Protocol protocol) const {
    for (const auto& one : chat) {
      if (one->speaks(protocol)) return *one;
    }
    return own();
  }
};

}  // namespace maester::gateway
