// /v1/collections: what documents are kept in, and the versions of their indexes.
#include <algorithm>
#include <array>

#include "api/answers.h"
#include "api/body.h"
#include "api/change.h"
#include "api/handlers.h"
#include "api/knowledge_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using knowledge::IndexSpec;
using knowledge::IndexVersion;
using knowledge::OpenedPtr;
using knowledge::SearchSettings;
using runtime::Task;

bool is_name(std::string_view name) {
  if (name.empty() || name.size() > 128 || name.front() == '.') return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

// How large a model's vectors are: found out by asking, so that a wrong name shows here.
Task<Status> measure(Context& context, knowledge::EmbeddingSettings& embedding) {
  if (embedding.kind != knowledge::EmbeddingSettings::Kind::model) co_return Status{};
  const knowledge::Payer payer{context.principal.tenant, context.principal.key_id};
  auto asking = knowledge::embed_by_model(context.deps.pipeline, embedding, payer,
                                          {"How large is a vector?"}, retrieval::Purpose::document,
                                          std::chrono::seconds(20), context.response.client_gone());
  CO_TRY_ASSIGN(const auto vectors, co_await std::move(asking));
  embedding.vector_size = static_cast<std::int64_t>(vectors.front().size());
  co_return Status{};
}

Result<Answer> collection_answer(const Context& context, const OpenedPtr& opened, int status) {
  TRY_ASSIGN(const auto counts,
             context.deps.searcher.library().catalog().counts(opened->collection));
  Answer answer;
  answer.status = status;
  json::Writer w(answer.body);
  write_collection(w, *opened, counts);
  return answer;
}

Answer version_answer(const IndexVersion& version, int status) {
  return object_answer(version, write_index_version, status);
}

}  // namespace

Task<Result<Answer>> create_collection(Context& context) {
  static constexpr std::array<std::string_view, 10> kKnown{
      "name", "chunking", "embedding",      "language", "stop_words",
      "bm25", "weights",  "min_similarity", "rerank",   "answers"};
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::string_view name, document.root().get("name").as_string());
  if (!is_name(name)) {
    co_return fail(Code::invalid_request,
                   "`name` must have 1 to 128 letters, digits, `-`, `_` or `.`.", "name");
  }
  IndexSpec spec;
  SearchSettings search;
  CO_TRY(knowledge::read_spec(document.root(), spec));
  CO_TRY(knowledge::read_search(document.root(), search));
  auto measuring = measure(context, spec.embedding);
  CO_TRY(co_await std::move(measuring));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const OpenedPtr opened, context.deps.searcher.library().create(
                                           context.principal.tenant, name, spec, search));
    return collection_answer(context, opened, 201);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> list_collections(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    knowledge::Library& library = context.deps.searcher.library();
    Answer answer;
    json::Writer w(answer.body);
    w.begin_object().key("data").begin_array();
    for (const OpenedPtr& opened : library.list(context.principal.tenant)) {
      TRY_ASSIGN(const auto counts, library.catalog().counts(opened->collection));
      write_collection(w, *opened, counts);
    }
    w.end_array().key("next_cursor").null().end_object();
    return answer;
  });
}

Task<Result<Answer>> show_collection(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto work = [&] { return collection_answer(context, opened, 200); };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> change_collection(Context& context) {
  static constexpr std::array<std::string_view, 5> kKnown{"bm25", "weights", "min_similarity",
                                                          "rerank", "answers"};
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  SearchSettings search = opened->collection.search;
  CO_TRY(knowledge::read_search(document.root(), search));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const OpenedPtr changed,
               context.deps.searcher.library().change_search(context.principal.tenant,
                                                             context.parameters[0], search));
    return collection_answer(context, changed, 200);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> delete_collection(Context& context) {
  return answer_in(context.deps.knowledge, [&context]() -> Result<Answer> {
    TRY(context.deps.searcher.library().drop(context.principal.tenant, context.parameters[0]));
    return deleted_answer("name", context.parameters[0]);
  });
}

// ---- index versions

Task<Result<Answer>> list_index_versions(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const auto versions,
               context.deps.searcher.library().catalog().versions(opened->collection));
    return list_answer(versions, write_index_version);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> build_index_version(Context& context) {
  static constexpr std::array<std::string_view, 7> kKnown{
      "chunking", "embedding", "language", "stop_words", "flip", "reason", "override"};
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  IndexSpec spec = opened->live->spec;
  CO_TRY(knowledge::read_spec(document.root(), spec));
  CO_TRY_ASSIGN(const access::By by, read_by(context, document.root()));
  bool flip = false;
  if (const json::Value wanted = document.root().get("flip"); !wanted.empty()) {
    CO_TRY_ASSIGN(flip, wanted.as_bool());
  }
  auto measuring = measure(context, spec.embedding);
  CO_TRY(co_await std::move(measuring));
  auto work = [&]() -> Result<Answer> {
    knowledge::Library& library = context.deps.searcher.library();
    const knowledge::Payer payer{context.principal.tenant, context.principal.key_id};
    TRY(library.embedder(spec.embedding, payer));  // it loads
    TRY_ASSIGN(const IndexVersion made,
               library.catalog().add_version(opened->collection, spec, payer.key_id,
                                             flip ? &by : nullptr));
    return version_answer(made, 202);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> delete_index_version(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  const std::string quoted = json::quote(context.parameters[1]);
  CO_TRY_ASSIGN(const json::Document document, json::Document::parse(quoted));
  const auto number = gateway::read_index_version(document.root());
  if (!number) co_return fail(Code::not_found, "There is no such index version.", "version");
  auto work = [&]() -> Result<Answer> {
    TRY(context.deps.searcher.library().drop_version(*opened, *number));
    return deleted_answer("version", "v" + std::to_string(*number));
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> flip_index(Context& context) {
  static constexpr std::array<std::string_view, 3> kKnown{"version", "reason", "override"};
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  CO_TRY_ASSIGN(const std::int64_t number,
                gateway::read_index_version(document.root().get("version")));
  CO_TRY_ASSIGN(const access::By by, read_by(context, document.root()));
  auto work = [&]() -> Result<Answer> {
    knowledge::Library& library = context.deps.searcher.library();
    auto live = library.flip(context.principal.tenant, context.parameters[0], number,
                             knowledge::Library::Flip::forward, by);
    if (live) return version_answer(*live, 200);
    if (live.error().code != Code::version_conflict) return fail(std::move(live.error()));
    // Documents came in since it was built: it goes live when it has them.
    TRY_ASSIGN(IndexVersion behind, library.catalog().version(opened->collection, number));
    TRY_ASSIGN(behind.job_id, library.catalog().queue_catch_up(opened->collection, number,
                                                               context.principal.key_id, &by));
    return version_answer(behind, 202);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> rollback_index(Context& context) {
  static constexpr std::array<std::string_view, 3> kKnown{"to_version", "reason", "override"};
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto reading = read_object(context, kKnown);
  CO_TRY_ASSIGN(const json::Document document, co_await std::move(reading));
  std::int64_t number = 0;  // what was live before
  if (const json::Value to = document.root().get("to_version"); !to.empty()) {
    CO_TRY_ASSIGN(number, gateway::read_index_version(to));
  }
  CO_TRY_ASSIGN(const access::By by, read_by(context, document.root()));
  auto work = [&]() -> Result<Answer> {
    knowledge::Library& library = context.deps.searcher.library();
    TRY_ASSIGN(const IndexVersion live,
               library.flip(context.principal.tenant, context.parameters[0], number,
                            knowledge::Library::Flip::back, by));
    // What changed while another version was live comes in behind.
    TRY_ASSIGN(const auto missed,
               library.catalog().changed_after(opened->collection, live.change, 1));
    if (!missed.empty()) {
      TRY(library.catalog().queue_catch_up(opened->collection, live.number,
                                           context.principal.key_id, nullptr));
    }
    return version_answer(live, 200);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

}  // namespace maester::api
