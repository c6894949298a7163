// data/endpoints.json: where this process can be reached, for scripts and people. There while the
// shop is ready.

#pragma once

#include <filesystem>
#include <string>

namespace osier::app {

struct Endpoints {
  std::string shop;
  std::string api;
  std::string admin;  // Empty: this process has no admin portal.
  std::string ops;
  std::string mail;      // Empty: mails leave by SMTP.
  std::string payments;  // The provider's API.
  std::string postgres;  // A libpq connection string.
};

class EndpointsFile {
 public:
  // Written whole, by rename; readable by the owner alone. Throws
  // std::filesystem::filesystem_error.
  EndpointsFile(std::filesystem::path folder, const Endpoints& endpoints);
  ~EndpointsFile();
  EndpointsFile(const EndpointsFile&) = delete;
  EndpointsFile& operator=(const EndpointsFile&) = delete;

 private:
  std::filesystem::path path_;
};

// The same as a table for people.
std::string describe(const Endpoints& endpoints);

}  // namespace osier::app
