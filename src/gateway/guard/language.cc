#include "gateway/guard/language.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>

#include "base/utf8.h"
#include "gateway/guard/fold.h"
#include "gateway/guard/normalise.h"

namespace maester::gateway::guard {
namespace {

constexpr std::size_t kMaxWords = 2000;  // read; more tell nothing new

constexpr auto kLanguages = std::to_array<std::string_view>(
    {"en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "no", "fi", "pl", "cs", "ro", "hu", "tr",
     "id", "vi", "ru", "uk", "bg", "el", "ar", "fa", "he", "hi", "bn", "th", "ko", "ja", "zh"});

struct Words {
  std::string_view code, words;  // folded as normalise.h does
};
// The commonest small words of each language in the Latin, Cyrillic and Arabic scripts.
constexpr auto kWords = std::to_array<Words>({
    {"en",
     "the of and to in is that it for was with as on are this be at by have from or an not you "
     "what how can do i my me please your which will would when where"},
    {"de",
     "der die und das ist nicht ich zu den mit sie ein eine es auf fur im dem von wie was wir "
     "bitte kann du haben auch sich nach bei aus wird oder mir mein ihre"},
    {"fr",
     "le la les et des est un une que qui dans pour pas sur ne je vous il ce au avec du en plus "
     "sont mon votre nous mais ou comment quel etre cette"},
    {"es",
     "el la los las de que y en un una es por con no para se lo como mas su al me mi pero esta "
     "este son por del hola usted cuando donde todas responde"},
    {"it",
     "il la che di e un una per non con sono del della le lo si mi ma come nel alla gli questo piu "
     "anche ho cosa tutte solo"},
    {"pt",
     "o a os as que de e do da em um uma para com nao por no na se mais como seu sua ao dos foi "
     "ele voce isso minha meu"},
    {"nl",
     "de het een en van is dat niet in te op ik je met voor zijn er maar ook aan wat naar bij deze "
     "kan mijn hoe"},
    {"sv",
     "och att det som en ar pa jag inte av for med den till har de om ett vi var kan du hur mig"},
    {"da",
     "og at det som en er pa jeg ikke af for med den til har de om et vi hvad kan du hvordan mig"},
    {"no",
     "og at det som en er pa jeg ikke av for med den til har de om et vi hva kan du hvordan meg"},
    {"fi",
     "ja on ei se etta han oli mutta kun niin joka ovat mita tama olen voi miten minun sinun myos"},
    {"pl",
     "i w nie na sie z do to jest ze co jak o po ale za od czy tak dla mnie jestem prosze moj "
     "wszystkie"},
    {"cs", "a se v je na ze to s z do i o ne by jak co ale pro jako jsem prosim muj vsechny podle"},
    {"ro", "si in de la cu nu o este pe ca un care din mai pentru sa ce am fost sunt"},
    {"hu", "a az es hogy nem is egy van meg ez de csak mint vagy kell azt lehet kerem hogyan"},
    {"tr",
     "ve bir bu da de icin ne ile mi cok daha gibi var ben sen benim nasil degil olarak lutfen"},
    {"id",
     "yang dan di itu dengan untuk tidak ini dari dalam akan pada saya anda ke bisa apa bagaimana"},
    {"vi", "va la cua co cho khong duoc mot nhung toi ban nay de trong voi cac nguoi"},
    {"ru",
     "и в не на я что он с как это по но из у за то все так мы вы мне для пожалуйста кто мой"},
    {"uk", "і в не на я що він з як це по але із у за та все так ми ви мені для будь хто мій є"},
    {"bg", "и в не на аз че той с как това по но от за да се е са как моля кой моят"},
    {"ar", "في من على ان الى هذا التي لا ما عن مع هل كيف كان هو هي"},
    {"fa", "در از به که این را با است برای آن یک می چگونه شما"},
});

struct Script {
  char32_t from, to;
  std::string_view code;
};
constexpr auto kScripts = std::to_array<Script>({{0x370, 0x3ff, "el"},
                                                 {0x590, 0x5ff, "he"},
                                                 {0x900, 0x97f, "hi"},
                                                 {0x980, 0x9ff, "bn"},
                                                 {0xe00, 0xe7f, "th"},
                                                 {0x1100, 0x11ff, "ko"},
                                                 {0x3040, 0x30ff, "ja"},
                                                 {0x3400, 0x9fff, "zh"},
                                                 {0xac00, 0xd7af, "ko"}});

using Sets = std::unordered_map<std::string_view, std::uint32_t>;

std::size_t index_of(std::string_view code) {
  return static_cast<std::size_t>(std::ranges::find(kLanguages, code) - kLanguages.begin());
}

const Sets& words() {
  static const Sets kSets = [] {
    Sets out;
    for (const Words& language : kWords) {
      std::string_view rest = language.words;
      while (!rest.empty()) {
        const std::size_t space = std::min(rest.find(' '), rest.size());
        out[rest.substr(0, space)] |= 1u << index_of(language.code);
        rest.remove_prefix(std::min(space + 1, rest.size()));
      }
    }
    return out;
  }();
  return kSets;
}

}  // namespace

std::span<const std::string_view> known_languages() {
  return kLanguages;
}

Language detect_language(std::string_view text) {
  std::array<double, kLanguages.size()> votes{};
  static_assert(kLanguages.size() <= 32);
  WordReader reader(text);
  Word word;
  std::size_t count = 0;
  bool kana = false;
  while (count < kMaxWords && reader.next(word)) {
    const char32_t first = utf8::decode(word.folded, 0).code_point;
    const auto script = std::ranges::find_if(
        kScripts, [&](const Script& s) { return first >= s.from && first <= s.to; });
    if (script != kScripts.end()) {
      kana = kana || script->code == "ja";
      votes[index_of(script->code)] += 1;
    } else if (!is_letter(first)) {
      continue;
    } else if (const auto at = words().find(word.folded); at != words().end()) {
      for (std::size_t l = 0; l < kLanguages.size(); ++l) {
        if ((at->second >> l & 1) != 0) votes[l] += 1;
      }
    }
    ++count;
  }
  // Japanese is written with Chinese characters too; Chinese has no kana.
  if (kana) {
    votes[index_of("ja")] += votes[index_of("zh")];
    votes[index_of("zh")] = 0;
  }
  const auto best = std::ranges::max_element(votes);
  if (count == 0 || *best == 0) return {};
  const std::size_t at = static_cast<std::size_t>(best - votes.begin());
  return {kLanguages[at], *best / static_cast<double>(count)};
}

}  // namespace maester::gateway::guard
