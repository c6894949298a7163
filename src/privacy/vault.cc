#include "privacy/vault.h"

#include <fmt/format.h>

#include <map>

#include "platform/base/require.h"
#include "platform/crypto/crypto.h"
#include "privacy/email.h"
#include "privacy/key_store.h"
#include "privacy/subjects.h"

namespace osier::privacy {

std::string_view to_string(Purpose purpose) {
  switch (purpose) {
    case Purpose::profile:
      return "profile";
    case Purpose::invoice:
      return "invoice";
  }
}

// What a process knows; swapped as a whole.
struct Vault::Ring {
  std::map<Uuid, crypto::SealingKey> wrapping;
  Uuid current;
  std::optional<crypto::SealingKey> index;
  std::optional<crypto::SealingKey> shop;
};

namespace {

constexpr unsigned char version = 1;
constexpr std::size_t index_size = 16;

std::string_view view_of(const pg::Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

pg::Bytes versioned(std::string_view sealed) {
  pg::Bytes bytes;
  bytes.reserve(1 + sealed.size());
  bytes.push_back(version);
  bytes.insert(bytes.end(), sealed.begin(), sealed.end());
  return bytes;
}

// Nothing for another version, too.
std::optional<std::string> open_versioned(const crypto::SealingKey& key, std::string_view context,
                                          std::string_view bytes) {
  if (bytes.empty() || static_cast<unsigned char>(bytes[0]) != version) return std::nullopt;
  return crypto::open(key, context, bytes.substr(1));
}

std::string data_key_context(SubjectId subject, Purpose purpose, Uuid wrapping_key) {
  return fmt::format("v1|data_key|{}|{}|{}", subject.value().to_string(), to_string(purpose),
                     wrapping_key.to_string());
}

std::string shop_key_context(std::string_view name, Uuid wrapping_key) {
  return fmt::format("v1|shop_key|{}|{}", name, wrapping_key.to_string());
}

}  // namespace

Vault::Vault(std::unique_ptr<RootKey> root, Random& random, VaultOptions options)
    : root_(std::move(root)), random_(random), options_(std::move(options)) {}

Vault::~Vault() = default;

std::shared_ptr<const Vault::Ring> Vault::ring() const {
  auto ring = std::atomic_load(&ring_);
  require(ring != nullptr, "the vault was loaded before it is used");
  return ring;
}

// --- Loading.

Task<void> Vault::load(pg::Database& database) {
  auto ring = co_await read_ring(database);
  if (ring == nullptr) {
    co_await found(database);
    ring = co_await read_ring(database);
    require(ring != nullptr, "keys that were just made are there");
  }
  std::atomic_store(&ring_, ring);
}

static crypto::SealingKey unwrap_shop_key(const ShopKeyRow& row,
                                          const std::map<Uuid, crypto::SealingKey>& wrapping) {
  const auto under = wrapping.find(row.wrapping_key);
  const auto bytes =
      under == wrapping.end()
          ? std::nullopt
          : open_versioned(under->second, shop_key_context(row.name, row.wrapping_key),
                           view_of(row.wrapped));
  auto key = bytes ? crypto::SealingKey::from(*bytes) : std::nullopt;
  if (!key) throw KeyProblem("the row " + row.name + " of privacy.shop_keys does not open");
  return *key;
}

// Nothing if the database has no keys yet. The root key is asked only for what is not known.
Task<std::shared_ptr<const Vault::Ring>> Vault::read_ring(pg::Database& database) {
  const auto known = std::atomic_load(&ring_);
  const auto stored = co_await read_keys(database);
  if (stored.wrapping.empty()) co_return nullptr;
  auto ring = std::make_shared<Ring>();
  for (const WrappingKeyRow& row : stored.wrapping) {
    if (row.place.region != options_.region) {
      throw KeyProblem(fmt::format(
          "the personal data of this database is of region '{}', but OSIER_REGION is '{}': set it "
          "back; data moves to another region by export and import only",
          row.place.region, options_.region));
    }
    if (row.state == "current") ring->current = row.place.id;
    if (known && known->wrapping.contains(row.place.id)) {
      ring->wrapping.emplace(row.place.id, known->wrapping.at(row.place.id));
    } else {
      auto key = co_await root_->unwrap(row.wrapped, row.place);
      ring->wrapping.emplace(row.place.id, std::move(key));
    }
  }
  if (!ring->wrapping.contains(ring->current))
    throw KeyProblem("no row of privacy.wrapping_keys is current");
  for (const ShopKeyRow& row : stored.shop) {
    auto& slot = row.name == "index" ? ring->index : ring->shop;
    slot = unwrap_shop_key(row, ring->wrapping);
  }
  if (!ring->index || !ring->shop) throw KeyProblem("privacy.shop_keys lacks a row");
  co_return ring;
}

Task<void> Vault::found(pg::Database& database) {
  co_await root_->make_if_missing();
  WrappingKeyRow row;
  const SystemClock clock;
  row.place = {.id = Uuid::v7(clock.now()), .region = options_.region};
  row.state = "current";
  const auto wrapping = crypto::SealingKey::make(random_);
  row.wrapped = co_await root_->wrap(wrapping, row.place);
  std::vector<ShopKeyRow> shop;
  for (const std::string_view name : {"index", "shop"}) {
    const auto key = crypto::SealingKey::make(random_);
    const auto sealed =
        crypto::seal(wrapping, random_, shop_key_context(name, row.place.id), key.bytes());
    shop.push_back(
        {.name = std::string(name), .wrapped = versioned(sealed), .wrapping_key = row.place.id});
  }
  co_await insert_first_keys(database, std::move(row), std::move(shop));
}

// --- Data keys.

NewSubject Vault::make_subject(SubjectId id, std::optional<SubjectId> owner) const {
  NewSubject made{.wrapped = {}, .owner = owner, .keys = {}};
  made.keys.subject_ = id;
  made.keys.profile_ = crypto::SealingKey::make(random_);
  made.keys.invoice_ = crypto::SealingKey::make(random_);
  made.wrapped = wrap(made.keys);
  return made;
}

WrappedKeys Vault::wrap(const Keys& keys) const {
  const auto ring = this->ring();
  WrappedKeys wrapped{.subject = keys.subject(),
                      .profile = std::nullopt,
                      .invoice = std::nullopt,
                      .wrapping_key = ring->current};
  for (const Purpose purpose : {Purpose::profile, Purpose::invoice}) {
    const auto& key = keys.key(purpose);
    if (!key) continue;
    auto& slot = purpose == Purpose::profile ? wrapped.profile : wrapped.invoice;
    slot = versioned(crypto::seal(ring->wrapping.at(ring->current), random_,
                                  data_key_context(keys.subject(), purpose, ring->current),
                                  key->bytes()));
  }
  return wrapped;
}

Keys Vault::unwrap(const WrappedKeys& wrapped) const {
  Keys keys;
  keys.subject_ = wrapped.subject;
  if (!wrapped.profile && !wrapped.invoice) return keys;
  const auto ring = this->ring();
  const auto under = ring->wrapping.find(wrapped.wrapping_key);
  if (under == ring->wrapping.end()) {
    throw KeysBehind("wrapping key " + wrapped.wrapping_key.to_string() +
                     " is not known to this process yet");
  }
  for (const Purpose purpose : {Purpose::profile, Purpose::invoice}) {
    const auto& key = purpose == Purpose::profile ? wrapped.profile : wrapped.invoice;
    if (!key) continue;
    const auto bytes = open_versioned(
        under->second, data_key_context(wrapped.subject, purpose, wrapped.wrapping_key),
        view_of(*key));
    auto& slot = purpose == Purpose::profile ? keys.profile_ : keys.invoice_;
    if (bytes) slot = crypto::SealingKey::from(*bytes);
    if (!slot) {
      throw DoesNotOpen(fmt::format("the {} key of subject {} does not open", to_string(purpose),
                                    wrapped.subject.value().to_string()));
    }
  }
  return keys;
}

static constexpr pg::Statement select_keys_sql{"privacy.select_keys", R"sql(
  SELECT subject, profile_key, invoice_key, wrapping_key
    FROM privacy.subject_keys
   WHERE subject = $1
)sql"};

Task<Keys> Vault::keys_of(pg::Database& database, SubjectId id) const {
  const auto row = co_await database.run_one(select_keys_sql, id);
  co_return row ? unwrap(read_wrapped_keys(*row)) : Keys();
}

Task<Keys> Vault::keys_of(pg::Transaction& transaction, SubjectId id) const {
  const auto row = co_await transaction.run_one(select_keys_sql, id);
  co_return row ? unwrap(read_wrapped_keys(*row)) : Keys();
}

// --- Values.

std::string Vault::context_of(SubjectId subject, Purpose purpose, const Place& place) const {
  return fmt::format("v1|{}|{}|{}|{}|{}|{}", place.table, place.column, place.row.to_string(),
                     options_.region, subject.value().to_string(), to_string(purpose));
}

pg::Bytes Vault::seal(const Keys& keys, Purpose purpose, const Place& place,
                      std::string_view text) const {
  const auto& key = keys.key(purpose);
  if (!key) {
    throw Forgotten(fmt::format("the {} key of subject {} is forgotten", to_string(purpose),
                                keys.subject().value().to_string()));
  }
  return versioned(crypto::seal(*key, random_, context_of(keys.subject(), purpose, place), text));
}

std::optional<std::string> Vault::open(const Keys& keys, Purpose purpose, const Place& place,
                                       const pg::Bytes& sealed) const {
  const auto& key = keys.key(purpose);
  if (!key) return std::nullopt;
  auto text = open_versioned(*key, context_of(keys.subject(), purpose, place), view_of(sealed));
  if (!text) {
    throw DoesNotOpen(fmt::format("{} of {}, row {}, does not open", place.column, place.table,
                                  place.row.to_string()));
  }
  return text;
}

std::string Vault::seal_for_shop(std::string_view place, std::string_view text) const {
  const auto ring = this->ring();
  const auto context = fmt::format("v1|shop|{}|{}", options_.region, place);
  return static_cast<char>(version) + crypto::seal(*ring->shop, random_, context, text);
}

std::string Vault::open_for_shop(std::string_view place, std::string_view sealed) const {
  const auto ring = this->ring();
  const auto context = fmt::format("v1|shop|{}|{}", options_.region, place);
  auto text = open_versioned(*ring->shop, context, sealed);
  if (!text) throw DoesNotOpen(std::string(place) + " does not open");
  return std::move(*text);
}

// --- Blind indexes.

pg::Bytes Vault::email_index(std::string_view email) const {
  return index("email", normalised_email(email));
}

pg::Bytes Vault::index(std::string_view kind, std::string_view text) const {
  const auto ring = this->ring();
  const auto digest =
      crypto::hmac_sha256(ring->index->bytes(), fmt::format("{}:v1:{}", kind, text));
  return {digest.begin(), digest.begin() + index_size};
}

}  // namespace osier::privacy
