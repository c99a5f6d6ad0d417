#include "extract/formats/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/udata.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "base/utf8.h"

namespace maester::extract {
namespace {

constexpr std::size_t kSample = 64 << 10;

struct CloseConverter {
  void operator()(UConverter* c) const { ucnv_close(c); }
};
struct CloseDetector {
  void operator()(UCharsetDetector* d) const { ucsdet_close(d); }
};

std::string lower(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (c > ' ') out += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

// Labels whose common meaning is wider than their name (WHATWG Encoding, "Names and labels").
std::string widened(std::string_view label) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 22> kWider = {{
      {"iso-8859-1", "windows-1252"},
      {"iso8859-1", "windows-1252"},
      {"latin1", "windows-1252"},
      {"us-ascii", "windows-1252"},
      {"ascii", "windows-1252"},
      {"l1", "windows-1252"},
      {"x-cp1252", "windows-1252"},
      {"iso-8859-9", "windows-1254"},
      {"latin5", "windows-1254"},
      {"iso-8859-11", "windows-874"},
      {"tis-620", "windows-874"},
      {"shift_jis", "windows-31j"},
      {"sjis", "windows-31j"},
      {"x-sjis", "windows-31j"},
      {"shift-jis", "windows-31j"},
      {"gb2312", "gb18030"},
      {"gbk", "gb18030"},
      {"x-gbk", "gb18030"},
      {"ks_c_5601-1987", "windows-949"},
      {"euc-kr", "windows-949"},
      {"utf8", "utf-8"},
      {"unicode", "utf-16le"},
  }};
  std::string name = lower(label);
  const auto* found =
      std::ranges::find(kWider, name, &std::pair<std::string_view, std::string_view>::first);
  return found == kWider.end() ? name : std::string(found->second);
}

struct Mark {
  std::string_view bytes;
  const char* charset;
};
constexpr std::array<Mark, 5> kMarks = {{
    {std::string_view("\xff\xfe\0\0", 4), "utf-32le"},
    {std::string_view("\0\0\xfe\xff", 4), "utf-32be"},
    {"\xef\xbb\xbf", "utf-8"},
    {"\xff\xfe", "utf-16le"},
    {"\xfe\xff", "utf-16be"},
}};

// Characters that running text is made of; the wrong byte order gives few of them.
std::size_t plausible(std::string_view bytes, bool big_endian, std::size_t& units) {
  std::size_t good = 0;
  units = 0;
  std::array<std::size_t, 256> blocks{};
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2, ++units) {
    const auto first = static_cast<unsigned char>(bytes[i]);
    const auto second = static_cast<unsigned char>(bytes[i + 1]);
    const unsigned unit = (big_endian ? first : second) * 256U + (big_endian ? second : first);
    const bool control = unit < 0x20 && unit != '\n' && unit != '\r' && unit != '\t';
    if (control || unit >= 0xfff0) return 0;
    if (unit == ' ' || unit == '\n' || unit == '\r') good += 4;
    if (unit < 0x250) ++good;
    ++blocks[unit >> 8U];
  }
  return good + *std::ranges::max_element(blocks);
}

// UTF-16 without a mark: NULs beside the low characters, and one byte order that makes sense.
const char* unmarked_utf16(std::string_view bytes) {
  if (bytes.size() < 4 || bytes.size() % 2 != 0 || !bytes.substr(0, kSample).contains('\0'))
    return nullptr;
  std::size_t units = 0;
  const std::string_view sample = bytes.substr(0, kSample);
  const std::size_t little = plausible(sample, false, units);
  const std::size_t big = plausible(sample, true, units);
  if (std::max(little, big) < units * 3 / 4 || little == big) return nullptr;
  return little > big ? "utf-16le" : "utf-16be";
}

// Lines that have other bytes than ASCII: the detector counts letters, and markup has too many.
std::string telling_lines(std::string_view bytes) {
  std::string out;
  while (!bytes.empty() && out.size() < kSample) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    const std::string_view line = bytes.substr(0, std::min(end, kSample));
    if (std::ranges::any_of(line, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
      out += line;
    bytes.remove_prefix(end);
  }
  return out;
}

struct Guess {
  std::string name;
  int confidence;
};

std::vector<Guess> guesses(std::string_view sample) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UCharsetDetector, CloseDetector> detector(ucsdet_open(&status));
  ucsdet_setText(detector.get(), sample.data(), static_cast<std::int32_t>(sample.size()), &status);
  std::int32_t count = 0;
  const UCharsetMatch** all = ucsdet_detectAll(detector.get(), &count, &status);
  std::vector<Guess> out;
  for (std::int32_t i = 0; U_SUCCESS(status) && i < count; ++i) {
    const char* name = ucsdet_getName(all[i], &status);
    const int confidence = ucsdet_getConfidence(all[i], &status);
    if (U_SUCCESS(status)) out.push_back({name, confidence});
  }
  return out;
}

bool is_multibyte(std::string_view name) {
  return name.starts_with("Shift") || name.starts_with("EUC") || name.starts_with("GB") ||
         name.starts_with("Big5") || name.starts_with("ISO-2022");
}
bool is_western(std::string_view name) {
  return name == "ISO-8859-1" || name == "windows-1252";
}

std::string guess(std::string_view bytes) {
  const std::string sample = telling_lines(bytes);
  const auto other = static_cast<std::size_t>(
      std::ranges::count_if(sample, [](char c) { return static_cast<unsigned char>(c) >= 0x80; }));
  for (const Guess& g : guesses(sample)) {
    if (g.name.starts_with("UTF-") || g.name.starts_with("IBM")) continue;
    if (is_western(g.name)) break;
    // A few letters with accents can be read as Chinese: doubt what rests on little.
    const bool sure =
        is_multibyte(g.name) ? g.confidence >= 40 && other >= 12 : g.confidence >= 30 && other >= 6;
    if (sure) return g.name;
    if (is_multibyte(g.name)) continue;
    break;
  }
  return "windows-1252";
}

}  // namespace

std::optional<std::string> convert(std::string_view bytes, std::string_view charset) {
  const std::string name = widened(charset);
  if (name.empty() || name.size() > 60) return std::nullopt;
  if (name == "utf-8") {
    if (utf8::valid(bytes)) return std::string(bytes);
  }
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<UConverter, CloseConverter> converter(ucnv_open(name.c_str(), &status));
  if (U_FAILURE(status)) return std::nullopt;
  const icu::UnicodeString wide(bytes.data(), static_cast<std::int32_t>(bytes.size()),
                                converter.get(), status);
  if (U_FAILURE(status)) return std::nullopt;
  std::string out;
  wide.toUTF8String(out);
  return out;
}

std::string code_page(int number) {
  switch (number) {
    case 0:
      return {};
    case 437:
    case 850:
    case 852:
    case 855:
    case 866:
      return "ibm-" + std::to_string(number);
    case 932:
      return "windows-31j";
    case 936:
      return "gb18030";
    case 950:
      return "big5";
    case 10000:
      return "macintosh";
    case 65001:
      return "utf-8";
    default:
      return "windows-" + std::to_string(number);
  }
}

bool looks_binary(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, kSample);
  const auto odd = static_cast<std::size_t>(std::ranges::count_if(sample, [](char c) {
    const auto b = static_cast<unsigned char>(c);
    return b < 0x20 && !(b >= 7 && b <= 13) && b != 0x1b && b != 0x1a;
  }));
  return sample.contains('\0') || odd * 50 > sample.size();
}

std::optional<Decoded> decode(std::string_view bytes, std::string_view declared) {
  for (const Mark& mark : kMarks) {
    if (!bytes.starts_with(mark.bytes)) continue;
    auto text = convert(bytes.substr(mark.bytes.size()), mark.charset);
    if (text) return Decoded{std::move(*text), mark.charset, false};
  }
  const char* wide = unmarked_utf16(bytes);
  if (wide == nullptr && looks_binary(bytes)) return std::nullopt;
  if (wide != nullptr) return Decoded{convert(bytes, wide).value_or(""), wide, true};
  const std::string label = widened(declared);
  // A declared UTF-16 that got here has no NULs: the label is of what it was before.
  if (!label.empty() && !label.starts_with("utf-16") && label != "utf-8") {
    if (auto text = convert(bytes, label)) return Decoded{std::move(*text), label, false};
  }
  if (utf8::valid(bytes)) return Decoded{std::string(bytes), "utf-8", false};
  if (label == "utf-8") return Decoded{convert(bytes, label).value_or(""), label, false};
  const std::string name = guess(bytes);
  if (auto text = convert(bytes, name)) return Decoded{std::move(*text), name, true};
  return Decoded{convert(bytes, "windows-1252").value_or(""), "windows-1252", true};
}

void warm_charsets() {
  UErrorCode status = U_ZERO_ERROR;
  udata_setFileAccess(UDATA_NO_FILES, &status);
  for (const char* name : {"windows-1252", "utf-16le", "utf-16be", "gb18030", "windows-31j"})
    (void)convert("warm", name);
  (void)guesses("w\xe4rm");
}

}  // namespace maester::extract
