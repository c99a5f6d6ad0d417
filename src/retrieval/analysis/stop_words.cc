#include "retrieval/analysis/stop_words.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <unordered_set>

namespace maester::retrieval {
namespace {

// Articles, prepositions, conjunctions, pronouns and auxiliaries.
constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kLists = {{
    {"english",
     "a an the and or but nor if then than that this these those of in on at by for from to into "
     "with without as is are was were be been being am it its he she they them their his her him "
     "we us our you your i me my do does did has have had not no so such there here which who whom "
     "whose what when where how will would shall should can could may might must"},
    {"german",
     "der die das den dem des ein eine einen einem einer eines und oder aber doch wenn als wie "
     "dass daß zu zum zur von vom in im an am auf aus bei mit nach vor für durch um über unter "
     "ist sind war waren sein bin bist wird werden wurde hat haben hatte ich du er sie es wir ihr "
     "mich dich sich uns euch mein dein sein ihr nicht kein keine auch nur so noch schon"},
    {"french",
     "le la les l un une des du de d et ou mais donc ni car si que qui quoi dont où ce cet cette "
     "ces à au aux en dans par pour sur sous avec sans est sont était être été a ont avait avoir "
     "je "
     "tu il elle nous vous ils elles me te se mon ton son ma ta sa mes tes ses leur ne pas plus"},
    {"spanish",
     "el la los las un una unos unas y e o u pero si que quien de del a al en por para con sin "
     "sobre entre es son era eran ser sido está están ha han había haber yo tú él ella nosotros "
     "ellos me te se mi tu su sus lo le les no ni como más este esta estos estas ese esa"},
    {"italian",
     "il lo la i gli le un uno una e o ma se che chi di del della dei delle a al alla ai da dal in "
     "nel nella con su sul per tra fra è sono era erano essere stato ha hanno aveva avere io tu "
     "lui "
     "lei noi voi loro mi ti si ci vi mio tuo suo non né come più questo questa"},
    {"portuguese",
     "o a os as um uma uns umas e ou mas se que quem de do da dos das em no na nos nas por para "
     "com "
     "sem sobre é são era eram ser sido está estão há tem têm tinha ter eu tu ele ela nós eles me "
     "te lhe meu seu sua não nem como mais este esta esse essa"},
    {"dutch",
     "de het een en of maar als dan dat die dit deze van in op aan bij voor met zonder naar uit "
     "over door te om is zijn was waren ben wordt worden werd heeft hebben had ik je jij hij zij "
     "ze wij we jullie u mij hem haar ons hun niet geen ook nog"},
    {"russian",
     "и в во не что он на я с со как а то все она так его но да ты к у же вы за бы по ее её мне "
     "было вот от меня о из ему был до вас мы их чем была для это эти этот при или быть над об"},
}};

using Words = std::unordered_set<std::string_view>;

std::unordered_map<std::string_view, Words> make_lists() {
  std::unordered_map<std::string_view, Words> lists;
  for (const auto& [language, words] : kLists) {
    Words& list = lists[language];
    for (std::size_t begin = 0; begin < words.size();) {
      const std::size_t end = std::min(words.find(' ', begin), words.size());
      list.insert(words.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  return lists;
}

}  // namespace

bool is_stop_word(std::string_view language, std::string_view word) {
  static const auto lists = make_lists();
  const auto list = lists.find(language);
  return list != lists.end() && list->second.contains(word);
}

}  // namespace maester::retrieval
