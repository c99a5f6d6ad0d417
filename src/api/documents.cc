// /v1/collections/{c}/documents: putting documents in, seeing how they are, taking them out.
#include "api/answers.h"
#include "api/body.h"
#include "api/document_body.h"
#include "api/handlers.h"
#include "api/knowledge_json.h"
#include "wire/url.h"

namespace maester::api {
namespace {

using knowledge::Catalog;
using knowledge::Document;
using knowledge::DocumentState;
using knowledge::OpenedPtr;
using runtime::Task;

constexpr std::size_t kMaxUpload = 100u << 20;
constexpr std::chrono::seconds kMaxWait{300};

std::unexpected<Error> no_document() {
  return fail(Code::not_found, "There is no such document in the collection.", "document_id");
}

// One that the caller may read; any other is as one that is not there.
Result<Document> visible_document(const Context& context, const OpenedPtr& opened,
                                  std::string_view text) {
  const auto id = Uuid::parse(text);
  if (!id) return no_document();
  TRY_ASSIGN(Document document,
             context.deps.searcher.library().catalog().document(opened->collection, *id));
  const auto readers = document_readers(context);
  if (document.state == DocumentState::deleted || (readers && !document.readable_by(*readers)))
    return no_document();
  return document;
}

bool is_over(jobs::State state) {
  return state == jobs::State::succeeded || state == jobs::State::failed ||
         state == jobs::State::dead || state == jobs::State::cancelled;
}

// Until the jobs ended, the client left or five minutes went by.
Task<Status> wait_for(Context& context, const std::vector<Catalog::Accepted>& accepted) {
  runtime::Core& core = *runtime::Core::current();
  const Deadline until = Deadline::after(context.deps.clock, kMaxWait);
  std::chrono::milliseconds pause{5};
  for (const Catalog::Accepted& one : accepted) {
    while (!one.job_id.empty()) {
      auto work = [&]() -> Result<bool> {
        TRY_ASSIGN(const jobs::Job job,
                   context.deps.jobs.find(context.principal.tenant, one.job_id));
        return is_over(job.state);
      };
      auto looking = context.deps.knowledge.run(work);
      CO_TRY_ASSIGN(const bool over, co_await std::move(looking));
      if (over || until.passed(context.deps.clock.mono())) break;
      auto sleeping =
          core.sleep({Deadline::after(context.deps.clock, pause), context.response.client_gone()});
      CO_TRY(co_await std::move(sleeping));
      pause = std::min(pause * 2, std::chrono::milliseconds(200));
    }
  }
  co_return Status{};
}

void write_accepted(json::Writer& w, const Catalog::Accepted& one) {
  w.field("document_id", one.document.to_string()).key("job_id");
  one.job_id.empty() ? w.null() : w.value(one.job_id);
  w.field("unchanged", one.unchanged);
}

Result<Answer> accepted_answer(const Context& context, const OpenedPtr& opened,
                               const std::vector<Catalog::Accepted>& accepted, bool together,
                               bool waited) {
  Answer answer;
  answer.status = waited ? 200 : 202;
  json::Writer w(answer.body);
  if (together) {
    std::int64_t unchanged = 0;
    std::string_view job;
    for (const Catalog::Accepted& one : accepted) {
      unchanged += one.unchanged ? 1 : 0;
      if (!one.unchanged) job = one.job_id;
    }
    w.begin_object().field("accepted", accepted.size()).field("unchanged", unchanged);
    w.key("job_id");
    job.empty() ? w.null() : w.value(job);
    w.end_object();
    return answer;
  }
  const bool several = accepted.size() > 1;
  if (several) w.begin_object().key("documents").begin_array();
  for (const Catalog::Accepted& one : accepted) {
    w.begin_object();
    write_accepted(w, one);
    if (waited) {
      TRY_ASSIGN(const Document document, context.deps.searcher.library().catalog().document(
                                              opened->collection, one.document));
      w.field("state", to_string(document.state)).key("error");
      if (document.error) {
        w.begin_object().field("code", to_string(document.error->code));
        w.optional_field("reason", document.error->param);
        w.field("message", document.error->message).end_object();
      } else {
        w.null();
      }
    }
    w.end_object();
  }
  if (several) w.end_array().end_object();
  return answer;
}

}  // namespace

Task<Result<Answer>> add_documents(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto reading = context.request.read_body(kMaxUpload);
  CO_TRY_ASSIGN(std::string body, co_await std::move(reading));
  const std::string content_type(context.request.headers().get("content-type"));
  bool together = false;
  auto work = [&]() -> Result<std::vector<Catalog::Accepted>> {
    TRY_ASSIGN(SentDocuments sent, read_documents(content_type, std::move(body)));
    together = sent.together;
    return context.deps.searcher.library().catalog().accept(
        opened->collection, std::move(sent.documents), context.principal.key_id, together);
  };
  auto accepting = context.deps.knowledge.run(work);
  CO_TRY_ASSIGN(const std::vector<Catalog::Accepted> accepted, co_await std::move(accepting));
  const bool wait = wire::query_parameter(context.request.query(), "wait") == "true";
  if (wait) {
    auto waiting = wait_for(context, accepted);
    CO_TRY(co_await std::move(waiting));
  }
  auto writing = [&] { return accepted_answer(context, opened, accepted, together, wait); };
  auto written = context.deps.knowledge.run(writing);
  co_return co_await std::move(written);
}

Task<Result<Answer>> list_documents(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  const std::string_view query = context.request.query();
  CO_TRY_ASSIGN(const std::size_t limit, read_limit(query));
  std::optional<DocumentState> state;
  if (const auto wanted = wire::query_parameter(query, "state")) {
    state = knowledge::parse_document_state(*wanted);
    if (!state) {
      co_return fail(Code::invalid_request,
                     "`state` must be pending, ready, needs_ocr, empty, failed or deleted.",
                     "state");
    }
  }
  const std::string cursor = wire::query_parameter(query, "cursor").value_or("");
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Catalog::Page page,
               context.deps.searcher.library().catalog().documents(
                   opened->collection, state, document_readers(context), cursor, limit));
    return list_answer(page.documents, write_document, page.next_cursor);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> show_document(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Document document, visible_document(context, opened, context.parameters[1]));
    return object_answer(document, write_document);
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> document_text(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Document document, visible_document(context, opened, context.parameters[1]));
    TRY_ASSIGN(ingest::Extraction extraction,
               context.deps.searcher.library().catalog().text(opened->collection, document));
    Answer answer;
    answer.body = std::move(extraction.text);
    answer.content_type = "text/plain; charset=utf-8";
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

Task<Result<Answer>> delete_document(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  auto work = [&]() -> Result<Answer> {
    TRY_ASSIGN(const Document document, visible_document(context, opened, context.parameters[1]));
    TRY(context.deps.searcher.library().remove_document(*opened, document.id));
    Answer answer;
    json::Writer(answer.body)
        .begin_object()
        .field("document_id", document.id.to_string())
        .field("source_id", document.source_id)
        .field("state", "deleted")
        .field("deleted", true)
        .end_object();
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

// Of one source. Without a selector nothing is deleted: an empty list of what to delete is how
// others lost everything (PEERS.md C 4.8).
Task<Result<Answer>> delete_documents(Context& context) {
  CO_TRY_ASSIGN(const OpenedPtr opened, own_collection(context));
  const std::string source_id =
      wire::query_parameter(context.request.query(), "source_id").value_or("");
  if (source_id.empty()) {
    co_return fail(Code::invalid_request,
                   "Say which document to delete: ?source_id=, or its id in the path.",
                   "source_id");
  }
  auto work = [&]() -> Result<Answer> {
    knowledge::Library& library = context.deps.searcher.library();
    TRY_ASSIGN(const auto id, library.catalog().id_of(opened->collection, source_id));
    std::int64_t deleted = 0;
    if (id) {
      const auto document = visible_document(context, opened, id->to_string());
      if (document) {
        TRY(library.remove_document(*opened, *id));
        deleted = 1;
      }
    }
    Answer answer;
    json::Writer(answer.body).begin_object().field("deleted", deleted).end_object();
    return answer;
  };
  auto running = context.deps.knowledge.run(work);
  co_return co_await std::move(running);
}

}  // namespace maester::api
