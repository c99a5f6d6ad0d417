#include "extract/pdf/pdf_reader.h"

#include <iconv.h>
#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <string>

#include "base/utf8.h"
#include "extract/formats/refusal.h"
#include "extract/formats/text_writer.h"
#include "extract/pdf/page_layout.h"
#include "extract/pdf/page_text.h"
#include "ingest/extraction_limits.h"

namespace maester::extract {
namespace {

constexpr std::string_view kParser = "maester-extract-pdf 1 (poppler)";
constexpr int kMaxPages = 20'000;

// poppler tells of damage through one function for the whole process.
struct Complaints {
  std::size_t errors = 0;
};
void complain(const std::string& message, void* closure) {
  if (!message.contains("arning")) ++static_cast<Complaints*>(closure)->errors;
}

std::string to_utf8(const poppler::ustring& text) {
  std::string out;
  char32_t high = 0;
  for (const unsigned short unit : text) {
    if (unit >= 0xd800 && unit < 0xdc00) {
      high = unit;
    } else if (unit >= 0xdc00 && unit < 0xe000) {
      if (high != 0) utf8::append(out, 0x10000 + ((high - 0xd800) << 10U) + (unit - 0xdc00U));
      high = 0;
    } else {
      utf8::append(out, unit);
    }
  }
  return out;
}

// Turned text is laid out in its own direction: the places are turned back.
Word upright(const poppler::text_box& box, int turns) {
  const poppler::rectf at = box.bbox();
  Word word;
  word.text = to_utf8(box.text());
  word.size = box.has_font_info() ? box.get_font_size() : 0;
  const double left = at.left();
  const double right = at.right();
  const double top = at.top();
  const double bottom = at.bottom();
  switch (turns) {
    case 1:
      word.left = top, word.right = bottom, word.top = -right, word.bottom = -left;
      break;
    case 2:
      word.left = -right, word.right = -left, word.top = -bottom, word.bottom = -top;
      break;
    case 3:
      word.left = -bottom, word.right = -top, word.top = left, word.bottom = right;
      break;
    default:
      word.left = left, word.right = right, word.top = top, word.bottom = bottom;
  }
  if (word.size <= 0) word.size = word.height();
  return word;
}

// The words of each direction.
std::map<int, std::vector<Word>> words_of(const poppler::page& page) {
  std::map<int, std::vector<Word>> out;
  for (const poppler::text_box& box : page.text_list(poppler::page::text_list_include_font)) {
    const int turns = ((box.rotation() % 4) + 4) % 4;
    Word word = upright(box, turns);
    if (!word.text.empty()) out[turns].push_back(std::move(word));
  }
  return out;
}

// Of most of the letters.
double usual_size(const std::vector<Word>& words) {
  std::map<int, std::size_t> letters;
  for (const Word& word : words) {
    const auto count =
        std::ranges::count_if(word.text, [](char c) { return c != '.' && c != ' '; });
    letters[static_cast<int>(word.size * 2 + 0.5)] += static_cast<std::size_t>(count);
  }
  if (letters.empty()) return 0;
  return std::ranges::max_element(letters, {}, [](const auto& l) { return l.second; })->first / 2.0;
}

class Reader {
 public:
  explicit Reader(const poppler::document& document) : document_(document) {}

  Result<ingest::Extraction> read(Complaints& complaints) {
    const int pages = document_.pages();
    if (pages > kMaxPages) return too_large("The PDF has more than 20,000 pages: split it.");
    body_ = body_size(pages);
    for (int i = 0; i < pages && !out_.full(); ++i) {
      complaints.errors = 0;
      page(i, complaints);
    }
    out_.end_page();
    out_.title(to_utf8(document_.get_title()));
    warn_of_blank();
    auto result = out_.finish("application/pdf", kParser);
    if (result && result->outcome == ingest::Outcome::empty && pages > 0) {
      result->outcome = ingest::Outcome::needs_ocr;
      result->warnings.insert(result->warnings.begin(),
                              {"no_text_layer", "The PDF is images without text: it needs OCR."});
      std::erase_if(result->warnings, [](const auto& w) { return w.code == "no_text"; });
    }
    return result;
  }

 private:
  // Of most of the letters on the first pages.
  double body_size(int pages) const {
    std::vector<Word> all;
    for (int i = 0; i < std::min(pages, 10); ++i) {
      const std::unique_ptr<poppler::page> page(document_.create_page(i));
      if (!page) continue;
      for (auto& [turns, words] : words_of(*page))
        std::ranges::move(words, std::back_inserter(all));
    }
    return std::max(usual_size(all), 1.0);
  }

  void page(int index, const Complaints& complaints) {
    const auto number = static_cast<std::uint32_t>(index + 1);
    const std::unique_ptr<poppler::page> page(document_.create_page(index));
    out_.begin_page(number);
    const std::size_t mark = out_.size();
    if (page) {
      auto directions = words_of(*page);
      // Most of the text first; a stamp along the margin comes last.
      while (!directions.empty()) {
        const auto most =
            std::ranges::max_element(directions, {}, [](const auto& d) { return d.second.size(); });
        const double body = std::max(body_, usual_size(most->second));
        write_page(layout(std::move(most->second)), body, out_);
        out_.paragraph();
        directions.erase(most);
      }
    }
    if (!page || complaints.errors > 0)
      out_.warn("page_damaged",
                "Page " + std::to_string(number) + " is damaged; its text may be incomplete.");
    else if (!out_.wrote_since(mark))
      blank_.push_back(number);
  }

  void warn_of_blank() {
    if (blank_.empty()) return;
    std::string list;
    for (std::size_t i = 0; i < std::min<std::size_t>(blank_.size(), 20); ++i)
      list += (i > 0 ? ", " : "") + std::to_string(blank_[i]);
    if (blank_.size() > 20) list += ", ...";
    out_.warn("page_without_text",
              std::to_string(blank_.size()) + " pages are blank or images without text: " + list);
  }

  const poppler::document& document_;
  TextWriter out_;
  double body_ = 10;
  std::vector<std::uint32_t> blank_;
};

}  // namespace

void warm_pdf() {
  // Its converters, whose modules stay loaded as long as one is open; and no folder of CMaps, which
  // it would want to open files of later.
  (void)::iconv_open("UTF-16", "UTF-8");
  (void)::iconv_open("UTF-8", "UTF-16");
  (void)poppler::ustring::from_utf8("warm").to_utf8();
  (void)poppler::ustring::from_latin1("warm");
  poppler::set_data_dir("/nonexistent");
  static constexpr std::string_view kPdf =
      "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 1/Kids[3 0 "
      "R]>>"
      "endobj\n3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 "
      "R/Resources<</Font<</F "
      "5 0 R>>>>>>endobj\n4 0 obj<</Length 30>>stream\nBT /F 9 Tf 9 9 Td (warm) Tj ET\nendstream "
      "endobj\n"
      "5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 "
      "R>>\n%%EOF\n";
  (void)read_pdf({.bytes = kPdf, .file_name = "", .content_type = ""});
  // poppler's tables live as long as any document does: this one is never closed.
  (void)poppler::document::load_from_raw_data(kPdf.data(), static_cast<int>(kPdf.size()));
}

Result<ingest::Extraction> read_pdf(const ingest::Source& source) {
  static Complaints complaints;
  poppler::set_debug_error_function(complain, &complaints);
  if (source.bytes.size() > ingest::kMaxInput) return too_large("The PDF is larger than 128 MiB.");
  const std::unique_ptr<poppler::document> document(poppler::document::load_from_raw_data(
      source.bytes.data(), static_cast<int>(source.bytes.size())));
  if (!document) return corrupt("The PDF is damaged or cut off.");
  if (document->is_locked()) return encrypted("The PDF is protected with a password.");
  if (document->pages() < 1) return corrupt("The PDF has no pages.");
  return Reader(*document).read(complaints);
}

}  // namespace maester::extract
