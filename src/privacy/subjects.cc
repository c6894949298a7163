#include "privacy/subjects.h"

namespace osier::privacy {

// A subject under a wrapping key that is closed would be lost with it: such a row is refused as one
// without a key.
static constexpr pg::Statement insert_subjects_sql{"privacy.insert_subjects", R"sql(
  INSERT INTO privacy.subjects (id, owner, profile_key, invoice_key, wrapping_key)
  SELECT subject.id, subject.owner, subject.profile, subject.invoice,
         (SELECT key.id
            FROM privacy.wrapping_keys key
           WHERE key.id = subject.wrapping_key
             AND key.state IN ('current', 'replaced'))
    FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::uuid[])
         AS subject (id, owner, profile, invoice, wrapping_key)
)sql"};

void add_subjects(pg::Batch& batch, const std::vector<NewSubject>& subjects) {
  if (subjects.empty()) return;
  std::vector<SubjectId> ids;
  std::vector<std::optional<SubjectId>> owners;
  std::vector<std::optional<pg::Bytes>> profiles, invoices;
  std::vector<Uuid> wrapping_keys;
  for (const NewSubject& subject : subjects) {
    ids.push_back(subject.wrapped.subject);
    owners.push_back(subject.owner);
    profiles.push_back(subject.wrapped.profile);
    invoices.push_back(subject.wrapped.invoice);
    wrapping_keys.push_back(subject.wrapped.wrapping_key);
  }
  batch.add(insert_subjects_sql, ids, owners, profiles, invoices, wrapping_keys);
}

WrappedKeys read_wrapped_keys(const pg::Row& row) {
  return {.subject = row.get<SubjectId>("subject"),
          .profile = row.get<std::optional<pg::Bytes>>("profile_key"),
          .invoice = row.get<std::optional<pg::Bytes>>("invoice_key"),
          .wrapping_key = row.get<Uuid>("wrapping_key")};
}

std::optional<WrappedKeys> read_wrapped_keys_if_any(const pg::Row& row) {
  if (!row.get<std::optional<Uuid>>("wrapping_key")) return std::nullopt;
  return read_wrapped_keys(row);
}

static constexpr pg::Statement set_owner_sql{"privacy.set_owner", R"sql(
  UPDATE privacy.subjects
     SET owner = $2
   WHERE id = ANY ($1)
     AND id <> $2
     AND owner IS NULL
)sql"};

void add_set_owner(pg::Batch& batch, const std::vector<SubjectId>& subjects, SubjectId owner) {
  batch.add(set_owner_sql, subjects, owner);
}

static constexpr pg::Statement forget_profile_sql{"privacy.forget_profile", R"sql(
  UPDATE privacy.subjects
     SET profile_key = NULL, profile_forgotten_at = clock_timestamp()
   WHERE (id = $1 OR owner = $1)
     AND profile_key IS NOT NULL
)sql"};

static constexpr pg::Statement forget_invoice_sql{"privacy.forget_invoice", R"sql(
  UPDATE privacy.subjects
     SET invoice_key = NULL, invoice_forgotten_at = clock_timestamp()
   WHERE (id = $1 OR owner = $1)
     AND invoice_key IS NOT NULL
)sql"};

void add_forget(pg::Batch& batch, SubjectId subject, Purpose purpose) {
  purpose == Purpose::profile ? batch.add(forget_profile_sql, subject)
                              : batch.add(forget_invoice_sql, subject);
}

}  // namespace osier::privacy
