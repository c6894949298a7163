// Stands between Osier and PostgreSQL, and cuts the connection at the worst moment: PostgreSQL has
// committed, and its answer is lost.

#pragma once

#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

namespace osier::checkout::test {

class CuttingProxy {
 public:
  // `connection` is a libpq connection string with a Unix socket's folder as host.
  explicit CuttingProxy(const std::string& connection);
  ~CuttingProxy();
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  // The same database through the proxy.
  const std::string& connection() const { return connection_; }
  // The next so many answers to COMMIT are lost, and their connections with them.
  void cut(int commits) { cuts_left_ = commits; }
  int cuts_left() const { return cuts_left_; }

 private:
  void serve();
  void forward(int client, int server);

  std::filesystem::path folder_;
  std::filesystem::path upstream_;
  std::string connection_;
  int listener_ = -1;
  std::atomic<int> cuts_left_ = 0;
  std::atomic<bool> stopping_ = false;
  std::thread thread_;
};

}  // namespace osier::checkout::test
