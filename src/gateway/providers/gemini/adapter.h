// The parts of the Gemini adapter, one file each; gemini.h is what others include.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "codec/json.h"
#include "codec/json_writer.h"
#include "gateway/provider.h"
#include "gateway/providers/gemini/gemini.h"

namespace maester::gateway::gemini {

// request.cc: everything but the messages; contents.cc: `systemInstruction` and `contents`.
Result<ProviderRequest> encode_request(const ChatRequest& request, const EncodeOptions& options,
                                       const Config& config);
Status write_contents(json::Writer& w, const ChatRequest& request, const EncodeOptions& options);
// "/v1beta/models/gemini-2.5-pro:generateContent"
std::string path_of(const Config& config, std::string_view model, std::string_view method);
// Gemini 3 and later think by levels; those before by a budget.
bool thinks_by_level(std::string_view model);

// response.cc
Result<ChatResponse> decode_response(std::string_view body);
FinishReason map_finish(std::string_view reason, bool calls);
// Why a prompt was not answered at all; "" when it was not blocked.
std::string_view block_reason(json::Value root);
// An id for a call that came without one, unique in its conversation: made of the answer's.
std::string call_id(json::Value call, std::string_view response_id, std::size_t number);
// Code::upstream_error for a part that no chat can hold; server-side tools are passed over.
Status check_part(json::Value part);
// groundingMetadata; the offsets are bytes already.
std::vector<Citation> read_grounding(json::Value metadata);

// embeddings.cc
// Google's word for a kind of input in Cohere's or Voyage's words; "" for none that it knows.
std::string_view task_of(std::string_view input_type);
// {"embeddings": [{"values"}]} or {"embedding": {"values"}}.
Result<EmbeddingResponse> decode_content_embeddings(json::Value root, std::size_t inputs);
std::unexpected<Error> wrong_number_of_embeddings();

// usage.cc: nullopt when there are no counts. `grounded`: a search was made for the answer.
std::optional<meter::Usage> read_usage(json::Value metadata, bool grounded);
// Whether this candidate's answer rests on a search that is charged.
bool is_grounded(json::Value candidate);

// partial_args.cc: a call's arguments that come piece by piece, each with its JSONPath.
class PartialArguments {
 public:
  // Code::upstream_error for a path that is no chain of members and small indexes.
  Status add(json::Value piece);
  std::string json() const;

 private:
  struct Node {
    std::string name;  // of a member
    std::vector<Node> members, elements;
    std::string leaf;  // JSON, or the text so far when is_text
    bool is_text = false;
  };
  static void write(const Node& node, std::string& out);
  Result<Node*> find(std::string_view path);
  Node root_;
  std::size_t bytes_ = 0;
};

// stream.cc
std::unique_ptr<StreamDecoder> make_stream_decoder();

}  // namespace maester::gateway::gemini
