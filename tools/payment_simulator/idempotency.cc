#include "idempotency.h"

#include "platform/crypto/crypto.h"

namespace osier::simulator {

namespace {

constexpr std::int64_t kept_seconds = 24 * 60 * 60;
constexpr std::size_t key_length_max = 255;

Refusal<ApiError> conflict(int status, std::string code, std::string message) {
  ApiError error;
  error.status = status;
  error.type = "idempotency_error";
  error.code = std::move(code);
  error.message = std::move(message);
  return {std::move(error)};
}

}  // namespace

Answer<std::optional<IdempotencyKeys::Saved>> IdempotencyKeys::begin(const std::string& key,
                                                                     const std::string& call,
                                                                     std::int64_t now) {
  if (key.size() > key_length_max) {
    return invalid("Idempotency key is too long: it may have up to 255 characters.");
  }
  const std::string hash = crypto::sha256_hex(call);
  const auto found = records_.find(key);
  if (found == records_.end() || now - found->second.begun_at > kept_seconds) {
    records_[key] = Record{.call_hash = hash, .begun_at = now, .saved = std::nullopt};
    return std::optional<Saved>{};
  }
  const Record& record = found->second;
  if (record.call_hash != hash) {
    return conflict(400, "",
                    "Keys for idempotent requests can only be used with the same parameters they "
                    "were first used "
                    "with. Try using a key other than '" +
                        key + "' if you meant to execute a different request.");
  }
  if (!record.saved) {
    return conflict(409, "idempotency_key_in_use",
                    "There is currently another in-progress request using this Idempotent Key "
                    "(that probably means "
                    "you submitted twice, and the other request is still going through): " +
                        key + ". Please try again later.");
  }
  return record.saved;
}

void IdempotencyKeys::save(const std::string& key, Saved saved) {
  records_[key].saved = std::move(saved);
}

}  // namespace osier::simulator
