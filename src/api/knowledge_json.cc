#include "api/knowledge_json.h"

namespace maester::api {

void write_collection(json::Writer& w, const knowledge::Opened& opened,
                      const knowledge::Catalog::Counts& counts) {
  const knowledge::Collection& collection = opened.collection;
  w.begin_object().field("name", collection.name).field("id", collection.id);
  w.field("index_version", opened.live->name());
  write_spec(w, opened.live->spec);
  write_search(w, collection.search);
  const auto size = opened.live->index->size();
  w.key("documents").begin_object().field("total", counts.total).field("ready", counts.ready);
  w.field("pending", counts.pending).field("failed", counts.failed).end_object();
  w.key("index").begin_object().field("segments", size.segments);
  w.field("documents", size.documents).field("chunks", size.chunks).field("bytes", size.bytes);
  w.end_object().field("created_at", format_rfc3339(collection.created_at)).end_object();
}

void write_index_version(json::Writer& w, const knowledge::IndexVersion& version) {
  w.begin_object().field("version", version.name()).field("state", to_string(version.state));
  write_spec(w, version.spec);
  w.key("previous");
  version.previous > 0 ? w.value("v" + std::to_string(version.previous)) : w.null();
  w.optional_field("job_id", version.job_id);
  w.field("created_at", format_rfc3339(version.created_at)).key("live_at");
  version.live_at == WallTime{} ? w.null() : w.value(format_rfc3339(version.live_at));
  w.end_object();
}

void write_document(json::Writer& w, const knowledge::Document& document) {
  w.begin_object().field("document_id", document.id.to_string());
  w.field("source_id", document.source_id).field("title", document.title);
  w.optional_field("content_type", document.content_type);
  w.optional_field("file_name", document.file_name).key("acl");
  if (document.groups) {
    w.begin_object().key("groups").begin_array();
    for (const std::string& group : *document.groups) w.value(group);
    w.end_array().end_object();
  } else {
    w.null();
  }
  w.key("metadata");
  document.metadata.empty() ? w.begin_object().end_object() : w.raw(document.metadata);
  w.field("state", to_string(document.state)).field("generation", document.generation);
  w.key("error");
  if (document.error) {
    w.begin_object().field("code", to_string(document.error->code));
    w.optional_field("reason", document.error->param).field("message", document.error->message);
    w.end_object();
  } else {
    w.null();
  }
  w.key("report");
  document.report.empty() ? w.null() : w.raw(document.report);
  w.field("job_id", document.job_id);
  w.field("created_at", format_rfc3339(document.created_at));
  w.field("updated_at", format_rfc3339(document.updated_at)).end_object();
}

void write_hit(json::Writer& w, const retrieval::Hit& hit, bool explain) {
  const std::string document = hit.document.to_string();
  w.begin_object().field("document_id", document).field("source_id", hit.source_id);
  w.field("title", hit.title).field("chunk_id", document + "#" + std::to_string(hit.chunk));
  w.field("text", hit.text).field("start", hit.start).field("end", hit.end);
  if (hit.page > 0) w.field("page", hit.page);
  if (!hit.context.empty()) w.field("section", hit.context);
  w.field("score", hit.score);
  if (explain) {
    w.key("explain").begin_object().key("lexical");
    if (hit.lexical_rank > 0) {
      w.begin_object().field("rank", hit.lexical_rank).field("score", hit.lexical_score);
      w.key("terms").begin_array();
      for (const auto& term : hit.terms) {
        w.begin_object().field("term", term.term).field("score", term.score);
        w.field("frequency", term.frequency).end_object();
      }
      w.end_array().end_object();
    } else {
      w.null();
    }
    w.key("vector");
    if (hit.vector_rank > 0) {
      w.begin_object().field("rank", hit.vector_rank);
      w.field("similarity", double{hit.similarity}).end_object();
    } else {
      w.null();
    }
    w.end_object();
  }
  w.end_object();
}

Result<knowledge::OpenedPtr> own_collection(const Context& context) {
  return context.deps.searcher.library().find(context.principal.tenant, context.parameters[0]);
}

std::optional<std::span<const std::string>> document_readers(const Context& context) {
  if (context.principal.role == access::Role::admin) return std::nullopt;
  return context.principal.groups();
}

knowledge::Asker asker_of(const Context& context) {
  const auto groups = context.principal.groups();
  return {{context.principal.tenant, context.principal.key_id},
          {groups.begin(), groups.end()},
          context.principal.role};
}

}  // namespace maester::api
