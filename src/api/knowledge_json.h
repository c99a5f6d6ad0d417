// Collections, versions, documents and hits as the API tells them.
#pragma once

#include "api/route.h"
#include "codec/json_writer.h"
#include "knowledge/search.h"

namespace maester::api {

void write_collection(json::Writer& w, const knowledge::Opened& opened,
                      const knowledge::Catalog::Counts& counts);
void write_index_version(json::Writer& w, const knowledge::IndexVersion& version);
void write_document(json::Writer& w, const knowledge::Document& document);
void write_hit(json::Writer& w, const retrieval::Hit& hit, bool explain);

// The caller's own collection that the path's first parameter names; Code::not_found for any other.
Result<knowledge::OpenedPtr> own_collection(const Context& context);
// Who may read: the caller's groups, or absent for an admin, who manages all.
std::optional<std::span<const std::string>> document_readers(const Context& context);
knowledge::Asker asker_of(const Context& context);

}  // namespace maester::api
