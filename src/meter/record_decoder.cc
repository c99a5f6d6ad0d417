#include "meter/record_decoder.h"

#include <algorithm>
#include <span>

#include "base/search.h"
#include "codec/base64.h"
#include "meter/record_names.h"

namespace maester::meter {
namespace {

constexpr std::string_view kReceipt = ",\"receipt\":{";

// A member of a record and where it goes. A list of them is in the order in which they are written
// (records.cc), which makes reading a record one pass over both; any other order is read all the
// same.
template <class Record>
struct Member {
  std::string_view name;
  Status (*read)(Record& out, const json::Value& value);
};

template <class Record>
Status read_members(const json::Value& object, std::span<const Member<Record>> members,
                    Record& out) {
  std::size_t next = 0;
  for (const json::Value value : object) {
    const std::string_view key = value.key();
    for (std::size_t tried = 0; tried < members.size(); ++tried) {
      const Member<Record>& member = members[next];
      next = next + 1 == members.size() ? 0 : next + 1;
      if (member.name != key) continue;
      TRY(member.read(out, value));
      break;
    }
  }
  return {};
}

template <class Names>
std::size_t index_or(const json::Value& value, const Names& names, std::size_t otherwise) {
  const auto found = std::ranges::find(names, value.string_or(""));
  return found == names.end() ? otherwise : static_cast<std::size_t>(found - names.begin());
}

std::vector<BudgetCharge> read_budgets(const json::Value& value) {
  std::vector<BudgetCharge> out;
  for (const json::Value one : value) {
    out.push_back({.budget = std::string(one.get("id").string_or("")),
                   .subject = std::string(one.get("subject").string_or("")),
                   .window = WallTime{std::chrono::seconds{one.get("window").int_or(0)}}});
  }
  return out;
}

std::unexpected<Error> not_a_record(std::string detail) {
  return fail(Code::corrupt, "A usage record cannot be read.", {}, std::move(detail));
}

// A decimal integer of at most 38 digits.
Result<std::optional<FemtoUsd>> read_amount(const json::Value& value) {
  if (!value.exists()) return std::nullopt;
  TRY_ASSIGN(std::string_view text, value.as_string());
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > 38) return not_a_record(value.path());
  int128 units = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return not_a_record(value.path());
    units = units * 10 + (c - '0');
  }
  return FemtoUsd::from_units(negative ? -units : units);
}

template <class Names>
Result<std::uint8_t> read_name(const json::Value& value, const Names& names) {
  const std::string_view text = value.string_or("");
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (names[i] == text) return static_cast<std::uint8_t>(i);
  }
  return not_a_record(value.path());
}

Result<Usage> read_usage(const json::Value& value) {
  Usage usage;
  TRY_ASSIGN(const std::uint8_t provenance, read_name(value.get("provenance"), kProvenances));
  usage.provenance = static_cast<Provenance>(provenance);
  for (const json::Value member : value) {
    const auto bucket = std::ranges::find(kUsageBuckets, member.key(), &UsageBucket::name);
    if (bucket == kUsageBuckets.end()) continue;
    usage.*bucket->count = member.int_or(0);
    if (usage.*bucket->count < 0) return not_a_record(value.path());
  }
  return usage;
}

WallTime read_time(const json::Value& value) {
  return WallTime{nanoseconds{value.int_or(0)}};
}

Dimensions read_dimensions(const json::Value& v) {
  const auto text = [&v](std::string_view name) { return std::string(v.get(name).string_or("")); };
  return {.tenant = text("tenant"),
          .key_id = text("key_id"),
          .user = text("user"),
          .route = text("route"),
          .model = text("model"),
          .provider = text("provider"),
          .upstream_model = text("upstream_model"),
          .prompt_name = text("prompt_name"),
          .prompt_version = text("prompt_version"),
          .scope = text("scope")};
}

template <class Record, std::string Record::* Text>
constexpr auto kText = [](Record& out, const json::Value& value) -> Status {
  out.*Text = value.string_or("");
  return {};
};
template <class Record, std::int64_t Record::* Number>
constexpr auto kNumber = [](Record& out, const json::Value& value) -> Status {
  out.*Number = value.int_or(0);
  return {};
};
template <class Record, bool Record::* Flag>
constexpr auto kFlag = [](Record& out, const json::Value& value) -> Status {
  out.*Flag = value.bool_or(false);
  return {};
};
template <class Record, std::optional<FemtoUsd> Record::* Amount>
constexpr auto kAmount = [](Record& out, const json::Value& value) -> Status {
  TRY_ASSIGN(out.*Amount, read_amount(value));
  return {};
};
template <class Record>
constexpr auto kAt = [](Record& out, const json::Value& value) -> Status {
  out.at = read_time(value);
  return {};
};
template <class Record>
constexpr auto kBudgets = [](Record& out, const json::Value& value) -> Status {
  out.budgets = read_budgets(value);
  return {};
};
template <class Record, std::string Dimensions::* Text>
constexpr auto kDimension = [](Record& out, const json::Value& value) -> Status {
  out.dimensions.*Text = value.string_or("");
  return {};
};

template <class R>
constexpr Member<R> kDimensions[] = {
    {"tenant", kDimension<R, &Dimensions::tenant>},
    {"key_id", kDimension<R, &Dimensions::key_id>},
    {"user", kDimension<R, &Dimensions::user>},
    {"route", kDimension<R, &Dimensions::route>},
    {"model", kDimension<R, &Dimensions::model>},
    {"provider", kDimension<R, &Dimensions::provider>},
    {"upstream_model", kDimension<R, &Dimensions::upstream_model>},
    {"prompt_name", kDimension<R, &Dimensions::prompt_name>},
    {"prompt_version", kDimension<R, &Dimensions::prompt_version>},
    {"scope", kDimension<R, &Dimensions::scope>},
};

// What is before the dimensions, they, and what is behind them.
template <class R, std::size_t Before, std::size_t Behind>
constexpr auto around_dimensions(const Member<R> (&before)[Before],
                                 const Member<R> (&behind)[Behind]) {
  std::array<Member<R>, Before + std::size(kDimensions<R>) + Behind> out{};
  auto end = std::ranges::copy(before, out.begin()).out;
  end = std::ranges::copy(kDimensions<R>, end).out;
  std::ranges::copy(behind, end);
  return out;
}

constexpr Member<Intent> kIntentBefore[] = {
    {"request_id", kText<Intent, &Intent::request_id>},
    {"attempt", kNumber<Intent, &Intent::attempt>},
    {"at", kAt<Intent>},
};
constexpr Member<Intent> kIntentBehind[] = {
    {"reserved", kAmount<Intent, &Intent::reserved>},
    {"price_version", kText<Intent, &Intent::price_version>},
    {"deadline_ms", kNumber<Intent, &Intent::deadline_ms>},
    {"budgets", kBudgets<Intent>},
};
constexpr auto kIntent = around_dimensions(kIntentBefore, kIntentBehind);

using S = Settlement;
constexpr Member<S> kSettlementBefore[] = {
    {"request_id", kText<S, &S::request_id>},
    {"attempt", kNumber<S, &S::attempt>},
    {"at", kAt<S>},
    {"outcome",
     [](S& out, const json::Value& value) -> Status {
       TRY_ASSIGN(const std::uint8_t outcome, read_name(value, kOutcomes));
       out.outcome = static_cast<Outcome>(outcome);
       return {};
     }},
    {"dispatched", kFlag<S, &S::dispatched>},
    {"final", kFlag<S, &S::final>},
    {"downgraded", kFlag<S, &S::downgraded>},
};
constexpr Member<S> kSettlementBehind[] = {
    {"usage",
     [](S& out, const json::Value& value) -> Status {
       TRY_ASSIGN(out.usage, read_usage(value));
       return {};
     }},
    {"cost", kAmount<S, &S::cost>},
    {"estimated_cost", kAmount<S, &S::estimated_cost>},
    {"budgets", kBudgets<S>},
    {"charged", kAmount<S, &S::charged>},
    {"price_version", kText<S, &S::price_version>},
    {"status", kNumber<S, &S::status>},
    {"error_class", kText<S, &S::error_class>},
    {"duration_ms", kNumber<S, &S::duration_ms>},
    {"trace_id", kText<S, &S::trace_id>},
    {"service_tier",
     [](S& out, const json::Value& value) -> Status {
       out.cost_options.service_tier = service_tier_from(value.string_or(""));
       return {};
     }},
    {"batch",
     [](S& out, const json::Value& value) -> Status {
       out.cost_options.batch = value.bool_or(false);
       return {};
     }},
    {"region",
     [](S& out, const json::Value& value) -> Status {
       out.cost_options.region = static_cast<Region>(index_or(value, kRegions, 0));
       return {};
     }},
    {"search_context",
     [](S& out, const json::Value& value) -> Status {
       out.cost_options.search_context =
           static_cast<SearchContext>(index_or(value, kSearchContexts, 1));
       return {};
     }},
    {"components",
     [](S& out, const json::Value& value) -> Status {
       TRY_ASSIGN(const auto components, read_amount(value));
       out.components = components.value_or(FemtoUsd());
       return {};
     }},
};
constexpr auto kSettlement = around_dimensions(kSettlementBefore, kSettlementBehind);

}  // namespace

Result<json::Value> RecordDecoder::read(std::string_view payload) {
  auto parsed = document_.reparse(payload);
  if (!parsed) return not_a_record(parsed.error().message);
  const json::Value root = document_.root();
  if (!root.get("request_id").is_string() || !root.get("tenant").is_string()) {
    return not_a_record("no request_id or tenant");
  }
  return root;
}

Result<Intent> RecordDecoder::intent(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  Intent out;
  out.attempt = 0;
  TRY(read_members<Intent>(v, kIntent, out));
  return out;
}

// The receipt is three quarters of the record and its last member (meter/records.h): it is
// taken as it stands, and only what is before it is parsed.
Result<Settlement> RecordDecoder::settlement(std::string_view payload) {
  Settlement out;
  const std::size_t at = find_words(payload, kReceipt);
  if (at != std::string_view::npos && payload.ends_with("}}")) {
    const std::size_t from = at + kReceipt.size() - 1;
    out.receipt = payload.substr(from, payload.size() - from - 1);
    head_.assign(payload.substr(0, at)) += '}';
    payload = head_;
  }
  TRY_ASSIGN(const json::Value v, read(payload));
  if (!v.get("outcome").exists() || !v.get("usage").exists()) {
    return not_a_record("no outcome or usage");
  }
  out.attempt = 0;
  out.dispatched = out.final = false;
  TRY(read_members<Settlement>(v, kSettlement, out));
  return out;
}

Result<Capture> RecordDecoder::capture(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  auto sealed = base64_decode(v.get("sealed").string_or("="));
  if (!sealed) return not_a_record("sealed");
  return Capture{.request_id = std::string(v.get("request_id").string_or("")),
                 .tenant = std::string(v.get("tenant").string_or("")),
                 .sealed = std::move(*sealed)};
}

Result<Feedback> RecordDecoder::feedback(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  if (!v.get("value").exists()) return not_a_record("no value");
  return Feedback{.id = std::string(v.get("id").string_or("")),
                  .request_id = std::string(v.get("request_id").string_or("")),
                  .tenant = std::string(v.get("tenant").string_or("")),
                  .at = read_time(v.get("at")),
                  .name = std::string(v.get("name").string_or("")),
                  .value = std::string(v.get("value").raw()),
                  .comment = std::string(v.get("comment").string_or("")),
                  .source = std::string(v.get("source").string_or(""))};
}

Result<Correction> RecordDecoder::correction(std::string_view payload) {
  TRY_ASSIGN(const json::Value v, read(payload));
  if (v.get("note").string_or("") != kCorrection) return not_a_record("another note");
  Correction out{.request_id = std::string(v.get("request_id").string_or("")),
                 .attempt = v.get("attempt").int_or(0),
                 .at = read_time(v.get("at")),
                 .made_at = read_time(v.get("made_at")),
                 .dimensions = read_dimensions(v),
                 .delta = {},
                 .newly_priced = v.get("newly_priced").bool_or(false),
                 .price_version = std::string(v.get("price_version").string_or(""))};
  TRY_ASSIGN(const auto delta, read_amount(v.get("delta")));
  if (!delta) return not_a_record("no delta");
  out.delta = *delta;
  return out;
}

Result<Intent> decode_intent(std::string_view payload) {
  return RecordDecoder().intent(payload);
}
Result<Settlement> decode_settlement(std::string_view payload) {
  return RecordDecoder().settlement(payload);
}
Result<Capture> decode_capture(std::string_view payload) {
  return RecordDecoder().capture(payload);
}
Result<Correction> decode_correction(std::string_view payload) {
  return RecordDecoder().correction(payload);
}
Result<Feedback> decode_feedback(std::string_view payload) {
  return RecordDecoder().feedback(payload);
}

}  // namespace maester::meter
