// Where the signing key and the signed heads are kept. All functions block; they throw
// std::runtime_error with a sentence for the operator.

#pragma once

#include <filesystem>
#include <string>

#include "platform/base/random.h"
#include "platform/crypto/ed25519.h"

namespace osier::audit {

// The key in that file, base64 on one line; made, for its owner alone to read, if there is no such
// file. Two processes that make it at once agree on one.
crypto::SigningKey key_in(const std::filesystem::path& file, Random& random);

// Appends the line and its line feed, and returns when they are on disk. Makes the folder.
void append_line(const std::filesystem::path& file, const std::string& line);

// Everything in the file; empty if there is none.
std::string text_in(const std::filesystem::path& file);

}  // namespace osier::audit
