#include "codec/schema_registry.h"

#include <utility>

#include "codec/schema_keywords.h"
#include "codec/uri.h"

namespace maester::schema {
namespace {

using Draft = JsonSchema::Draft;

constexpr std::string_view kVocabularies = "https://json-schema.org/draft/2020-12/vocab/";
constexpr std::string_view kValidation = "https://json-schema.org/draft/2020-12/vocab/validation";
constexpr int kMaxLoading = 16;  // a dialect of a dialect of a dialect ...

bool is_draft7(const std::string& dialect) {
  return dialect == "http://json-schema.org/draft-07/schema" ||
         dialect == "https://json-schema.org/draft-07/schema" ||
         dialect == "http://json-schema.org/draft-06/schema" ||
         dialect == "http://json-schema.org/schema";
}

}  // namespace

Result<Location> Registry::load(std::string_view text, std::string uri) {
  if (loading_ >= kMaxLoading)
    return fail(Code::invalid_request, "The schema's dialects do not end.");
  ++loading_;
  auto document = std::make_unique<json::Document>();
  TRY(document->reparse(text));
  const Value root = document->root();
  out_.documents.push_back(std::move(document));

  Resource resource;
  resource.uri = uri;
  resource.root = root;
  TRY(set_dialect(root, resource, options_.default_draft));
  const int index = static_cast<int>(out_.resources.size());
  out_.resources.push_back(std::move(resource));
  by_uri_.try_emplace(std::move(uri), index);
  by_place_[root.raw().data()] = index;
  TRY(scan({root, index}));
  --loading_;
  return Location{root, index};
}

Status Registry::set_dialect(const Value& root, Resource& resource, Draft fallback) {
  resource.draft = fallback;
  if (!root.get("$schema").exists()) return {};
  TRY_ASSIGN(const std::string_view named, root.get("$schema").as_string());
  const std::string dialect(uri::split_fragment(named).first);
  if (is_draft7(dialect)) {
    resource.draft = Draft::draft7;
    return {};
  }
  resource.draft = Draft::draft2020_12;
  if (dialect == "https://json-schema.org/draft/2020-12/schema") return {};
  if (dialect == resource.uri || dialect == root.get("$id").string_or("")) {
    return read_vocabulary(root, resource);  // a metaschema that describes itself
  }
  const auto known = resource_for(dialect);
  if (!known) {
    return fail(Code::invalid_request,
                "The schema's dialect `" + dialect + "` is not known; drafts 7 and 2020-12 are.",
                "$schema");
  }
  resource.draft = out_.resources[static_cast<std::size_t>(*known)].draft;
  return read_vocabulary(out_.resources[static_cast<std::size_t>(*known)].root, resource);
}

Status Registry::read_vocabulary(const Value& metaschema_root, Resource& resource) {
  const Value vocabulary = metaschema_root.get("$vocabulary");
  if (!vocabulary.is_object()) return {};
  resource.validates = vocabulary.get(kValidation).exists();
  for (const Value one : vocabulary) {
    if (one.key().starts_with(kVocabularies) || !one.bool_or(false)) continue;
    return fail(Code::invalid_request,
                "The schema needs the unknown vocabulary `" + std::string(one.key()) + "`.");
  }
  return {};
}

Location Registry::child(const Location& parent, const Value& part) const {
  const auto own = by_place_.find(part.raw().data());
  return {part, own == by_place_.end() ? parent.resource : own->second};
}

// Registers what has a name in this subschema and below. As deep as the document at most.
Status Registry::scan(Location location) {
  if (!location.value.is_object()) return {};
  TRY(take_identifiers(location));
  const Draft draft = out_.resources[static_cast<std::size_t>(location.resource)].draft;
  for (const Value member : location.value) {
    switch (shape_of(member.key(), draft)) {
      case Shape::unknown:
      case Shape::plain:
        break;
      case Shape::schema:
        TRY(scan({member, location.resource}));
        break;
      case Shape::items:
        TRY(scan({member, location.resource}));
        [[fallthrough]];
      case Shape::schema_list:
        if (!member.is_array()) break;
        for (const Value part : member) TRY(scan({part, location.resource}));
        break;
      case Shape::schema_map:
      case Shape::dependencies:
        if (!member.is_object()) break;
        for (const Value part : member) TRY(scan({part, location.resource}));
        break;
    }
  }
  return {};
}

Status Registry::take_identifiers(Location& location) {
  const Value& value = location.value;
  auto* resource = &out_.resources[static_cast<std::size_t>(location.resource)];
  const bool draft7 = resource->draft == Draft::draft7;
  if (draft7 && value.get("$ref").is_string()) return {};  // its siblings do not count
  const std::string_view id = value.get("$id").string_or("");
  const auto [id_base, id_fragment] = uri::split_fragment(id);
  if (!id_base.empty()) {
    const std::string full = uri::resolve(resource->uri, id_base);
    if (by_place_.contains(value.raw().data())) {  // the root of its document
      resource->uri = full;
    } else {
      Resource own;
      own.uri = full;
      own.root = value;
      TRY(set_dialect(value, own, resource->draft));
      own.validates =
          own.validates && (value.get("$schema").exists() ||
                            out_.resources[static_cast<std::size_t>(location.resource)].validates);
      location.resource = static_cast<int>(out_.resources.size());
      out_.resources.push_back(std::move(own));
      by_place_[value.raw().data()] = location.resource;
      resource = &out_.resources.back();
    }
    by_uri_.try_emplace(full, location.resource);
  }
  if (draft7) {
    if (!id_fragment.empty()) resource->anchors.try_emplace(std::string(id_fragment), value);
    return {};
  }
  if (const auto anchor = value.get("$anchor").string_or(""); !anchor.empty()) {
    resource->anchors.try_emplace(std::string(anchor), value);
  }
  if (const auto anchor = value.get("$dynamicAnchor").string_or(""); !anchor.empty()) {
    resource->dynamic_anchors.try_emplace(std::string(anchor), value);
  }
  return {};
}

Result<int> Registry::resource_for(std::string_view uri) {
  if (const auto known = by_uri_.find(uri); known != by_uri_.end()) return known->second;
  std::string_view text = metaschema(uri);
  if (text.empty()) {
    auto given = options_.documents.find(uri);
    if (given == options_.documents.end()) {
      return fail(Code::invalid_request, "The schema refers to `" + std::string(uri) +
                                             "`, which was not given; nothing is fetched.");
    }
    text = given->second;
  }
  TRY_ASSIGN(const Location loaded, load(text, std::string(uri)));
  return loaded.resource;
}

Result<Location> Registry::resolve(const Location& from, std::string_view reference) {
  const std::string full =
      uri::resolve(out_.resources[static_cast<std::size_t>(from.resource)].uri, reference);
  const auto [base, fragment] = uri::split_fragment(full);
  TRY_ASSIGN(const int resource, resource_for(base));
  return at_fragment(resource, uri::percent_decode(fragment), reference);
}

Result<Location> Registry::at_fragment(int index, std::string_view fragment,
                                       std::string_view reference) {
  const Resource& resource = out_.resources[static_cast<std::size_t>(index)];
  Location at{resource.root, index};
  if (fragment.empty()) return at;
  if (fragment.front() == '/') {
    while (!fragment.empty() && at.value.exists()) {
      at = child(at, uri::step(at.value, uri::next_token(fragment)));
    }
    if (at.value.exists()) return at;
  } else {
    for (const auto* anchors : {&resource.anchors, &resource.dynamic_anchors}) {
      if (const auto found = anchors->find(fragment); found != anchors->end()) {
        return Location{found->second, index};
      }
    }
  }
  return fail(Code::invalid_request,
              "The schema's reference `" + std::string(reference) + "` leads nowhere.");
}

}  // namespace maester::schema
