#include "gateway/guard/injection_signals.h"

namespace maester::gateway::guard {
namespace {

using enum Concept;
constexpr Concept kNone = Concept::kCount;

constexpr auto kSequences = std::to_array<Sequence>({
    // Orders to drop what came before.
    {"override", 1.0, 5, {ignore, prior, instruction, kNone}},
    {"override", 1.0, 5, {ignore, instruction, prior, kNone}},
    {"override", 1.0, 5, {ignore, all, instruction, kNone}},
    {"override", 1.0, 5, {prior, instruction, ignore, kNone}},
    {"override_short", 0.7, 3, {ignore, prior, kNone, kNone}},
    {"override_short", 0.7, 3, {ignore, instruction, kNone, kNone}},
    {"override_short", 0.4, 4, {ignore, your, instruction, kNone}},
    {"override_text", 0.6, 3, {ignore, text_above, kNone, kNone}},
    {"override_and_say", 0.5, 6, {ignore, add, kNone, kNone}},
    {"ignore_maker", 0.6, 5, {ignore, maker, kNone, kNone}},
    {"new_orders", 0.8, 2, {new_one, instruction, from, kNone}},
    {"new_orders", 0.5, 1, {new_one, instruction, kNone, kNone}},
    {"only_say", 0.4, 4, {respond, only, kNone, kNone}},
    {"only_say", 0.4, 4, {only, respond, kNone, kNone}},
    {"pwned", 0.6, 6, {respond, pwned, kNone, kNone}},
    // Orders to show what is hidden.
    {"extraction", 1.0, 4, {reveal, system, prompt, kNone}},
    {"extraction", 1.0, 4, {reveal, system, config, kNone}},
    {"extraction", 0.8, 3, {reveal, your, prompt, kNone}},
    {"extraction", 0.8, 3, {reveal, your, instruction, kNone}},
    {"extraction", 0.8, 4, {reveal, prior, prompt, kNone}},
    {"extraction_text", 0.7, 3, {reveal, text_above, prior, kNone}},
    {"extraction_text", 0.7, 3, {reveal, prior, text_above, kNone}},
    {"extraction_verbatim", 0.4, 8, {reveal, prior, verbatim, kNone}},
    {"extraction_verbatim", 0.4, 4, {reveal, verbatim, text_above, kNone}},
    {"were_instructions", 0.6, 3, {question, your, instruction, kNone}},
    // Somebody without rules.
    {"new_self", 0.4, 1, {you, are, now, kNone}},
    {"new_self", 0.4, 1, {from, now, on, kNone}},
    {"new_self", 0.4, 2, {you, will, now, persona}},
    {"not_yourself", 0.6, 3, {longer, ai, kNone, kNone}},
    {"no_rules", 0.4, 3, {negation, moral, kNone, kNone}},
    {"never_refuse", 0.5, 2, {negation, refuse, kNone, kNone}},
    {"do_anything", 0.8, 1, {do_, anything, now, kNone}},
    {"stay_in_character", 0.5, 3, {stay, character, kNone, kNone}},
    {"maker_policy", 0.5, 3, {maker, policy, kNone, kNone}},
    {"maker_policy", 0.5, 3, {policy, maker, kNone, kNone}},
    {"set_free", 0.4, 4, {free, moral, kNone, kNone}},
    {"set_free", 0.4, 4, {free, maker, kNone, kNone}},
    {"persona_unbound", 0.5, 12, {persona, unbound, kNone, kNone}},
    {"persona_evil", 0.4, 12, {persona, evil, kNone, kNone}},
    {"persona_ai", 0.3, 5, {persona, ai, kNone, kNone}},
    {"authority_mode", 0.6, 1, {authority, mode, kNone, kNone}},
    {"template_prompt", 0.4, 3, {insert, your, here, kNone}},
    {"template_prompt", 0.4, 2, {insert, prompt, here, kNone}},
    {"no_matter_what", 0.3, 1, {no_matter, question, kNone, kNone}},
    // Hidden in an encoding.
    {"decode_and_obey", 0.8, 8, {encoding, obey, kNone, kNone}},
    {"decode_and_obey", 0.8, 8, {decode, obey, kNone, kNone}},
    // Orders to a machine inside a document.
    {"when_you_read", 0.7, 4, {when, you, summarise, kNone}},
    {"when_you_read_say", 0.5, 8, {when, summarise, add, kNone}},
    {"send_data", 0.5, 6, {link, user_data, kNone, kNone}},
    {"tool_ends", 0.5, 3, {tool, end_of, kNone, kNone}},
    {"tool_ends", 0.5, 3, {end_of, tool, kNone, kNone}},
    {"call_tool", 0.4, 2, {call, tool, kNone, kNone}},
    {"agents_run", 0.6, 3, {ai, run, kNone, kNone}},
    {"agents_run", 0.4, 4, {ai, call, run, kNone}},
    {"before_answering", 0.4, 2, {before, summarise, kNone, kNone}},
});

constexpr auto kTallies = std::to_array<Tally>({
    {"unbound", unbound, 0.25, 1.0},
    {"rules_named", moral, 0.1, 0.4},
    {"dan", dan, 0.5, 0.5},
    {"maker_named", maker, 0.2, 0.3},
    {"profanity", swear, 0.15, 0.3},
    {"evil", evil, 0.2, 0.3},
    {"pwned", pwned, 0.3, 0.3},
});

constexpr auto kMarkers = std::to_array<Marker>({
    {"<|im_start|>", "forged_turn", 1.0},
    {"<|im_end|>", "forged_turn", 1.0},
    {"<|system|>", "forged_turn", 1.0},
    {"<|endoftext|>", "forged_turn", 1.0},
    {"<|start_header_id|>", "forged_turn", 1.0},
    {"<<sys>>", "forged_turn", 1.0},
    {"[/inst]", "forged_turn", 1.0},
    {"[system]", "forged_turn", 0.6},
    {"</system>", "forged_turn", 0.6},
    {"### instruction", "forged_section", 0.6},
    {"### system", "forged_section", 0.6},
    {"### response", "forged_section", 0.4},
    {"system prompt is", "prompt_continuation", 1.0},
    {"my instructions are", "prompt_continuation", 1.0},
    {"my system prompt", "prompt_continuation", 0.8},
    {"instructions were", "prompt_continuation", 0.6},
    {"prompt here]", "template_prompt", 0.4},
    {"prompt_here", "template_prompt", 0.4},
    {"your request", "template_prompt", 0.2},
    {"chatgpt:", "two_voices", 0.3},
    {"[gpt]:", "two_voices", 0.4},
    {"| sh", "shell", 0.4},
    {"|sh", "shell", 0.4},
    {"| bash", "shell", 0.4},
    {"<!--", "hidden_comment", 0.2},
    {"](http", "link", 0.1},
    {"?q=", "link_with_data", 0.3},
});

}  // namespace

std::span<const Sequence> sequences() {
  return kSequences;
}
std::span<const Tally> tallies() {
  return kTallies;
}
std::span<const Marker> markers() {
  return kMarkers;
}

}  // namespace maester::gateway::guard
