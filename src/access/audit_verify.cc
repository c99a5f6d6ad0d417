#include "access/audit_verify.h"

#include <charconv>
#include <map>

#include "base/hex.h"

namespace maester::access {
namespace {

using Anchors = std::map<std::string, std::map<std::int64_t, Sha256>, std::less<>>;

// One chain, row by row.
class ChainCheck {
 public:
  ChainCheck(std::string chain, const Anchors& anchors) : chain_(std::move(chain)) {
    if (const auto own = anchors.find(chain_); own != anchors.end()) anchors_ = &own->second;
  }

  const std::string& chain() const { return chain_; }

  void take(const Result<AuditRow>& row, std::int64_t stored_seq) {
    if (fault_) return;
    const std::int64_t expected = last_ + 1;
    if (stored_seq != expected) {
      return fault(std::min(stored_seq, expected),
                   stored_seq > expected ? "the row is missing" : "the row was inserted");
    }
    if (!row) return fault(expected, "the row is damaged");
    if (row->prev != hash_) return fault(expected, "it does not follow the row before it");
    if (row->hash != audit_hash(*row)) return fault(expected, "it was changed");
    if (anchors_ != nullptr) {
      const auto anchor = anchors_->find(expected);
      if (anchor != anchors_->end() && anchor->second != row->hash)
        return fault(expected, "the chain was written anew: an anchor has another hash");
    }
    last_ = expected;
    hash_ = row->hash;
  }

  void end(AuditReport& report) {
    if (!fault_ && anchors_ != nullptr && anchors_->rbegin()->first > last_)
      fault(last_ + 1, "rows are cut off: an anchor knows number " +
                           std::to_string(anchors_->rbegin()->first));
    if (fault_) report.faults.push_back(*fault_);
  }

 private:
  void fault(std::int64_t seq, std::string why) { fault_ = {chain_, seq, std::move(why)}; }
  std::string chain_;
  const std::map<std::int64_t, Sha256>* anchors_ = nullptr;
  std::int64_t last_ = 0;
  Sha256 hash_{};
  std::optional<AuditFault> fault_;
};

std::unexpected<Error> bad_anchor(std::size_t line) {
  return fail(Code::invalid_request,
              "line " + std::to_string(line) + " of the anchors is not `TIME SEQ HASH CHAIN`");
}

std::string_view take_word(std::string_view& rest) {
  const std::size_t space = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(std::min(space + 1, rest.size()));
  return word;
}

}  // namespace

Result<AuditReport> verify_audit(store::Database& control, std::span<const AuditHead> anchors) {
  Anchors by_chain;
  AuditReport report;
  // Two anchors of one number that differ cannot both hold: the later one then shows it.
  for (const AuditHead& anchor : anchors) by_chain[anchor.chain][anchor.seq] = anchor.hash;
  report.anchors = anchors.size();
  TRY_ASSIGN(auto rows, control.prepare(
                            "SELECT chain, seq, at, actor, key_id, source, action, object, before, "
                            "after, prev, hash FROM audit ORDER BY chain, seq"));
  std::optional<ChainCheck> check;
  const auto begin = [&](const std::string& chain) {
    check.emplace(chain, by_chain);
    ++report.chains;
  };
  const auto end = [&] {
    if (!check) return;
    check->end(report);
    by_chain.erase(check->chain());
  };
  for (;;) {
    TRY_ASSIGN(const bool more, rows.step());
    if (!more) break;
    const std::string chain(rows.text(0));
    if (!check || check->chain() != chain) {
      end();
      begin(chain);
    }
    check->take(read_audit_row(rows), rows.integer(1));
    ++report.rows;
  }
  end();
  for (const auto& [chain, left] : by_chain) {
    if (!left.empty()) report.faults.push_back({chain, 1, "the whole chain is gone"});
  }
  return report;
}

std::string anchor_line(const AuditHead& head, WallTime at) {
  return format_rfc3339(at) + " " + std::to_string(head.seq) + " " + hex_encode(head.hash) + " " +
         head.chain + "\n";
}

Result<std::vector<AuditHead>> parse_anchors(std::string_view text) {
  std::vector<AuditHead> out;
  for (std::size_t line = 1; !text.empty(); ++line) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view rest = text.substr(0, end);
    const bool whole = end < text.size();
    text.remove_prefix(std::min(end + 1, text.size()));
    if (rest.empty()) continue;
    AuditHead head;
    const std::string_view time = take_word(rest), seq = take_word(rest), hash = take_word(rest);
    const auto [stop, error] = std::from_chars(seq.data(), seq.data() + seq.size(), head.seq);
    const bool good = parse_rfc3339(time) && error == std::errc{} &&
                      stop == seq.data() + seq.size() && head.seq > 0 &&
                      hex_decode(hash, head.hash);
    // A last line without its end is what a crash leaves: it says nothing.
    if (!whole) break;
    if (!good) return bad_anchor(line);
    head.chain = rest;
    out.push_back(std::move(head));
  }
  return out;
}

}  // namespace maester::access
