#include "extract/formats/detect.h"

#include <algorithm>
#include <array>
#include <optional>

#include "extract/formats/charset.h"
#include "extract/formats/refusal.h"
#include "ingest/sniff.h"

namespace maester::extract {
namespace {

struct Magic {
  std::string_view bytes;
  std::string_view name;
};
using std::string_view_literals::operator""sv;
constexpr std::array<Magic, 24> kUnsupported = {{
    {"\x1f\x8b", "a gzip file"},
    {"BZh", "a bzip2 file"},
    {"\xfd\x37zXZ"sv, "an xz file"},
    {"\x28\xb5\x2f\xfd", "a Zstandard file"},
    {"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"},
    {"Rar!\x1a\x07", "a RAR archive"},
    {"\x89PNG", "a PNG image"},
    {"\xff\xd8\xff", "a JPEG image"},
    {"GIF8", "a GIF image"},
    {"II*\0"sv, "a TIFF image"},
    {"MM\0*"sv, "a TIFF image"},
    {"BM", "a bitmap image"},
    {"\x7f"
     "ELF",
     "a program"},
    {"MZ", "a program"},
    {"\xca\xfe\xba\xbe", "a program"},
    {"ID3", "a sound file"},
    {"OggS", "a sound or video file"},
    {"fLaC", "a sound file"},
    {"RIFF", "a sound, video or image file"},
    {"\x1a\x45\xdf\xa3", "a video file"},
    {"SQLite format 3", "a database"},
    {"wOFF", "a font"},
    {"%!PS", "a PostScript file"},
    {"PAR1", "a Parquet file"},
}};

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

std::string ending_of(std::string_view name) {
  const std::size_t dot = name.rfind('.');
  return dot == std::string_view::npos ? std::string() : lower(name.substr(dot + 1));
}

bool one_of(std::string_view list, std::string_view word) {
  if (word.empty()) return false;
  return (" " + std::string(list) + " ").contains(" " + std::string(word) + " ");
}

constexpr std::string_view kCode =
    "c h cc cpp cxx hpp hh py js mjs ts tsx jsx java kt go rs rb php swift scala sh bash zsh ps1 "
    "sql r m mm cs fs vb lua pl pm ex exs erl hs ml clj el vim css scss less toml yaml yml ini cfg "
    "conf properties env dockerfile makefile cmake gradle proto tf hcl diff patch tex bib rst adoc "
    "log";

// By the name or the declared type alone.
std::optional<Detected> hinted(std::string_view ending, std::string_view type) {
  if (one_of("md markdown mdown mkd mdx", ending) || type == "text/markdown")
    return Detected{Format::markdown, "text/markdown"};
  if (one_of("tsv tab", ending) || type == "text/tab-separated-values")
    return Detected{Format::csv, "text/tab-separated-values", '\t'};
  if (ending == "csv" || type == "text/csv") return Detected{Format::csv, "text/csv"};
  if (one_of("jsonl ndjson", ending) || one_of("application/x-ndjson application/jsonl", type))
    return Detected{Format::json_lines, "application/x-ndjson"};
  if (one_of("json geojson ipynb", ending) || type == "application/json")
    return Detected{Format::json, "application/json"};
  if (one_of("eml mht mhtml", ending) || type == "message/rfc822")
    return Detected{Format::mail, "message/rfc822"};
  if (one_of("html htm xhtml shtml", ending) || one_of("text/html application/xhtml+xml", type))
    return Detected{Format::html, "text/html"};
  if (one_of("xml svg xsd xsl rss atom plist", ending) || one_of("application/xml text/xml", type))
    return Detected{Format::xml, "application/xml"};
  if (one_of(kCode, ending)) return Detected{Format::code, "text/x-" + std::string(ending)};
  if (one_of("txt text", ending)) return Detected{Format::text, "text/plain"};
  return std::nullopt;
}

bool starts_with_tag(std::string_view text, std::string_view tag) {
  return text.starts_with(tag) &&
         (text.size() == tag.size() || !std::isalnum(static_cast<unsigned char>(text[tag.size()])));
}

bool looks_like_html(std::string_view start) {
  for (std::string_view tag : {"<!doctype html", "<html", "<head", "<body", "<title", "<meta",
                               "<div", "<table", "<script", "<h1", "<p", "<!--"}) {
    if (starts_with_tag(start, tag)) return tag != "<!--" || start.contains("<html");
  }
  return start.starts_with("<?xml") && start.contains("<html");
}

// Header lines as mail has them, with one that only mail has.
bool looks_like_mail(std::string_view start) {
  static constexpr std::string_view kOwn[] = {
      "from:",    "received:",     "return-path:", "message-id:",
      "subject:", "delivered-to:", "mime-version:"};
  int known = 0;
  for (int line = 0; line < 40 && !start.empty(); ++line) {
    const std::size_t end = std::min(start.find('\n'), start.size());
    const std::string_view text = start.substr(0, end);
    start.remove_prefix(std::min(end + 1, start.size()));
    if (text.empty() || text == "\r") break;
    if (text[0] == ' ' || text[0] == '\t') continue;
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || text.substr(0, colon).contains(' '))
      return false;
    for (const std::string_view own : kOwn) known += text.starts_with(own) ? 1 : 0;
  }
  return known >= 2;
}

// Of the first 4 KiB in lower case, whatever their encoding.
std::string start_of(std::string_view bytes) {
  std::string start(bytes.substr(0, 4096));
  if (start.starts_with("\xef\xbb\xbf")) start.erase(0, 3);
  std::erase(start, '\0');  // UTF-16 of ASCII
  if (start.starts_with("\xff\xfe") || start.starts_with("\xfe\xff")) start.erase(0, 2);
  start.erase(0, std::min(start.find_first_not_of(" \t\r\n"), start.size()));
  return lower(start);
}

Result<Detected> compound_file(std::string_view bytes) {
  // "EncryptedPackage" in UTF-16: an office file with a password (MS-OFFCRYPTO).
  static constexpr std::string_view kMark("E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e", 31);
  if (bytes.contains(kMark)) return encrypted("The file is protected with a password.");
  return unsupported(
      "The file is of an older Office format (.doc, .xls, .ppt, .msg): save it as .docx, .xlsx, "
      ".pptx or .eml.");
}

}  // namespace

Result<Detected> detect(const ingest::Source& source) {
  const std::string_view bytes = source.bytes;
  if (ingest::looks_like_pdf(bytes)) return Detected{Format::pdf, "application/pdf"};
  if (bytes.starts_with("PK\x03\x04") || bytes.starts_with("PK\x05\x06"))
    return Detected{Format::archive, "application/zip"};
  if (bytes.starts_with("{\\rtf")) return Detected{Format::rtf, "application/rtf"};
  if (bytes.starts_with("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) return compound_file(bytes);
  for (const Magic& magic : kUnsupported) {
    // Two letters alone begin many a text.
    if (bytes.starts_with(magic.bytes) && (magic.bytes.size() > 2 || looks_binary(bytes)))
      return unsupported("The file is " + std::string(magic.name) +
                         ", which is not read. Supported formats: docs/reference/documents.md.");
  }
  if (bytes.size() > 262 && bytes.substr(257, 5) == "ustar")
    return unsupported("The file is a tar archive, which is not read: use ZIP.");
  const std::string start = start_of(bytes);
  const std::string ending = ending_of(source.file_name);
  std::string type = lower(source.content_type);
  type.resize(std::min(type.find(';'), type.size()));
  if (looks_like_html(start) && !one_of(kCode, ending) && !one_of("md markdown txt", ending))
    return Detected{Format::html, "text/html"};
  if (auto by_hint = hinted(ending, type)) return *by_hint;
  if (start.starts_with("<?xml") || start.starts_with("<!doctype"))
    return Detected{Format::xml, "application/xml"};
  if (looks_like_mail(start)) return Detected{Format::mail, "message/rfc822"};
  return Detected{Format::text, "text/plain"};
}

}  // namespace maester::extract
