// Files of the shop: originals and variants of images, documents. Named bytes with a content type.
//
// A name is written once with one content (use a hash of it); writing it again replaces it whole.
// Reads see the old or the new bytes, never a mixture.

#pragma once

#include <compare>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "platform/async/task.h"

namespace osier::blob {

// 1 to 128 of a-z, 0-9, '-', '_' and '.', beginning with a letter or digit, without "..": a name
// that means nothing special to any file system, shell or URL.
class Name {
 public:
  static std::optional<Name> parse(std::string_view text);

  const std::string& value() const { return value_; }

  friend bool operator==(const Name&, const Name&) = default;
  friend auto operator<=>(const Name&, const Name&) = default;

 private:
  explicit Name(std::string value) : value_(std::move(value)) {}
  std::string value_;
};

struct Blob {
  std::string bytes;
  std::string content_type;
};

// The store cannot be read or written now: disk full, no permission, service away.
class Unavailable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The port. Everything waits without blocking the loop, and throws Unavailable.
class Store {
 public:
  virtual ~Store() = default;

  // Returns once the bytes survive a power cut. `content_type` has no line break.
  virtual Task<void> put(Name name, std::string bytes, std::string content_type) = 0;
  // Nothing if there is no such blob.
  virtual Task<std::optional<Blob>> get(Name name) = 0;
  virtual Task<bool> exists(Name name) = 0;
  // Does nothing if there is no such blob.
  virtual Task<void> remove(Name name) = 0;
};

}  // namespace osier::blob
