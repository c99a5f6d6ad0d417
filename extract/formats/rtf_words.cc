#include "extract/formats/rtf_words.h"

#include <algorithm>
#include <array>
#include <utility>

namespace maester::extract {
namespace {

using Entry = std::pair<std::string_view, RtfWord>;
constexpr auto kWords = [] {
  std::array entries = std::to_array<Entry>({
      {"annotation", RtfWord::skip_group},
      {"ansicpg", RtfWord::code_page},
      {"atnauthor", RtfWord::skip_group},
      {"atnid", RtfWord::skip_group},
      {"bin", RtfWord::binary},
      {"bkmkend", RtfWord::skip_group},
      {"bkmkstart", RtfWord::skip_group},
      {"bullet", RtfWord::emit},
      {"cell", RtfWord::cell},
      {"colortbl", RtfWord::skip_group},
      {"datafield", RtfWord::skip_group},
      {"datastore", RtfWord::skip_group},
      {"deff", RtfWord::default_font},
      {"emdash", RtfWord::emit},
      {"emspace", RtfWord::emit},
      {"endash", RtfWord::emit},
      {"enspace", RtfWord::emit},
      {"f", RtfWord::font},
      {"fcharset", RtfWord::font_charset},
      {"filetbl", RtfWord::skip_group},
      {"fldinst", RtfWord::skip_group},
      {"fonttbl", RtfWord::fonts},
      {"footer", RtfWord::apart},
      {"footerf", RtfWord::apart},
      {"footerl", RtfWord::apart},
      {"footerr", RtfWord::apart},
      {"footnote", RtfWord::note},
      {"ftnsep", RtfWord::skip_group},
      {"ftnsepc", RtfWord::skip_group},
      {"generator", RtfWord::skip_group},
      {"header", RtfWord::apart},
      {"headerf", RtfWord::apart},
      {"headerl", RtfWord::apart},
      {"headerr", RtfWord::apart},
      {"intbl", RtfWord::in_table},
      {"latentstyles", RtfWord::skip_group},
      {"ldblquote", RtfWord::emit},
      {"line", RtfWord::line},
      {"listoverridetable", RtfWord::skip_group},
      {"listtable", RtfWord::skip_group},
      {"listtext", RtfWord::list_mark},
      {"lquote", RtfWord::emit},
      {"nestcell", RtfWord::tab},
      {"nestrow", RtfWord::tab},
      {"nesttableprops", RtfWord::skip_group},
      {"nonesttables", RtfWord::skip_group},
      {"nonshppict", RtfWord::skip_group},
      {"objdata", RtfWord::skip_group},
      {"outlinelevel", RtfWord::outline_level},
      {"page", RtfWord::paragraph},
      {"par", RtfWord::paragraph},
      {"pard", RtfWord::paragraph_reset},
      {"pgdsctbl", RtfWord::skip_group},
      {"pict", RtfWord::skip_group},
      {"plain", RtfWord::plain},
      {"pntext", RtfWord::list_mark},
      {"pnseclvl", RtfWord::skip_group},
      {"qmspace", RtfWord::emit},
      {"rdblquote", RtfWord::emit},
      {"revtbl", RtfWord::skip_group},
      {"row", RtfWord::row},
      {"rquote", RtfWord::emit},
      {"rsidtbl", RtfWord::skip_group},
      {"s", RtfWord::style},
      {"sect", RtfWord::paragraph},
      {"shpinst", RtfWord::text_group},
      {"shptxt", RtfWord::apart},
      {"sp", RtfWord::skip_group},
      {"stylesheet", RtfWord::styles},
      {"tab", RtfWord::tab},
      {"tc", RtfWord::skip_group},
      {"themedata", RtfWord::skip_group},
      {"title", RtfWord::title},
      {"trowd", RtfWord::row_begin},
      {"u", RtfWord::unicode},
      {"uc", RtfWord::fallback_length},
      {"upr", RtfWord::skip_group},
      {"wgrffmtfilter", RtfWord::skip_group},
      {"xe", RtfWord::skip_group},
      {"xmlnstbl", RtfWord::skip_group},
      // of {\info}, where only the title counts
      {"author", RtfWord::skip_group},
      {"category", RtfWord::skip_group},
      {"comment", RtfWord::skip_group},
      {"company", RtfWord::skip_group},
      {"creatim", RtfWord::skip_group},
      {"doccomm", RtfWord::skip_group},
      {"keywords", RtfWord::skip_group},
      {"manager", RtfWord::skip_group},
      {"operator", RtfWord::skip_group},
      {"printim", RtfWord::skip_group},
      {"revtim", RtfWord::skip_group},
      {"subject", RtfWord::skip_group},
      {"hlinkbase", RtfWord::skip_group},
  });
  std::ranges::sort(entries, {}, &Entry::first);
  return entries;
}();

}  // namespace

RtfWord rtf_word(std::string_view word) {
  const auto* found = std::ranges::lower_bound(kWords, word, {}, &Entry::first);
  return found != kWords.end() && found->first == word ? found->second : RtfWord::other;
}

char32_t rtf_character(std::string_view word) {
  if (word == "emdash") return 0x2014;
  if (word == "endash") return 0x2013;
  if (word == "lquote") return 0x2018;
  if (word == "rquote") return 0x2019;
  if (word == "ldblquote") return 0x201c;
  if (word == "rdblquote") return 0x201d;
  if (word == "bullet") return 0x2022;
  return ' ';  // the spaces
}

int rtf_code_page(int font_charset) {
  static constexpr std::array<std::pair<int, int>, 18> kPages = {{
      {77, 10000},
      {128, 932},
      {129, 949},
      {134, 936},
      {136, 950},
      {161, 1253},
      {162, 1254},
      {163, 1258},
      {177, 1255},
      {178, 1256},
      {186, 1257},
      {204, 1251},
      {222, 874},
      {238, 1250},
      {254, 437},
      {255, 850},
      {78, 932},
      {80, 950},
  }};
  const auto* found = std::ranges::find(kPages, font_charset, &std::pair<int, int>::first);
  return found == kPages.end() ? 0 : found->second;
}

}  // namespace maester::extract
