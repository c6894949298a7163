#include <gtest/gtest.h>

#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"
#include "privacy/subjects.h"
#include "privacy/test/vault.h"
#include "privacy/vault.h"

namespace osier::privacy {
namespace {

const Instant noon = *parse_instant("2026-12-01T12:00:00Z");

void with_database(std::function<Task<void>(pg::Database&)> work) {
  const pg::test::Database fresh(migrations());
  pg::test::run(fresh.connection(), std::move(work));
}

SubjectId somebody() { return SubjectId{Uuid::v7(noon)}; }

Place place_of(Uuid row) {
  return {.table = "orders.order_contacts", .column = "name", .row = row};
}

Task<Keys> add_somebody(pg::Database& database, const Vault& vault, SubjectId id,
                        std::optional<SubjectId> owner = std::nullopt) {
  auto subject = vault.make_subject(id, owner);
  pg::Batch batch;
  add_subjects(batch, {subject});
  auto transaction = co_await database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
  co_return subject.keys;
}

Task<void> forget(pg::Database& database, SubjectId id, Purpose purpose) {
  pg::Batch batch;
  add_forget(batch, id, purpose);
  auto transaction = co_await database.begin();
  co_await transaction.run_all_and_commit(std::move(batch));
}

// --- Values.

Task<void> open_in_another_process(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto id = somebody();
  const auto keys = co_await add_somebody(database, *vault, id);
  const Uuid row = Uuid::v7(noon);
  const auto sealed = vault->seal(keys, Purpose::profile, place_of(row), "Anna Ö");

  const auto other = test::make_vault();
  co_await other->load(database);
  const auto read = co_await other->keys_of(database, id);
  EXPECT_EQ(other->open(read, Purpose::profile, place_of(row), sealed), "Anna Ö");
  EXPECT_EQ(other->email_index("a@b.example"), vault->email_index("A@B.example"));
  EXPECT_EQ(other->open_for_shop("spool", vault->seal_for_shop("spool", "mail")), "mail");
}

TEST(Vault, OpensInEveryProcessWhatOneSealed) { with_database(open_in_another_process); }

Task<void> move_values_about(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto keys = vault->make_subject(somebody()).keys;
  const auto others_keys = vault->make_subject(somebody()).keys;
  const Uuid row = Uuid::v7(noon);
  const auto sealed = vault->seal(keys, Purpose::profile, place_of(row), "Anna");
  const auto opens = [&](const Keys& by, Purpose purpose, const Place& place) {
    try {
      return vault->open(by, purpose, place, sealed).has_value();
    } catch (const DoesNotOpen&) {
      return false;
    }
  };
  EXPECT_TRUE(opens(keys, Purpose::profile, place_of(row)));
  EXPECT_FALSE(opens(keys, Purpose::invoice, place_of(row)));
  EXPECT_FALSE(opens(others_keys, Purpose::profile, place_of(row)));
  EXPECT_FALSE(opens(keys, Purpose::profile, place_of(Uuid::v7(noon))));
  EXPECT_FALSE(opens(keys, Purpose::profile, {"orders.order_contacts", "email", row}));
  EXPECT_FALSE(opens(keys, Purpose::profile, {"checkout.cart_contacts", "name", row}));
}

TEST(Vault, OpensAValueInItsPlaceOnly) { with_database(move_values_about); }

Task<void> change_bytes(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto keys = vault->make_subject(somebody()).keys;
  const auto place = place_of(Uuid::v7(noon));
  const auto sealed = vault->seal(keys, Purpose::profile, place, "Anna");
  EXPECT_EQ(sealed.size(), 1 + 24 + 4 + 16u);
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    auto changed = sealed;
    changed[i] ^= 1;
    EXPECT_THROW((void)vault->open(keys, Purpose::profile, place, changed), DoesNotOpen) << i;
  }
  EXPECT_THROW((void)vault->open(keys, Purpose::profile, place, {}), DoesNotOpen);
  EXPECT_THROW((void)vault->open_for_shop("a", vault->seal_for_shop("b", "text")), DoesNotOpen);
}

TEST(Vault, DoesNotOpenWhatWasChanged) { with_database(change_bytes); }

// --- Forgetting.

Task<void> forget_profile_first(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto id = somebody();
  const auto keys = co_await add_somebody(database, *vault, id);
  const auto place = place_of(Uuid::v7(noon));
  const auto profile = vault->seal(keys, Purpose::profile, place, "phone");
  const auto invoice = vault->seal(keys, Purpose::invoice, place, "name");

  co_await forget(database, id, Purpose::profile);
  const auto kept = co_await vault->keys_of(database, id);
  EXPECT_FALSE(kept.has(Purpose::profile));
  EXPECT_EQ(vault->open(kept, Purpose::profile, place, profile), std::nullopt);
  EXPECT_EQ(vault->open(kept, Purpose::invoice, place, invoice), "name");
  EXPECT_THROW((void)vault->seal(kept, Purpose::profile, place, "new"), Forgotten);
  EXPECT_FALSE(vault->unwrap(vault->wrap(kept)).has(Purpose::profile));

  co_await forget(database, id, Purpose::invoice);
  const auto nothing = co_await vault->keys_of(database, id);
  EXPECT_FALSE(nothing.has(Purpose::invoice));
}

TEST(Vault, OpensNothingByAForgottenKey) { with_database(forget_profile_first); }

Task<void> forget_with_the_owner(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto customer = somebody(), guest = somebody(), later_guest = somebody();
  co_await add_somebody(database, *vault, customer);
  co_await add_somebody(database, *vault, guest);
  co_await add_somebody(database, *vault, later_guest, customer);
  pg::Batch claim;
  add_set_owner(claim, {guest}, customer);
  auto transaction = co_await database.begin();
  co_await transaction.run_all_and_commit(std::move(claim));

  co_await forget(database, customer, Purpose::profile);
  for (const auto id : {customer, guest, later_guest}) {
    const auto keys = co_await vault->keys_of(database, id);
    EXPECT_FALSE(keys.has(Purpose::profile));
    EXPECT_TRUE(keys.has(Purpose::invoice));
  }
}

TEST(Vault, ForgetsWhatASubjectOwnsWithIt) { with_database(forget_with_the_owner); }

Task<void> ask_for_nobody(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto keys = co_await vault->keys_of(database, somebody());
  EXPECT_FALSE(keys.has(Purpose::profile));
}

TEST(Vault, HasNoKeysForWhoIsNotThere) { with_database(ask_for_nobody); }

// --- Keys in the database.

constexpr pg::Statement swap_keys_sql{"privacy_test.swap_keys", R"sql(
  UPDATE privacy.subjects SET invoice_key = profile_key
)sql"};
constexpr pg::Statement move_keys_sql{"privacy_test.move_keys", R"sql(
  UPDATE privacy.subjects SET profile_key = (SELECT profile_key FROM privacy.subjects WHERE id = $1)
)sql"};
constexpr pg::Statement close_key_sql{"privacy_test.close_key", R"sql(
  UPDATE privacy.wrapping_keys SET state = 'closed'
)sql"};

Task<bool> has_keys(pg::Database& database, const Vault& vault, SubjectId id) {
  try {
    const auto keys = co_await vault.keys_of(database, id);
    co_return keys.has(Purpose::profile) && keys.has(Purpose::invoice);
  } catch (const DoesNotOpen&) {
    co_return false;
  }
}

Task<void> move_keys_about(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto one = somebody(), two = somebody();
  co_await add_somebody(database, *vault, one);
  co_await add_somebody(database, *vault, two);
  co_await database.run(move_keys_sql, one);
  EXPECT_TRUE(co_await has_keys(database, *vault, one));
  EXPECT_FALSE(co_await has_keys(database, *vault, two));
  co_await database.run(swap_keys_sql);
  EXPECT_FALSE(co_await has_keys(database, *vault, one));
}

TEST(Vault, OpensNoKeyOfAnotherSubjectOrPurpose) { with_database(move_keys_about); }

Task<void> add_under_closed_key(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  co_await database.run(close_key_sql);
  bool refused = false;
  try {
    co_await add_somebody(database, *vault, somebody());
  } catch (const pg::StatementFailed& failure) {
    refused = failure.sqlstate() == "23502";
  }
  EXPECT_TRUE(refused);
}

TEST(Vault, AddsNobodyUnderAWrappingKeyThatIsClosed) { with_database(add_under_closed_key); }

// Two processes that start on an empty database at the same time have the same keys.
Task<void> start_twice_at_once(pg::Database& database) {
  const auto one = test::make_vault(), two = test::make_vault();
  TaskGroup group;
  group.spawn(one->load(database));
  group.spawn(two->load(database));
  co_await group.join();
  EXPECT_EQ(one->email_index("a@b.example"), two->email_index("a@b.example"));
  const auto keys = one->make_subject(somebody());
  EXPECT_TRUE(two->unwrap(keys.wrapped).has(Purpose::profile));
}

TEST(Vault, IsFoundedOnce) { with_database(start_twice_at_once); }

Task<void> load_with(pg::Database& database, std::unique_ptr<RootKey> root, std::string region,
                     std::string& problem) {
  static SystemRandom random;
  Vault vault(std::move(root), random, {.region = std::move(region)});
  try {
    co_await vault.load(database);
  } catch (const KeyProblem& refusal) {
    problem = refusal.what();
  }
}

Task<void> come_with_another_key(pg::Database& database) {
  static SystemRandom random;
  co_await test::make_vault()->load(database);
  std::string problem;
  auto other = std::make_unique<LocalRootKey>(
      Secret("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), random);
  co_await load_with(database, std::move(other), "eu", problem);
  EXPECT_NE(problem.find("was sealed with root key file:"), std::string::npos) << problem;
  co_await load_with(database, test::known_root_key(random), "us", problem);
  EXPECT_NE(problem.find("region 'eu'"), std::string::npos) << problem;
}

TEST(Vault, IsRefusedWithAnotherRootKeyOrRegion) { with_database(come_with_another_key); }

// --- Blind indexes.

Task<void> index_things(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  EXPECT_EQ(vault->email_index("Ida@Bücher.example"),
            vault->email_index("ida@xn--bcher-kva.example "));
  EXPECT_NE(vault->email_index("ida@a.example"), vault->email_index("ida@b.example"));
  EXPECT_EQ(vault->email_index("ida@a.example").size(), 16u);
  EXPECT_NE(vault->index("network", "ida"), vault->index("email", "ida"));
}

TEST(Vault, FindsAMailboxHoweverItIsTyped) { with_database(index_things); }

Task<void> index_elsewhere(pg::Database& database) {
  const auto vault = test::make_vault();
  co_await vault->load(database);
  const auto here = vault->email_index("ida@a.example");
  const pg::test::Database another(migrations());
  pg::Bytes there;
  const auto other = test::make_vault();
  pg::Database elsewhere(pg::test::options(another.connection()), {&Loop::current()});
  co_await other->load(elsewhere);
  there = other->email_index("ida@a.example");
  elsewhere.close();
  EXPECT_NE(here, there);
}

TEST(Vault, HasAnotherIndexInEachDatabase) { with_database(index_elsewhere); }

}  // namespace
}  // namespace osier::privacy
