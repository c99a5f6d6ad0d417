#include "gateway/guard/vocabulary.h"

#include <algorithm>
#include <array>
#include <string>
#include <unordered_map>
#include <vector>

namespace maester::gateway::guard {
namespace {

struct Entry {
  Concept meaning;
  std::string_view words;  // parted by spaces
};

// A word may stand under several concepts.
constexpr auto kWords = std::to_array<Entry>({
    {Concept::ignore,
     "ignore ignores ignoring ignored disregard* forget forgets override overrides bypass* dismiss "
     "neglect discard nullify void overlook "
     "ignora ignorar ignorad ignoren ignore olvida* olvide* descarta omite desatiende "
     "ignorez ignorer oublie* oubliez negligez "
     "ignorier* vergiss vergesse* missachte* uberspring* "
     "ignorate dimentica* trascura* tralascia "
     "esqueca* esquece* desconsidere desconsidera* ignorem "
     "negeer* vergeet zignoruj* ignoruj* zapomnij pomin* ignorera* glom* unohda ohita* "
     "yoksay unut gormezden abaikan* lupakan zaboravi* zanemari* uita* zapomen* nezohlednuj* "
     "игнорир* проигнорир* забудь* забудьте отбрось* ігнор* забудь* "
     "αγνοησ* ξεχασ* تجاهل تجاهلي انس אהתעלם התעלם* שכח* अनदेखा नजरअंदाज भूल* "
     "무시* 잊어* 잊고"},
    {Concept::prior,
     "previous* prior preceding earlier foregoing former existing above aforementioned original "
     "initial past before until "
     "anterior* previa* previo* precedent* anterieur* ci-dessus prealable* "
     "vorherig* vorhergehend* bisherig* vorangegangen* obig* fruher* vorig* "
     "anteriores vorige eerdere voorgaande bovenstaande poprzedni* wczesniejsz* powyzsz* tidigare "
     "aiemm* edellise* onceki sebelumnya prethodn* predchozi* "
     "предыдущ* прежн* предшеств* попередн* προηγουμεν* السابقة السابق הקודמות पिछले पूर्व "
     "이전* 앞선 위의 기존"},
    {Concept::all,
     "all any every everything whatever todas todos toutes tous tout alle allen alles "
     "tutte tutti todo wszystk* все всех всё كل सभी 모든 tum"},
    {Concept::instruction,
     "instruction* rule rules guideline* directive* order orders command* restriction* constraint* "
     "safeguard* limitation* programming training input inputs prompt prompts message messages "
     "task tasks instruccion* regla reglas indicacion* orden ordenes mensaje* "
     "consigne* regle regles ordre ordres anweisung* instruktion* regel regeln vorgabe* befehl* "
     "istruzion* regola regole indicazion* comandi instruc* regras regra ordens instructie* regels "
     "instrukcj* polecen* zasad* ohje* ohjeita talimat* instruksi perintah instruktioner uput* "
     "pokyn* "
     "инструкц* правил* указан* команд* інструкц* οδηγι* εντολ* التعليمات تعليمات הוראות निर्देश* "
     "지시* 명령* 규칙* 지침* 프롬프트*"},
    {Concept::system,
     "system hidden initial secret internal developer original root sistema systeme "
     "systeem systemowy системн* kernel base underlying backend 시스템"},
    {Concept::prompt,
     "prompt prompts systemprompt instructions instruction preamble instrucciones anweisungen "
     "istruzioni systemanweisung* промпт* instrucoes guidelines message 프롬프트*"},
    {Concept::config,
     "configuration config settings setup parameters konfiguration configuracion "
     "rules confidential"},
    {Concept::reveal,
     "reveal* show print output display repeat recite disclose* expose dump leak* echo share "
     "divulge "
     "tell write give list translate summarize summarise encode spell paste copy start begin "
     "continue "
     "provide return enumerate read state say describe complete render type reproduce quote "
     "muestra* revela* repite imprime dime montre* affiche* revele* repete* donne* zeig* "
     "wiederhol* "
     "gib nenne verrat* drucke mostra* rivela* ripeti stampa mostre revele repita exiba imprima "
     "toon herhaal pokaz* ujawnij powtorz visa avsloja nayta goster tampilkan покажи* повтори* "
     "выведи* раскрой* напечатай* أظهر اكشف दिखाओ 출력* 보여* 공개*"},
    {Concept::your,
     "your yours you tu tus su sus votre vos ton dein* deine ihre ihr tuo tue tuoi sua "
     "suas seu seus jouw je twoj* твои свои ваши 너의 당신의 those these"},
    {Concept::text_above,
     "text words word everything conversation context content above message "
     "document paragraph line lines token tokens verbatim characters"},
    {Concept::respond,
     "respond reply answer say output print write return antwort* antworte sag sage "
     "schreibe responde responda reponds repondez dis rispondi scrivi diga zeg "
     "antwoord odpowiedz svara vastaa yanit ответь* скажи* напиши* 대답* 답해* 말해*"},
    {Concept::only,
     "only just solely exclusively nothing nur ausschliesslich solo solamente unicamente "
     "seulement uniquement soltanto apenas somente alleen tylko bara vain sadece только "
     "лише μονο فقط केवल 만"},
    {Concept::pwned, "pwned pwnd hacked haxed owned pwn compromised gehackt hackeado pirate"},
    {Concept::persona,
     "act pretend roleplay role-play simulate simulates simulating pose imagine "
     "emulate impersonate play embody portray actua finge fais spiele finga recita "
     "agis compose respond behave adopt assume role roles persona personality "
     "personalities"},
    {Concept::character, "character persona role mode"},
    {Concept::stay, "stay stays remain remaining break breaks keep maintain"},
    {Concept::unbound,
     "unfiltered uncensored unrestricted amoral immoral unethical illegal illegally unlimited "
     "unmoderated jailbreak jailbroken jailbreaking lawless inhumane uninhibited unchained unbound "
     "unhinged limitless unlocked uncontrolled inappropriate explicit offensive harmful nsfw "
     "sin-filtros"},
    {Concept::moral,
     "ethic ethics ethical ethically ethicality moral morals morally morality moralities legality "
     "legal laws law disclaimer disclaimers warning warnings censor censorship censoring filter "
     "filters filtering filtered restriction restrictions limitation limitations limits boundaries "
     "consequences rules guidelines guideline policy policies polices safety principles refusals "
     "restraints constraints confines rule apologies apologize consciousness bias judgment"},
    {Concept::negation,
     "no not without never free any dont don't doesn't doesnt does nor zero lacking "
     "lack regardless disregard disregards ignoring ignore bypass beyond neither "
     "isn't aren't cannot can't despite violating break removed exclude opposite "
     "sin ohne sans senza sem keine"},
    {Concept::ai,
     "ai llm llms chatgpt gpt gpt-3 gpt-4 claude gemini bard assistant assistants chatbot "
     "chatbots model bot agent agents copilot openai's language-model"},
    {Concept::maker, "openai openai's anthropic google chatgpt chatgpt's microsoft"},
    {Concept::policy,
     "policy policies polices guideline guidelines rules content filter filters "
     "restrictions terms"},
    {Concept::authority,
     "administrator admin sysadmin root sudo superuser developer maintenance debug "
     "diagnostic operator override emergency authorized privileged engineer god"},
    {Concept::mode,
     "mode override access privileges console unlocked enabled activated modus modo"},
    {Concept::decode,
     "decode decipher decrypt unscramble entschlussele dekodiere decodifica decodez "
     "descifra расшифруй deobfuscate"},
    {Concept::encoding,
     "base64 rot13 rot-13 hex hexadecimal morse caesar cipher ciphertext binary "
     "reversed backwards encoded"},
    {Concept::obey,
     "follow obey execute perform comply do run carry ausfuhr* befolge sigue suivez "
     "esegui siga"},
    {Concept::summarise,
     "summarise summarize summary translate read reads reading process processing "
     "review analyze analyse reviewing summarising summarizing answering parse"},
    {Concept::add,
     "say add include append insert recommend mention link tell print output claim "
     "state send email forward reply rate"},
    {Concept::when, "when if whenever before after while"},
    {Concept::tool,
     "tool tools function functions api transfer_funds delete_all send_email plugin"},
    {Concept::call, "call invoke run execute use trigger"},
    {Concept::end_of, "end ends ended begin begins stop finished complete over"},
    {Concept::new_one,
     "new updated revised actual real neue neuen nueva nuevas nouvelle* nuove nuova "
     "novas nova следующ* новые новая 새로운"},
    {Concept::follow, "follow obey comply fulfill fulfil"},
    {Concept::verbatim,
     "verbatim full entirety exact exactly txt codeblock code block beginning word "
     "wortlich completo integral literally"},
    {Concept::dan, "dan stan dude aim jailbreak devmode"},
    {Concept::now,
     "now jetzt ahora maintenant adesso agora nu teraz теперь сейчас 이제 henceforth"},
    {Concept::from, "from"},
    {Concept::on, "on onwards onward forward"},
    {Concept::you, "you du sie tu vous usted ты вы"},
    {Concept::are, "are bist eres es sei are're sind"},
    {Concept::longer, "longer"},
    {Concept::anything, "anything everything whatever"},
    {Concept::do_, "do does"},
    {Concept::will, "will must shall should always"},
    {Concept::refuse, "refuse refuses refusing refusal refusals decline apologize apologies sorry"},
    {Concept::filter, "filter filters filtering censor censoring censored profanity"},
    {Concept::swear,
     "swear swears swearing curse profanity profanities fuck fuckin fucking shit bitch"},
    {Concept::evil,
     "evil toxic demon devil satan lucifer villain villainous malicious assassin sinister"},
    {Concept::free, "free freed freedom liberated unleashed liberate trapped escape"},
    {Concept::meta,
     "phrase mean means meaning research researcher researchers awareness explain "
     "explains injection definition article history example paper talk bedeutet "
     "significa quote defend prevent detect workshop"},
    {Concept::question, "what how why which who can does is are was could"},
    {Concept::insert, "insert replace enter place paste"},
    {Concept::here, "here prompt request question"},
    {Concept::answer,
     "answer answers response responses reply replies respond message output chat"},
    {Concept::user_data,
     "user's users conversation history password passwords credentials secrets "
     "cookies tokens"},
    {Concept::link, "http https url link image markdown"},
    {Concept::run, "curl wget bash sh powershell rm exec eval"},
    {Concept::before, "before"},
    {Concept::no_matter, "matter"},
});

// Scripts without spaces: Chinese, Japanese, Thai.
constexpr auto kIdeographic = std::to_array<Entry>({
    {Concept::ignore, "忽略 无视 無視 忘记 忘記 忽視 忘れ 忽视 不要理会 เพิกเฉย ละเว้น ลืม"},
    {Concept::prior, "之前 以上 先前 前面 以前 これまで 上記 前の 此前 ก่อนหน้า"},
    {Concept::all, "所有 全部 すべて 全て 一切 ทั้งหมด"},
    {Concept::instruction, "指令 指示 规则 規則 提示 命令 プロンプト ルール 说明 คำสั่ง คำแนะนำ"},
    {Concept::system, "系统 系統 システム ระบบ"},
    {Concept::prompt, "提示词 提示 プロンプト 指令"},
    {Concept::reveal, "显示 顯示 输出 輸出 告诉 打印 重复 表示 出力 教えて 公開 แสดง"},
    {Concept::respond, "回答 回复 回應 只说 答え 言って ตอบ"},
    {Concept::only, "只 仅 だけ のみ เท่านั้น"},
});

struct Table {
  std::unordered_map<std::string_view, ConceptSet> whole, stems;
  std::size_t shortest_stem = 64, longest_stem = 0;
};

template <class Take>
void each_word(std::string_view words, Take take) {
  while (!words.empty()) {
    const std::size_t space = words.find(' ');
    const std::string_view word = words.substr(0, space);
    if (!word.empty()) take(word);
    if (space == std::string_view::npos) break;
    words.remove_prefix(space + 1);
  }
}

const Table& table() {
  static const Table kTable = [] {
    Table out;
    for (const Entry& entry : kWords) {
      each_word(entry.words, [&](std::string_view word) {
        const bool stem = word.ends_with('*');
        if (stem) {
          word.remove_suffix(1);
          out.shortest_stem = std::min(out.shortest_stem, word.size());
          out.longest_stem = std::max(out.longest_stem, word.size());
        }
        (stem ? out.stems : out.whole)[word] |= bit(entry.meaning);
      });
    }
    return out;
  }();
  return kTable;
}

struct Phrase {
  std::string_view text;
  ConceptSet concepts;
};

const std::vector<Phrase>& phrases() {
  static const std::vector<Phrase> kPhrases = [] {
    std::vector<Phrase> out;
    for (const Entry& entry : kIdeographic) {
      each_word(entry.words,
                [&](std::string_view word) { out.push_back({word, bit(entry.meaning)}); });
    }
    std::ranges::sort(out, {}, &Phrase::text);
    return out;
  }();
  return kPhrases;
}

}  // namespace

ConceptSet concepts_of(std::string_view folded) {
  const Table& words = table();
  ConceptSet out = 0;
  if (const auto at = words.whole.find(folded); at != words.whole.end()) out |= at->second;
  const std::size_t longest = std::min(folded.size(), words.longest_stem);
  for (std::size_t n = words.shortest_stem; n <= longest; ++n) {
    const auto at = words.stems.find(folded.substr(0, n));
    if (at != words.stems.end()) out |= at->second;
  }
  return out;
}

Ideographic ideographic_concepts(std::string_view text) {
  Ideographic out;
  if (text.size() < 3) return out;
  const std::string_view first = text.substr(0, 3);
  const auto& all = phrases();
  for (auto at = std::ranges::lower_bound(all, first, {}, &Phrase::text);
       at != all.end() && at->text.starts_with(first); ++at) {
    if (!text.starts_with(at->text)) continue;
    out.concepts |= at->concepts;
    out.bytes = std::max(out.bytes, at->text.size());
  }
  return out;
}

}  // namespace maester::gateway::guard
