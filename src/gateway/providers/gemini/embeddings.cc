#include <array>
#include <utility>

#include "gateway/providers/common/answer.h"
#include "gateway/providers/common/embedding_values.h"
#include "gateway/providers/gemini/adapter.h"

namespace maester::gateway::gemini {

namespace {

struct Task {
  std::string_view input_type, task;
};
// Cohere's and Voyage's words beside Google's own.
constexpr std::array kTasks = {
    Task{"search_document", "RETRIEVAL_DOCUMENT"}, Task{"document", "RETRIEVAL_DOCUMENT"},
    Task{"search_query", "RETRIEVAL_QUERY"},       Task{"query", "RETRIEVAL_QUERY"},
    Task{"classification", "CLASSIFICATION"},      Task{"clustering", "CLUSTERING"}};

class Embeddings final : public EmbeddingAdapter {
 public:
  explicit Embeddings(Config config) : config_(std::move(config)) {}

  Result<ProviderRequest> encode(const EmbeddingRequest& request,
                                 const EncodeOptions& options) const override {
    const auto refuse = [](const std::string& field, const std::string& why) {
      return fail(Code::invalid_request,
                  "Gemini's embeddings cannot honour `" + field + "`: " + why, field);
    };
    if (!request.unknown_fields.empty()) {
      return refuse(request.unknown_fields.front(), "leave it out.");
    }
    if (!request.truncate.empty()) return refuse("truncate", "leave it out.");
    const std::string_view task = task_of(request.input_type);
    if (!request.input_type.empty() && task.empty()) {
      return refuse("input_type", "it is none of the kinds they know.");
    }
    ProviderRequest out;
    out.path = path_of(config_, options.upstream_model, "batchEmbedContents");
    out.headers = {{"content-type", "application/json"}, {"accept", "application/json"}};
    json::Writer w(out.body);
    w.begin_object().key("requests").begin_array();
    for (const EmbeddingInput& input : request.inputs) {
      const auto* text = std::get_if<std::string>(&input);
      if (text == nullptr) return refuse("input", "they take texts, not tokens.");
      w.begin_object().field("model", "models/" + options.upstream_model);
      w.key("content").begin_object().key("parts").begin_array().begin_object();
      w.field("text", *text).end_object().end_array().end_object();
      w.optional_field("taskType", task);
      if (request.dimensions) w.field("outputDimensionality", *request.dimensions);
      w.end_object();
    }
    w.end_array().end_object();
    return out;
  }

  Result<EmbeddingResponse> decode(std::string_view body, std::size_t inputs) const override {
    TRY_ASSIGN(const json::Document doc,
               providers::parse_answer(body, providers::kEmbeddingLimits));
    return decode_content_embeddings(doc.root(), inputs);
  }

 private:
  Config config_;
};

}  // namespace

std::string_view task_of(std::string_view input_type) {
  for (const Task& one : kTasks) {
    if (one.input_type == input_type) return one.task;
  }
  return {};
}

std::unexpected<Error> wrong_number_of_embeddings() {
  return fail(Code::upstream_error,
              "The provider answered with another number of embeddings than there were inputs.");
}

Result<EmbeddingResponse> decode_content_embeddings(json::Value root, std::size_t inputs) {
  const json::Value several = root.get("embeddings");
  EmbeddingResponse out;
  if (several.exists() ? several.size() != inputs : inputs != 1)
    return wrong_number_of_embeddings();
  if (!several.exists()) {
    TRY_ASSIGN(auto vector, providers::read_vector(root.get("embedding").get("values")));
    out.vectors.push_back(std::move(vector));
  }
  for (const json::Value one : several) {
    TRY_ASSIGN(auto vector, providers::read_vector(one.get("values")));
    out.vectors.push_back(std::move(vector));
  }
  out.usage = read_usage(root.get("usageMetadata"), false);
  return out;
}

std::unique_ptr<EmbeddingAdapter> make_embeddings(Config config) {
  return std::make_unique<Embeddings>(std::move(config));
}

}  // namespace maester::gateway::gemini
