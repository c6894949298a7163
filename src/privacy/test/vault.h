// A vault for tests, with a root key that is known to everybody.

#pragma once

#include "privacy/local_root_key.h"
#include "privacy/vault.h"

namespace osier::privacy::test {

inline std::unique_ptr<RootKey> known_root_key(Random& random) {
  return std::make_unique<LocalRootKey>(Secret("MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="),
                                        random);
}

// To be loaded from the test's database.
inline std::unique_ptr<Vault> make_vault() {
  static SystemRandom random;
  return std::make_unique<Vault>(known_root_key(random), random);
}

}  // namespace osier::privacy::test
