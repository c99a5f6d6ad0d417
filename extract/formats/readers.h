// One function a format: bytes in, calls to the writer out. Pure but for the memory they take; an
// Error carries the reason (refusal.h). They stop early when the writer is full.
#pragma once

#include <string_view>

#include "base/result.h"
#include "extract/formats/text_writer.h"
#include "ingest/child_format.h"
#include "ingest/extraction.h"

namespace maester::extract {

// What a part stands in: mails and archives that hold documents, of them archives. An office file
// is no archive here, though it is a ZIP.
struct Depth {
  int parts = 0;
  int archives = 0;
};
inline constexpr int kMaxPartDepth = 5;
inline constexpr int kMaxArchiveDepth = 1;

Status read_plain(std::string_view bytes, std::string_view charset, TextWriter& out);
Status read_markdown(std::string_view bytes, std::string_view charset, TextWriter& out);
Status read_html(std::string_view bytes, std::string_view charset, TextWriter& out);
Status read_csv(std::string_view bytes, std::string_view charset, char delimiter, TextWriter& out);
Status read_json(std::string_view bytes, TextWriter& out);
Status read_json_lines(std::string_view bytes, TextWriter& out);
Status read_xml_text(std::string_view bytes, std::string_view charset, TextWriter& out);
Status read_rtf(std::string_view bytes, TextWriter& out);
Status read_mail(std::string_view bytes, Depth depth, TextWriter& out);
// Office files and other archives; content_type says which it was.
Status read_archive(std::string_view bytes, Depth depth, TextWriter& out,
                    std::string& content_type);

// Any of them, as part of a document at this depth. Answers the detected type. A PDF
// is kept for its own program (TextWriter::embed) as a part, refused as a whole file.
Result<std::string> read_any(const ingest::Source& source, Depth depth, TextWriter& out);

// A whole file as the child answers it: with the PDFs that it holds.
Result<ingest::ChildResult> read_for_parent(const ingest::Source& source);
// The same without them.
Result<ingest::Extraction> read_document(const ingest::Source& source);

}  // namespace maester::extract
