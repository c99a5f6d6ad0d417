// Inside of JsonSchema: which documents, identifiers and anchors there are, and where a reference
// leads. Private to codec.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "codec/schema_node.h"

namespace maester::schema {

class Registry {
 public:
  Registry(Compiled& out, const JsonSchema::Options& options) : out_(out), options_(options) {}

  // Reads a document and registers its identifiers and anchors.
  Result<Location> load(std::string_view text, std::string uri);
  // Where `reference`, seen in `from`, leads. Loads documents that Options::documents or the drafts
  // themselves bring.
  Result<Location> resolve(const Location& from, std::string_view reference);
  // The part of a location; a part with its own $id is its own resource.
  Location child(const Location& parent, const Value& part) const;

 private:
  Status set_dialect(const Value& root, Resource& resource, JsonSchema::Draft fallback);
  Status read_vocabulary(const Value& metaschema_root, Resource& resource);
  Status scan(Location location);
  Status take_identifiers(Location& location);
  Result<int> resource_for(std::string_view uri);
  Result<Location> at_fragment(int resource, std::string_view fragment, std::string_view reference);

  Compiled& out_;
  const JsonSchema::Options& options_;
  std::map<std::string, int, std::less<>> by_uri_;
  std::unordered_map<const char*, int>
      by_place_;  // the first byte of a resource's root -> resource
  int loading_ = 0;
};

// The text of a draft's own metaschema; "" for another URI.
std::string_view metaschema(std::string_view uri);

}  // namespace maester::schema
