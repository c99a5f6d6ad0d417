#include "extract/formats/charset.h"

#include <unicode/ucnv.h>
#include <unicode/ucsdet.h>
#include <unicode/udata.h>
#include <unicode/unistr.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <initializer_list>
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

bool is_east_asian(unsigned unit) {
  return (unit >= 0x3000 && unit < 0x3100) || (unit >= 0x4e00 && unit < 0xa000) ||
         (unit >= 0xac00 && unit < 0xd7b0) || (unit >= 0xff00 && unit < 0xfff0);
}

// Chinese, Japanese and Korean have no NULs in UTF-16, but one byte order that is all characters.
const char* unmarked_east_asian(std::string_view bytes) {
  if (bytes.size() < 8 || bytes.size() % 2 != 0) return nullptr;
  const std::string_view sample = bytes.substr(0, kSample);
  std::array<std::size_t, 2> good{};
  for (std::size_t i = 0; i + 1 < sample.size(); i += 2) {
    const auto first = static_cast<unsigned char>(sample[i]);
    const auto second = static_cast<unsigned char>(sample[i + 1]);
    for (const bool big : {false, true}) {
      const unsigned unit = (big ? first : second) * 256U + (big ? second : first);
      if (is_east_asian(unit) || (unit >= 0x20 && unit < 0x7f) || unit == '\n' || unit == '\r')
        ++good[big ? 1 : 0];
    }
  }
  const std::size_t units = sample.size() / 2;
  const auto [worse, better] = std::minmax(good[0], good[1]);
  if (better * 100 < units * 95 || worse * 100 > units * 80) return nullptr;
  return good[1] > good[0] ? "utf-16be" : "utf-16le";
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

// Scripts that the detector does not know, by where their letters are: of the bytes beyond ASCII in
// a text that has many of them.
const char* by_places(std::string_view sample) {
  std::size_t other = 0;
  std::size_t letters = 0;
  std::array<std::size_t, 16> rows{};
  for (const char c : sample) {
    const auto b = static_cast<unsigned char>(c);
    if (b >= 0x80) {
      ++other;
      ++rows[b >> 4U];
    } else if (std::isalpha(b) != 0) {
      ++letters;
    }
  }
  if (other < 12 || other < 2 * letters) return nullptr;
  const auto share = [&](std::initializer_list<unsigned> of) {
    std::size_t sum = 0;
    for (const unsigned row : of) sum += rows[row];
    return sum * 100 / other;
  };
  // Thai (TIS-620): consonants from A1 to CE, vowels to DA and from E0 to E9.
  if (share({0xa, 0xb, 0xc}) >= 45 && share({0xa, 0xb, 0xc, 0xd, 0xe}) >= 98) return "windows-874";
  // Cyrillic of DOS: capitals from 80, small letters A0 to AF and E0 to EF.
  if (share({0xa}) >= 35 && share({0x8, 0x9, 0xa, 0xe}) >= 97) return "ibm-866";
  return nullptr;
}

// ISO 2022: seven bits with escapes to other sets.
const char* escaped_set(std::string_view bytes) {
  const std::string_view sample = bytes.substr(0, kSample);
  if (sample.contains("\x1b$)C")) return "iso-2022-kr";
  if (sample.contains("\x1b$B") || sample.contains("\x1b$@") || sample.contains("\x1b$(D"))
    return "iso-2022-jp-2";
  return sample.contains("\x1b$)A") ? "iso-2022-cn" : nullptr;
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
  if (const char* placed = by_places(sample)) return placed;
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
  if (wide == nullptr && looks_binary(bytes)) {
    wide = unmarked_east_asian(bytes);
    if (wide == nullptr) return std::nullopt;
  }
  if (wide != nullptr) return Decoded{convert(bytes, wide).value_or(""), wide, true};
  const std::string label = widened(declared);
  // A declared UTF-16 that got here has no NULs: the label is of what it was before.
  if (!label.empty() && !label.starts_with("utf-16") && label != "utf-8") {
    if (auto text = convert(bytes, label)) return Decoded{std::move(*text), label, false};
  }
  if (const char* escaped = escaped_set(bytes)) {
    if (auto text = convert(bytes, escaped)) return Decoded{std::move(*text), escaped, true};
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
