#include "prompts/target.h"

#include <algorithm>

#include "base/hash.h"
#include "prompts/prompt.h"

namespace maester::prompts {
namespace {

constexpr std::uint64_t kWhole = std::uint64_t{1} << 32;
// Past this many ranges a label that was changed over and over is laid out anew.
constexpr std::size_t kMaxRanges = 512;

std::uint64_t weights_of(const std::vector<Share>& shares) {
  std::uint64_t sum = 0;
  for (const Share& share : shares) sum += static_cast<std::uint64_t>(share.weight);
  return sum;
}

// How much of the whole each share has: cut at the rounded sums, so that they add up exactly.
std::vector<std::uint64_t> sizes_of(const std::vector<Share>& shares) {
  const std::uint64_t total = weights_of(shares);
  std::vector<std::uint64_t> out;
  std::uint64_t sum = 0, from = 0;
  for (const Share& share : shares) {
    sum += static_cast<std::uint64_t>(share.weight);
    const std::uint64_t to = kWhole * sum / total;  // kWhole x 16e6 fits 64 bits
    out.push_back(to - from);
    from = to;
  }
  return out;
}

}  // namespace

std::uint32_t sticky_point(std::string_view tenant, std::string_view prompt, std::string_view label,
                           std::string_view key) {
  std::string salted;
  salted.reserve(tenant.size() + prompt.size() + label.size() + key.size() + 3);
  salted.append(tenant).push_back('\0');
  salted.append(prompt).push_back('\0');
  salted.append(label).push_back('\0');
  salted.append(key);
  const Sha256 hash = sha256(salted);
  return std::uint32_t{hash[0]} << 24 | std::uint32_t{hash[1]} << 16 | std::uint32_t{hash[2]} << 8 |
         std::uint32_t{hash[3]};
}

Target Target::one(std::string version) {
  return split({{std::move(version), 1}}, {});
}

Target Target::split(std::vector<Share> shares, const Target& before) {
  Target out;
  out.shares_ = std::move(shares);
  std::vector<std::uint64_t> left = sizes_of(out.shares_);
  // Pieces of the whole in order; `share` beyond the last = free.
  struct Piece {
    std::uint64_t size;
    std::size_t share;
  };
  const std::size_t free = out.shares_.size();
  std::vector<Piece> pieces;
  std::uint64_t from = 0;
  for (const Range& range : before.ranges_) {
    const std::string& version = before.shares_[range.share].version;
    const auto found = std::find_if(out.shares_.begin(), out.shares_.end(),
                                    [&](const Share& share) { return share.version == version; });
    const auto share = static_cast<std::size_t>(found - out.shares_.begin());
    const std::uint64_t size = range.end - from;
    const std::uint64_t kept = share == free ? 0 : std::min(size, left[share]);
    if (kept > 0) {
      left[share] -= kept;
      pieces.push_back({kept, share});
    }
    if (kept < size) pieces.push_back({size - kept, free});
    from = range.end;
  }
  if (pieces.empty()) pieces.push_back({kWhole, free});
  // What is free goes to those that want more, in order.
  std::size_t wanting = 0;
  std::uint64_t end = 0;
  const auto give = [&](std::uint64_t size, std::size_t share) {
    end += size;
    if (!out.ranges_.empty() && out.ranges_.back().share == share) {
      out.ranges_.back().end = end;
    } else {
      out.ranges_.push_back({end, share});
    }
  };
  for (const Piece& piece : pieces) {
    if (piece.share != free) {
      give(piece.size, piece.share);
      continue;
    }
    for (std::uint64_t size = piece.size; size > 0;) {
      while (left[wanting] == 0) ++wanting;
      const std::uint64_t part = std::min(size, left[wanting]);
      give(part, wanting);
      left[wanting] -= part;
      size -= part;
    }
  }
  return out.ranges_.size() > kMaxRanges ? split(std::move(out.shares_), {}) : out;
}

bool Target::contains(std::string_view version) const {
  return std::any_of(shares_.begin(), shares_.end(),
                     [&](const Share& share) { return share.version == version; });
}

const std::string& Target::version() const {
  static const std::string kNone;
  const auto most =
      std::max_element(shares_.begin(), shares_.end(),
                       [](const Share& a, const Share& b) { return a.weight < b.weight; });
  return most == shares_.end() ? kNone : most->version;
}

const std::string& Target::pick(std::uint32_t point) const {
  if (shares_.size() == 1) return shares_.front().version;
  const auto range =
      std::upper_bound(ranges_.begin(), ranges_.end(), std::uint64_t{point},
                       [](std::uint64_t at, const Range& one) { return at < one.end; });
  return shares_[range->share].version;
}

std::string Target::text() const {
  if (!is_split()) return version();
  std::string out;
  for (const Share& share : shares_) {
    if (!out.empty()) out += ',';
    out += share.version + ":" + std::to_string(share.weight);
  }
  return out;
}

std::string Target::stored() const {
  std::string out;
  json::Writer w(out);
  w.begin_object().key("shares").begin_array();
  for (const Share& share : shares_)
    w.begin_array().value(share.version).value(share.weight).end_array();
  w.end_array().key("ranges").begin_array();
  for (const Range& range : ranges_)
    w.begin_array().value(range.end).value(range.share).end_array();
  w.end_array().end_object();
  return out;
}

Result<Target> Target::read_stored(std::string_view json) {
  TRY_ASSIGN(const json::Document doc, json::Document::parse(json));
  Target out;
  for (const json::Value share : doc.root().get("shares")) {
    TRY_ASSIGN(const std::string_view version, share.at(0).as_string());
    TRY_ASSIGN(const std::int64_t weight, share.at(1).as_int());
    out.shares_.push_back({std::string(version), weight});
  }
  std::uint64_t from = 0;
  for (const json::Value range : doc.root().get("ranges")) {
    TRY_ASSIGN(const std::int64_t end, range.at(0).as_int());
    TRY_ASSIGN(const std::int64_t share, range.at(1).as_int());
    const Range read{static_cast<std::uint64_t>(end), static_cast<std::size_t>(share)};
    if (read.end <= from || read.share >= out.shares_.size())
      return fail(Code::corrupt, "A label's split is damaged.");
    out.ranges_.push_back(read);
    from = read.end;
  }
  if (!out.empty() && from != kWhole) return fail(Code::corrupt, "A label's split is damaged.");
  return out;
}

Status check_shares(const std::vector<Share>& shares) {
  if (shares.empty() || shares.size() > kMaxShares) {
    return fail(Code::invalid_request, "A split has 1 to 16 versions.", "split");
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const Share& share = shares[i];
    const std::string where = "split[" + std::to_string(i) + "]";
    TRY(check_name("version", share.version));
    if (share.weight < 1 || share.weight > kMaxWeight) {
      return fail(Code::invalid_request,
                  "A weight is a whole number from 1 to 1,000,000; leave a version out to give it "
                  "nothing.",
                  where + ".weight");
    }
    for (std::size_t j = 0; j < i; ++j) {
      if (shares[j].version == share.version) {
        return fail(Code::invalid_request,
                    "Version `" + share.version + "` stands in the split twice.",
                    where + ".version");
      }
    }
  }
  return {};
}

void write_shares(json::Writer& w, const std::vector<Share>& shares) {
  w.begin_array();
  for (const Share& share : shares)
    w.begin_object().field("version", share.version).field("weight", share.weight).end_object();
  w.end_array();
}

}  // namespace maester::prompts
