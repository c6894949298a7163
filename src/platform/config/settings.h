// The table of all settings with what reads and shows each. Inside platform/config only.

#pragma once

#include <string>
#include <vector>

#include "platform/config/config.h"

namespace osier::config {

struct Row {
  Setting setting;
  // Puts the text into the configuration; or says what it must be ("must be ..."), and changes
  // nothing.
  std::string (*read)(Config&, const std::string& text);
  // As it would be written. Not called for secrets; see is_set.
  std::string (*show)(const Config&);
  // Only for secrets: whether there is anything to mask.
  bool (*is_set)(const Config&) = nullptr;
};

const std::vector<Row>& rows();

// OSIER_STRIPE_API_BASE and --stripe-api-base.
std::string variable_of(std::string_view name);
std::string flag_of(std::string_view name);

}  // namespace osier::config
