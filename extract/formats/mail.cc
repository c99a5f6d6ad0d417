// A mail: what a reader of it sees of its headers, one alternative of its text, its attachments as
// parts behind it.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "extract/formats/mime.h"
#include "extract/formats/part.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"

namespace maester::extract {
namespace {

constexpr int kMaxMultipartDepth = 20;
constexpr std::size_t kMaxAttachments = 1'000;

struct Attachment {
  std::string name;
  std::string content_type;
  std::string bytes;
};

class Mail {
 public:
  Mail(TextWriter& out, Depth depth) : out_(out), depth_(depth) {}

  Status read(std::string_view bytes) {
    const Entity mail = parse_entity(bytes);
    if (mail.headers.empty()) return corrupt("The mail has no headers.");
    out_.title(decode_header(mail.header("subject")));
    head(mail);
    TRY(body(mail, 0));
    for (const Attachment& attachment : attachments_)
      TRY(read_part({.bytes = attachment.bytes,
                     .file_name = attachment.name,
                     .content_type = attachment.content_type},
                    "Attachment", depth_, out_));
    return {};
  }

 private:
  void head(const Entity& mail) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kShown = {
        {{"subject", "Subject: "},
         {"from", "From: "},
         {"to", "To: "},
         {"cc", "Cc: "},
         {"date", "Date: "}}};
    for (const auto& [name, label] : kShown) {
      const std::string value = decode_header(mail.header(name));
      if (value.empty()) continue;
      out_.line_break();
      out_.flow(label);
      out_.space();
      out_.flow(value);
    }
    out_.paragraph();
  }

  Status body(const Entity& entity, int depth) {
    if (depth > kMaxMultipartDepth)
      return nesting("The mail's parts are nested more than 20 deep.");
    const ContentType type = parse_content_type(entity.header("content-type"));
    if (type.type.starts_with("multipart/")) return multipart(entity, type, depth);
    const std::string_view disposition = entity.header("content-disposition");
    const bool attached =
        disposition.starts_with("attachment") || disposition.starts_with("ATTACHMENT");
    std::string name = parameter(disposition, "filename");
    if (name.empty()) name = type.name;
    std::string bytes = decode_transfer(entity.body, entity.header("content-transfer-encoding"));
    const bool text = type.type.empty() || type.type == "text/plain" || type.type == "text/html";
    if (!attached && text && name.empty()) {
      out_.paragraph();
      return type.type == "text/html" ? read_html(bytes, type.charset, out_)
                                      : read_plain(bytes, type.charset, out_);
    }
    if (attachments_.size() >= kMaxAttachments)
      return bomb("The mail has more than 1,000 attachments.");
    attachments_.push_back(
        {std::move(name), std::string(entity.header("content-type")), std::move(bytes)});
    return {};
  }

  Status multipart(const Entity& entity, const ContentType& type, int depth) {
    const std::vector<std::string_view> parts = split_multipart(entity.body, type.boundary);
    if (parts.empty() && !entity.body.empty()) {
      out_.warn("part_damaged",
                "A part of the mail has no readable boundary; it was read as text.");
      return read_plain(decode_transfer(entity.body, entity.header("content-transfer-encoding")),
                        type.charset, out_);
    }
    if (type.type == "multipart/alternative") return alternative(parts, depth);
    for (const std::string_view part : parts) {
      if (++seen_ > 10 * kMaxAttachments) return bomb("The mail has more than 10,000 parts.");
      TRY(body(parse_entity(part), depth + 1));
    }
    return {};
  }

  // The same text several times: the plain one, unless it is blank; else HTML; else the last.
  Status alternative(const std::vector<std::string_view>& parts, int depth) {
    std::string_view chosen;
    int best = -1;
    for (const std::string_view part : parts) {
      const Entity entity = parse_entity(part);
      const std::string type = parse_content_type(entity.header("content-type")).type;
      const bool blank = entity.body.find_first_not_of(" \t\r\n") == std::string_view::npos;
      int rank = type == "text/html" ? 3 : type.starts_with("multipart/") ? 2 : 1;
      if (type.empty() || type == "text/plain") rank = 4;
      if (blank) rank = 0;
      if (rank > best) {
        best = rank;
        chosen = part;
      }
    }
    return chosen.empty() ? Status() : body(parse_entity(chosen), depth + 1);
  }

  TextWriter& out_;
  const Depth depth_;
  std::size_t seen_ = 0;
  std::vector<Attachment> attachments_;
};

}  // namespace

Status read_mail(std::string_view bytes, Depth depth, TextWriter& out) {
  return Mail(out, depth).read(bytes);
}

}  // namespace maester::extract
