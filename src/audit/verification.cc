#include "audit/verification.h"

#include <algorithm>
#include <optional>

#include "audit/chain.h"

namespace osier::audit {

namespace {

constexpr std::int64_t page_size = 2'000;

constexpr pg::Statement ends_sql{"audit.ends", R"sql(
  SELECT (SELECT coalesce(max(seq), 0) FROM audit.chain) AS last_place,
         (SELECT coalesce(max(position), 0) FROM audit.entries) AS last_position
)sql"};

constexpr pg::Statement hash_at_sql{"audit.hash_at", R"sql(
  SELECT hash FROM audit.chain WHERE seq = $1
)sql"};

constexpr pg::Statement page_sql{"audit.page_of_chain", R"sql(
  SELECT place.seq, place.entry_id, place.hash, entry.id, entry.position, entry.at, actor_kind, actor, action,
         object_kind, object_id, before, after, reason, request_id, network
    FROM (SELECT seq, entry_id, hash FROM audit.chain WHERE seq >= $1 AND seq <= $2 ORDER BY seq LIMIT $3) place
    LEFT JOIN audit.entries entry ON entry.id = place.entry_id
   ORDER BY place.seq
)sql"};

constexpr pg::Statement page_end_sql{"audit.page_end", R"sql(
  SELECT max(position), count(*)
    FROM (SELECT position FROM audit.entries WHERE position BETWEEN $1 AND $2 ORDER BY position LIMIT $3) page
)sql"};

constexpr pg::Statement homeless_sql{"audit.homeless", R"sql(
  SELECT entry.id, entry.position, entry.at, actor_kind, actor, action, object_kind, object_id, before, after, reason,
         request_id, network
    FROM audit.entries entry
   WHERE entry.position BETWEEN $1 AND $2
     AND NOT EXISTS (SELECT FROM audit.chain place WHERE place.entry_id = entry.id)
     AND NOT EXISTS (SELECT FROM audit.unchained waiting WHERE waiting.entry_id = entry.id)
   ORDER BY entry.position
)sql"};

constexpr pg::Statement vanished_sql{"audit.vanished", R"sql(
  SELECT waiting.entry_id
    FROM audit.unchained waiting
   WHERE NOT EXISTS (SELECT FROM audit.entries entry WHERE entry.id = waiting.entry_id)
   ORDER BY waiting.position
)sql"};

// From and to count.
struct Range {
  std::int64_t from = 1;
  std::int64_t to = INT64_MAX;
};

struct Ends {
  std::int64_t place = 0;
  std::int64_t position = 0;
};

Task<Ends> ends_of(pg::Database& database) {
  const auto row = co_await database.run_one(ends_sql);
  co_return Ends{.place = row->get<std::int64_t>("last_place"),
                 .position = row->get<std::int64_t>("last_position")};
}

std::string describe(const StoredEntry& entry) {
  const auto text = [](const pg::Text& field) { return field.value_or("nothing"); };
  return "entry " + text(entry.id) + " (" + text(entry.action) + " of " + text(entry.object_kind) +
         " " + text(entry.object_id) + " at " + text(entry.at) + ")";
}

std::string place_name(std::int64_t seq) { return "place " + std::to_string(seq); }

std::string places_name(std::int64_t from, std::int64_t to) {
  return from == to ? place_name(from)
                    : "places " + std::to_string(from) + " to " + std::to_string(to);
}

// Goes along the places in their order, and reports what does not follow.
class Walk {
 public:
  Walk(const std::vector<Head>& heads, ChainReport& report, std::int64_t from,
       std::optional<crypto::Digest> before)
      : heads_(heads), report_(report), next_(from), previous_(before) {
    next_head_ = std::ranges::lower_bound(heads_, from, {}, &Head::seq);
    if (next_head_ != heads_.begin()) last_good_ = (next_head_ - 1)->seq;
  }

  void step(const pg::Row& row) {
    const auto seq = row.get<std::int64_t>("seq");
    const auto hash = digest_of(row.get<std::optional<pg::Bytes>>("hash"));
    const StoredEntry entry = entry_of(row);
    check_number(seq);
    if (!entry.id) {
      report_.add(place_name(seq) + ": entry " + row.get<pg::Text>("entry_id").value_or("") +
                  " is gone");
    } else if (!hash || (previous_ && *hash != next_hash(*previous_, entry))) {
      report_.add(place_name(seq) + ": " + describe(entry) +
                  " does not fit its hash: it, or its place, was changed");
    } else {
      check_date(seq, entry);
    }
    if (hash) check_heads(seq, *hash);
    previous_ = hash;
    next_ = seq + 1;
    ++report_.places_checked;
  }

 private:
  void check_number(std::int64_t seq) {
    if (seq > next_) {
      report_.add(places_name(next_, seq - 1) + (seq - 1 > next_ ? " are missing" : " is missing"));
      previous_.reset();
    } else if (seq < next_) {
      report_.add(place_name(seq) + " is there twice");
    }
  }

  // Heads before next_head_ know earlier places only.
  void check_date(std::int64_t seq, const StoredEntry& entry) {
    auto after = next_head_;
    while (after != heads_.end() && after->seq < seq) ++after;
    if (after == heads_.begin()) return;
    const Head& before = *(after - 1);
    // A clock that was put back shows in the next head too.
    const Instant earliest = after == heads_.end() ? before.at : std::min(before.at, after->at);
    const auto at = entry.at ? parse_instant(*entry.at) : std::nullopt;
    if (!at || *at >= earliest - dating_slack) return;
    report_.add(place_name(seq) + ": " + describe(entry) +
                " is dated back: its place came after the head signed at " + to_rfc3339(before.at));
  }

  void check_heads(std::int64_t seq, const crypto::Digest& hash) {
    while (next_head_ != heads_.end() && next_head_->seq < seq) ++next_head_;
    for (; next_head_ != heads_.end() && next_head_->seq == seq; ++next_head_) {
      if (next_head_->hash == hash) {
        last_good_ = seq;
        continue;
      }
      report_.add(places_name(last_good_ + 1, seq) + ": written anew: a head signed at " +
                  to_rfc3339(next_head_->at) + " has another hash for " + place_name(seq));
    }
  }

  const std::vector<Head>& heads_;
  ChainReport& report_;
  std::int64_t next_;
  std::optional<crypto::Digest> previous_;
  std::vector<Head>::const_iterator next_head_;
  std::int64_t last_good_ =
      0;  // The last place that a head has confirmed; before the walk, assumed.
};

Task<std::optional<crypto::Digest>> hash_before(pg::Database& database, std::int64_t from) {
  if (from == 1) co_return first_hash;
  const auto row = co_await database.run_one(hash_at_sql, from - 1);
  if (!row) co_return std::nullopt;
  co_return digest_of(row->get<std::optional<pg::Bytes>>(0));
}

Task<void> walk_places(pg::Database& database, const SignedHeads& heads, Range range,
                       ChainReport& report, const Progress& progress) {
  const auto before = co_await hash_before(database, range.from);
  if (!before) report.add(place_name(range.from - 1) + " is missing");
  Walk walk(heads.heads, report, range.from, before);
  for (std::int64_t from = range.from; from <= range.to;) {
    const auto rows = co_await database.run(page_sql, from, range.to, page_size);
    for (const pg::Row row : rows) {
      walk.step(row);
      from = row.get<std::int64_t>("seq") + 1;
    }
    if (progress) progress(report.places_checked, report.last_place);
    if (rows.size() < page_size) break;
  }
}

void check_end(const SignedHeads& heads, std::int64_t last_place, ChainReport& report) {
  if (heads.heads.empty() || heads.heads.back().seq <= last_place) return;
  const Head& head = heads.heads.back();
  const bool is_one = head.seq == last_place + 1;
  report.add(places_name(last_place + 1, head.seq) + (is_one ? " is" : " are") +
             " gone: the chain ends at " + place_name(last_place) + ", and a head signed at " +
             to_rfc3339(head.at) + " knows " + place_name(head.seq));
}

Task<void> check_positions(pg::Database& database, Range range, ChainReport& report) {
  constexpr std::int64_t entries_max = 20'000;
  for (std::int64_t from = range.from;;) {
    const auto page = co_await database.run_one(page_end_sql, from, range.to, entries_max);
    const auto end = page->get<std::optional<std::int64_t>>(0);
    if (!end) co_return;
    const auto rows = co_await database.run(homeless_sql, from, *end);
    for (const pg::Row row : rows)
      report.add(describe(entry_of(row)) + " has no place in the chain, and waits for none");
    if (page->get<std::int64_t>(1) < entries_max || *end == INT64_MAX) co_return;
    from = *end + 1;
  }
}

Task<void> check_waiting(pg::Database& database, ChainReport& report) {
  const auto rows = co_await database.run(vanished_sql);
  for (const pg::Row row : rows)
    report.add("entry " + row.get<std::string>(0) + " waited for its place and is gone");
}

Task<ChainReport> check(pg::Database& database, SignedHeads heads, Ends ends, Range places,
                        Range positions, Progress progress) {
  ChainReport report;
  report.last_place = ends.place;
  for (const std::string& complaint : heads.complaints) report.add("signed heads: " + complaint);
  co_await walk_places(database, heads, places, report, progress);
  if (places.to >= ends.place) check_end(heads, ends.place, report);
  co_await check_positions(database, positions, report);
  co_await check_waiting(database, report);
  co_return report;
}

}  // namespace

Task<ChainReport> check_chain(pg::Database& database, SignedHeads heads, Progress progress) {
  const Ends ends = co_await ends_of(database);
  co_return co_await check(database, std::move(heads), ends, {}, {.from = INT64_MIN},
                           std::move(progress));
}

Task<ChainReport> check_latest(pg::Database& database, SignedHeads heads, std::int64_t count) {
  const Ends ends = co_await ends_of(database);
  const Range places{.from = std::max<std::int64_t>(1, ends.place - count + 1)};
  const Range positions{.from = ends.position - count + 1};
  co_return co_await check(database, std::move(heads), ends, places, positions, {});
}

Task<ChainReport> check_part(pg::Database& database, SignedHeads heads, std::int64_t from,
                             std::int64_t count) {
  const Ends ends = co_await ends_of(database);
  const Range part{.from = from, .to = from + count - 1};
  co_return co_await check(database, std::move(heads), ends, part, part, {});
}

}  // namespace osier::audit
