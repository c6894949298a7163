#include "app/audit_chain.h"

#include <stdexcept>

#include "app/off_loop.h"
#include "audit/chain.h"
#include "audit/head_files.h"
#include "audit/sequencer.h"

namespace osier::app {

AuditFiles audit_files(const config::Config& config) {
  const auto folder =
      config.audit_heads_dir.empty() ? config.data / "audit" : config.audit_heads_dir;
  AuditFiles files{.key = config.audit_key,
                   .key_file = config.data / "keys" / "audit.key",
                   .heads_file = folder / "heads.jsonl",
                   .earlier_keys = {}};
  for (const std::string& key : config.audit_public_keys)
    files.earlier_keys.push_back(*crypto::PublicKey::parse(key));
  return files;
}

crypto::SigningKey signing_key(const AuditFiles& files) {
  if (!files.key.empty()) return *crypto::SigningKey::parse(files.key);
  SystemRandom random;
  return audit::key_in(files.key_file, random);
}

audit::SignedHeads signed_heads(const AuditFiles& files) {
  const std::string lines = audit::text_in(files.heads_file);
  auto keys = files.earlier_keys;
  if (!files.key.empty() || std::filesystem::exists(files.key_file))
    keys.push_back(signing_key(files).public_key());
  return audit::read_heads(lines, keys);
}

Task<audit::Head> sign_head(pg::Database& database, AuditFiles files, Instant now) {
  constexpr Duration patience = 10min;
  const auto backlog = co_await audit::backlog_of(database);
  if (backlog.oldest > patience)
    throw std::runtime_error(
        "entries wait for their places in the audit's chain: no head is signed");
  audit::Head head{.at = now};
  const auto last = co_await audit::last_place(database);
  head.seq = last.seq;
  head.hash = last.hash;
  co_return co_await off_loop([files, head] {
    audit::append_line(files.heads_file, audit::signed_line(head, signing_key(files)));
    return head;
  });
}

Task<InvariantAnswer> ask_chain(Shop& shop, pg::Database& patient) {
  constexpr std::int64_t part = 200'000;
  InvariantAnswer answer;
  answer.name = chain_invariant;
  try {
    auto heads =
        co_await off_loop([files = audit_files(shop.config)] { return signed_heads(files); });
    auto report = co_await audit::check_latest(patient, heads, latest_places);
    auto old =
        co_await audit::check_part(patient, std::move(heads), shop.chain_checked_to + 1, part);
    const bool is_through = shop.chain_checked_to + part >= report.last_place;
    shop.chain_checked_to = is_through ? 0 : shop.chain_checked_to + part;
    for (std::string& finding : old.findings) report.findings.push_back(std::move(finding));
    answer.violations = report.violations + old.violations;
    answer.lines = std::move(report.findings);
  } catch (const std::exception& failure) {
    answer.why_unknown = failure.what();
  }
  co_return answer;
}

Task<void> write_audit_metrics(Shop& shop) {
  try {
    const auto backlog = co_await audit::backlog_of(shop.database);
    shop.metrics
        .gauge("osier_audit_unchained", "Audit entries that wait for their place in the chain.")
        .Set(static_cast<double>(backlog.entries));
    shop.metrics.gauge("osier_audit_unchained_seconds", "How long the oldest of them has waited.")
        .Set(static_cast<double>(backlog.oldest.count()) / 1e6);
  } catch (const pg::Error&) {
    co_return;  // The other metrics tell that the database is away.
  }
}

}  // namespace osier::app
