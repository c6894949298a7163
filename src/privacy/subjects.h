// The rows of privacy.subjects: whose data it is, and their keys as the database has them.

#pragma once

#include <vector>

#include "privacy/vault.h"

namespace osier::privacy {

// One statement for any number. Ids must be new (else pg::StatementFailed, unique violation); so
// must the wrapping key: one that is closed is a not-null violation of wrapping_key.
void add_subjects(pg::Batch& batch, const std::vector<NewSubject>& subjects);

// The columns of the view privacy.subject_keys: subject, profile_key, invoice_key, wrapping_key.
WrappedKeys read_wrapped_keys(const pg::Row& row);
// The same of a LEFT JOIN; nothing where there is no subject.
std::optional<WrappedKeys> read_wrapped_keys_if_any(const pg::Row& row);

// Guests' data that a customer has claimed becomes the customer's: it is erased with the customer.
// Subjects that are owned already stay as they are.
void add_set_owner(pg::Batch& batch, const std::vector<SubjectId>& subjects, SubjectId owner);

// Destroys the subject's keys for that purpose, and those of all that it owns.
void add_forget(pg::Batch& batch, SubjectId subject, Purpose purpose);

}  // namespace osier::privacy
