#include "extract/formats/part.h"

#include <string>

#include "extract/formats/detect.h"
#include "extract/formats/readers.h"
#include "extract/formats/refusal.h"

namespace maester::extract {

Status read_part(const ingest::Source& part, std::string_view label, Depth depth, TextWriter& out) {
  const std::string name = part.file_name.empty() ? "(no name)" : part.file_name;
  if (part.bytes.empty()) return {};
  if (depth.parts >= kMaxPartDepth)
    return nesting("The document holds documents more than 5 deep: " + name + ".");
  const auto what = detect(part);
  if (what && what->format == Format::pdf) {
    if (!out.embed({std::string(label) + ": " + name, name, std::string(part.bytes)}))
      out.warn("part_skipped",
               name + ": the document holds more than 100 PDFs, or more than 32 MiB of them.");
    return {};
  }
  out.begin_part(name, what ? what->content_type : part.content_type);
  out.begin_heading(2);
  out.flow(std::string(label) + ": " + name);
  out.end_heading();
  const auto read =
      what ? read_any(part, {depth.parts + 1, depth.archives}, out) : fail(what.error());
  out.end_part();
  if (read) return {};
  const std::string& reason = read.error().param;
  if (reason == "bomb" || reason == "nesting" || reason == "too_large") return fail(read.error());
  out.warn("part_skipped", name + ": " + read.error().message);
  return {};
}

}  // namespace maester::extract
