#include "app/endpoints.h"

#include <boost/json.hpp>
#include <fstream>

namespace osier::app {

namespace {

boost::json::value or_null(const std::string& text) {
  return text.empty() ? boost::json::value(nullptr) : boost::json::value(text);
}

}  // namespace

EndpointsFile::EndpointsFile(std::filesystem::path folder, const Endpoints& endpoints)
    : path_(std::move(folder) / "endpoints.json") {
  const boost::json::object json{{"shop", endpoints.shop},
                                 {"admin", or_null(endpoints.admin)},
                                 {"api", endpoints.api},
                                 {"ops", endpoints.ops},
                                 {"mail", or_null(endpoints.mail)},
                                 {"payments", or_null(endpoints.payments)},
                                 {"postgres", endpoints.postgres}};
  const std::filesystem::path fresh = path_.string() + ".new";
  {
    std::ofstream file(fresh);
    // The connection string may hold a password.
    std::filesystem::permissions(
        fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    file << boost::json::serialize(json) << '\n';
  }
  std::filesystem::rename(fresh, path_);
}

EndpointsFile::~EndpointsFile() {
  std::error_code ignored;
  std::filesystem::remove(path_, ignored);
}

std::string describe(const Endpoints& endpoints) {
  const auto row = [](const char* name, const std::string& value) {
    return value.empty() ? std::string() : "  " + std::string(name) + value + "\n";
  };
  return row("Shop        ", endpoints.shop) + row("Admin       ", endpoints.admin) +
         row("Store API   ", endpoints.api + "/store") + row("Mails       ", endpoints.mail) +
         row("Payments    ", endpoints.payments) + row("Operations  ", endpoints.ops) +
         row("PostgreSQL  ", endpoints.postgres);
}

}  // namespace osier::app
