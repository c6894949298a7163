// The member of staff with whom the demo shop is tried out, in development alone. Their password
// and the seed of their authenticator app are random, and lie in DATA/demo_staff.json for the page
// of the ops listener that shows them.

#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "app/shop.h"
#include "platform/base/secret.h"

namespace osier::app {

struct DemoStaff {
  std::string email;
  Secret password;
  Secret seed;
};

// Makes an owner with a second factor, unless somebody is staff already. Throws pg::Error, and
// std::runtime_error if the file cannot be written.
Task<void> make_demo_staff(Shop& shop);

// What make_demo_staff wrote; nothing if it did not.
std::optional<DemoStaff> read_demo_staff(const std::filesystem::path& data);

// GET /demo-staff: e-mail, password and the code of this moment. The clock outlives the router.
void add_demo_staff_page(http::Router& ops, DemoStaff staff, std::string portal_url,
                         const Clock& clock);

// Rows of the table that is printed when the shop is open.
std::string describe(const DemoStaff& staff, const std::string& ops_url);

}  // namespace osier::app
