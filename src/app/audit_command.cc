// osier audit: the record of who did what, read and checked.

#include <fmt/format.h>

#include <chrono>

#include "app/audit_chain.h"
#include "app/cli.h"
#include "app/command_database.h"
#include "audit/audit.h"
#include "audit/chain.h"
#include "audit/head_files.h"
#include "audit/listing.h"
#include "audit/sequencer.h"

namespace osier::app {

namespace {

// "7d", "2026-12-01", or a time; nothing for anything else.
std::optional<Instant> instant_of(const std::string& text, Instant now) {
  if (const auto ago = since_of(text)) return now - *ago;
  return parse_instant(text.size() == 10 ? text + "T00:00:00Z" : text);
}

std::optional<std::string> named(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<audit::EntryFilter> filter_of(const AuditOptions& options, Instant now) {
  const auto colon = options.object.find(':');
  audit::EntryFilter filter{.object_kind = named(options.object.substr(0, colon)),
                            .actor = named(options.actor),
                            .action = named(options.act)};
  if (colon != std::string::npos) filter.object_id = named(options.object.substr(colon + 1));
  if (options.since.empty()) return filter;
  filter.since = instant_of(options.since, now);
  if (!filter.since) return std::nullopt;
  return filter;
}

// --- Reading.

Task<void> print_entry(audit::ListedEntry listed) {
  const audit::StoredEntry& entry = listed.entry;
  const auto text = [](const pg::Text& field) { return field.value_or(""); };
  fmt::print("{} {} {} {} {} {}", text(entry.at), listed.seq ? std::to_string(*listed.seq) : "-",
             text(entry.actor_kind), text(entry.actor), text(entry.action), text(entry.object_id));
  for (const auto& [word, facts] : {std::pair("before", entry.before), {"after", entry.after}}) {
    if (!facts) continue;
    const auto line = co_await audit::facts_line(text(entry.id), *facts, {});
    fmt::print("\n    {}: {}", word, line);
  }
  if (!text(entry.reason).empty()) fmt::print("\n    reason: {}", text(entry.reason));
  if (entry.request_id || entry.network)
    fmt::print("\n    request {} from {}", text(entry.request_id), text(entry.network));
  fmt::print("\n");
}

Task<int> list(pg::Database& database, audit::EntryFilter filter, int count) {
  const auto entries = co_await audit::list_entries(database, std::move(filter), count);
  for (const auto& listed : entries) co_await print_entry(listed);
  co_return 0;
}

Task<int> export_lines(pg::Database& database, audit::EntryFilter filter) {
  constexpr int page = 1'000;
  for (std::int64_t after = INT64_MIN;;) {
    const auto entries = co_await audit::page_of_entries(database, filter, after, page);
    for (const auto& listed : entries) fmt::print("{}\n", audit::to_json_line(listed));
    if (entries.size() < page) co_return 0;
    after = std::stoll(*entries.back().entry.position);
  }
}

// --- Checking.

// A line every other second, on stderr.
audit::Progress tell_progress() {
  auto last = std::chrono::steady_clock::now();
  return [last](std::int64_t done, std::int64_t of) mutable {
    const auto now = std::chrono::steady_clock::now();
    if (now - last < 2s) return;
    last = now;
    fmt::print(stderr, "{} of {} places\n", done, of);
  };
}

Task<int> verify_chain(pg::Database& database, AuditFiles files) {
  auto heads = signed_heads(files);
  const auto count = heads.heads.size();
  const std::string newest = heads.heads.empty() ? "" : to_rfc3339(heads.heads.back().at);
  const auto report = co_await audit::check_chain(database, std::move(heads), tell_progress());
  for (const std::string& finding : report.findings) fmt::print("{}\n", finding);
  const auto more = report.violations - static_cast<std::int64_t>(report.findings.size());
  if (more > 0) fmt::print("and {} more\n", more);
  if (report.violations > 0) co_return 1;
  fmt::print("{} places hold", report.places_checked);
  if (count == 0) {
    fmt::print("; there is no signed head in {}, so a chain written anew would hold as well\n",
               files.heads_file.string());
  } else {
    fmt::print(", and so do {} signed heads, the newest of {}\n", count, newest);
  }
  co_return 0;
}

// --- Signing.

Task<void> seal_all(pg::Database& database) {
  while (co_await audit::seal_waiting(database) == audit::Sequencer::round_max) {
  }
}

Task<int> sign(pg::Database& database, AuditFiles files) {
  co_await seal_all(database);
  const auto head = co_await sign_head(database, files, SystemClock{}.now());
  fmt::print("signed place {} in {}\n", head.seq, files.heads_file.string());
  co_return 0;
}

constexpr pg::Statement hash_at_sql{"app.audit_hash_at", R"sql(
  SELECT hash FROM audit.chain WHERE seq = $1
)sql"};

// The last head that the chain bears out; one of no place if there is none.
Task<audit::Head> last_true_head(pg::Database& database, std::vector<audit::Head> heads) {
  for (auto head = heads.rbegin(); head != heads.rend(); ++head) {
    const auto row = co_await database.run_one(hash_at_sql, head->seq);
    if (row && row->get<pg::Bytes>(0) == audit::bytes_of(head->hash)) co_return *head;
  }
  co_return audit::Head{};
}

Task<int> note_restored(pg::Database& database, AuditFiles files, std::string reason) {
  const SystemClock clock;
  auto heads = signed_heads(files);
  const auto known = heads.heads.empty() ? 0 : heads.heads.back().seq;
  auto head = co_await last_true_head(database, std::move(heads.heads));
  if (head.seq == known) co_return fail("the chain agrees with every signed head: nothing to note");

  audit::Entry entry{.actor = {audit::ActorKind::command, "osier audit restored"},
                     .action = "audit.restored",
                     .object_kind = "audit",
                     .object_id = "chain",
                     .reason = reason};
  entry.before.add("place", known);
  entry.after.add("place", head.seq);
  auto transaction = co_await database.begin();
  pg::Batch write;
  audit::add_entries(write, {entry}, clock.now());
  co_await transaction.run_all_and_commit(std::move(write));

  head.kind = audit::Head::Kind::restored;
  head.at = clock.now();
  head.reason = std::move(reason);
  audit::append_line(files.heads_file, audit::signed_line(head, signing_key(files)));
  fmt::print("heads of places after {} are void\n", head.seq);
  co_return co_await sign(database, std::move(files));
}

Task<int> obey(pg::Database& database, AuditFiles files, AuditOptions options) {
  const auto filter = filter_of(options, SystemClock{}.now());
  if (!filter) co_return fail("--since must be such as 7d, 2026-12-01 or 2026-12-01T10:00:00Z");
  switch (options.action) {
    case AuditOptions::Action::verify:
      co_return co_await verify_chain(database, std::move(files));
    case AuditOptions::Action::list:
      co_return co_await list(database, *filter, options.limit);
    case AuditOptions::Action::export_lines:
      co_return co_await export_lines(database, *filter);
    case AuditOptions::Action::sign:
      co_return co_await sign(database, std::move(files));
    case AuditOptions::Action::restored:
      co_return co_await note_restored(database, std::move(files), options.reason);
    case AuditOptions::Action::public_key:
      co_return 0;  // Needs no database.
  }
}

Task<void> run(pg::Database& database, AuditFiles files, AuditOptions options, int& status) {
  status = co_await obey(database, std::move(files), std::move(options));
}

int print_public_key(const AuditFiles& files) {
  try {
    fmt::print("{}\n", signing_key(files).public_key().text());
    return 0;
  } catch (const std::exception& error) {
    return fail(error.what());
  }
}

}  // namespace

int audit(const config::Config& config, const AuditOptions& options) {
  const AuditFiles files = audit_files(config);
  if (options.action == AuditOptions::Action::public_key) return print_public_key(files);
  return with_current_schema(config, [&](const std::string& connection) {
    int status = 1;
    Loop loop;
    pg::Database database({.connection = connection,
                           .connections_per_loop = 1,
                           .acquire_timeout = 10s,
                           .connect_timeout = 10s,
                           .statement_timeout = 5min},
                          {&loop});
    run_to_end(loop, run(database, files, options, status));
    database.close();
    return status;
  });
}

}  // namespace osier::app
