#include "api/document_body.h"

#include <array>

#include "base/utf8.h"
#include "codec/json_object.h"
#include "codec/multipart.h"

namespace maester::api {
namespace {

constexpr std::size_t kMaxSourceId = 1'024;
constexpr std::size_t kMaxMetadata = 64u << 10;
constexpr std::size_t kMaxGroups = 256;
constexpr std::size_t kMaxLines = 100'000;

// {groups: [..]}; absent = the whole tenant.
Result<std::optional<std::vector<std::string>>> read_acl(json::Value acl) {
  if (acl.empty()) return std::optional<std::vector<std::string>>();
  static constexpr std::array<std::string_view, 1> kKnown{"groups"};
  TRY(json::only_known(acl, kKnown));
  const json::Value groups = acl.get("groups");
  if (!groups.is_array() || groups.size() > kMaxGroups) {
    return fail(Code::invalid_request,
                "`acl.groups` must be an array of up to 256 groups; [] lets nobody read it.",
                "acl.groups");
  }
  std::vector<std::string> out;
  for (const json::Value group : groups) {
    TRY_ASSIGN(const std::string_view name, group.as_string());
    if (name.empty() || name.size() > 256)
      return fail(Code::invalid_request, "A group's name has 1 to 256 bytes.", group.path());
    out.emplace_back(name);
  }
  return std::optional(std::move(out));
}

Status read_metadata(json::Value value, std::string& out) {
  if (value.empty()) return {};
  if (!value.is_object() || value.raw().size() > kMaxMetadata) {
    return fail(Code::invalid_request, "`metadata` must be an object of up to 64 KiB.", "metadata");
  }
  out = value.raw();
  return {};
}

Result<knowledge::NewDocument> read_object_document(json::Value body) {
  static constexpr std::array<std::string_view, 8> kKnown{
      "source_id", "title", "text", "url", "content_type", "acl", "metadata", "file_name"};
  TRY(json::only_known(body, kKnown));
  knowledge::NewDocument out;
  TRY(json::read_text(body.get("source_id"), kMaxSourceId, out.source_id));
  TRY(json::read_text(body.get("title"), 4'096, out.title));
  TRY(json::read_text(body.get("content_type"), 256, out.content_type));
  TRY(json::read_text(body.get("file_name"), 1'024, out.file_name));
  TRY(json::read_text(body.get("url"), 8'192, out.url));
  TRY_ASSIGN(out.groups, read_acl(body.get("acl")));
  TRY(read_metadata(body.get("metadata"), out.metadata));
  const json::Value text = body.get("text");
  if (text.empty() == out.url.empty()) {
    return fail(Code::invalid_request, "A document has `text` or `url`, one of the two.",
                text.empty() ? "text" : "url");
  }
  if (!text.empty()) {
    TRY_ASSIGN(const std::string_view bytes, text.as_string());
    out.bytes = bytes;
    if (out.content_type.empty() || out.content_type == "text/plain")
      out.content_type = "text/plain; charset=utf-8";
  }
  if (out.source_id.empty()) out.source_id = out.url;
  if (out.source_id.empty()) {
    return fail(Code::invalid_request,
                "`source_id` must say what the document is called where it comes from.",
                "source_id");
  }
  return out;
}

Result<SentDocuments> read_lines(std::string_view body) {
  SentDocuments out;
  out.together = true;
  std::size_t number = 0;
  while (!body.empty()) {
    const std::size_t end = std::min(body.find('\n'), body.size());
    const std::string_view line = body.substr(0, end);
    body.remove_prefix(std::min(end + 1, body.size()));
    ++number;
    if (line.find_first_not_of(" \t\r") == line.npos) continue;
    if (out.documents.size() == kMaxLines)
      return fail(Code::too_large, "One request may carry 100,000 documents.");
    auto document = json::Document::parse(line);
    auto read = document ? read_object_document(document->root())
                         : Result<knowledge::NewDocument>(fail(document.error()));
    if (!read) {
      Error error = std::move(read.error());
      error.message = "Line " + std::to_string(number) + ": " + error.message;
      return fail(std::move(error));
    }
    out.documents.push_back(std::move(*read));
  }
  return out;
}

// Files in any field; the fields source_id, title, content_type, acl and metadata are those of all
// files of the form (source_id: of its only file).
Result<SentDocuments> read_form(std::string_view content_type, const std::string& body) {
  TRY_ASSIGN(const auto parts, multipart::parse(body, multipart::boundary_of(content_type)));
  knowledge::NewDocument common;
  SentDocuments out;
  for (const multipart::Part& part : parts) {
    if (part.file_name.empty() && part.name != "file") {
      if (!utf8::valid(part.content))
        return fail(Code::invalid_request, "A field is not UTF-8.", part.name);
      if (part.name == "source_id") {
        common.source_id = part.content.substr(0, kMaxSourceId);
      } else if (part.name == "title") {
        common.title = part.content.substr(0, 4'096);
      } else if (part.name == "content_type") {
        common.content_type = part.content.substr(0, 256);
      } else if (part.name == "acl" || part.name == "metadata") {
        TRY_ASSIGN(const json::Document document, json::Document::parse(part.content));
        if (part.name == "acl") {
          TRY_ASSIGN(common.groups, read_acl(document.root()));
        } else {
          TRY(read_metadata(document.root(), common.metadata));
        }
      } else {
        return fail(Code::invalid_request,
                    "The form's field `" + part.name +
                        "` is unknown: there are source_id, title, content_type, acl and metadata.",
                    part.name);
      }
      continue;
    }
    knowledge::NewDocument& file = out.documents.emplace_back();
    file.file_name = part.file_name;
    file.source_id = part.file_name;
    file.content_type = part.content_type == "application/octet-stream" ? "" : part.content_type;
    file.bytes = part.content;
  }
  for (knowledge::NewDocument& file : out.documents) {
    if (!common.source_id.empty()) {
      if (out.documents.size() > 1) {
        return fail(Code::invalid_request, "`source_id` is of one file; send files one by one.",
                    "source_id");
      }
      file.source_id = common.source_id;
    }
    file.title = common.title;
    file.groups = common.groups;
    file.metadata = common.metadata;
    if (!common.content_type.empty()) file.content_type = common.content_type;
    if (file.source_id.empty() || file.source_id.size() > kMaxSourceId) {
      return fail(Code::invalid_request, "A file needs a file name or the field `source_id`.",
                  "source_id");
    }
  }
  return out;
}

}  // namespace

Result<SentDocuments> read_documents(std::string_view content_type, std::string body) {
  SentDocuments out;
  if (!multipart::boundary_of(content_type).empty()) {
    TRY_ASSIGN(out, read_form(content_type, body));
  } else if (content_type.starts_with("application/x-ndjson") ||
             content_type.starts_with("application/jsonl")) {
    TRY_ASSIGN(out, read_lines(body));
  } else {
    TRY_ASSIGN(const json::Document document, json::Document::parse(body));
    TRY_ASSIGN(out.documents.emplace_back(), read_object_document(document.root()));
  }
  if (out.documents.empty()) return fail(Code::invalid_request, "The request carries no document.");
  return out;
}

}  // namespace maester::api
