// An issuer on a port of this machine that says what the test tells it to. For tests of what we do
// when it lies, rotates its keys or is away; journeys use a real one.

#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "platform/http/server.h"

namespace osier::identity::test {

// A loop on a thread of its own.
class LoopThread {
 public:
  LoopThread() : thread_([this] { loop_.run(); }) {}
  ~LoopThread() { stop(); }
  Loop& loop() { return loop_; }
  void stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] { loop_.stop(); });  // Also if it has not begun yet.
    thread_.join();
  }

 private:
  Loop loop_;
  std::thread thread_;
};

class FakeIssuer {
 public:
  struct Reply {
    int status = 404;
    std::string body = "{}";
    std::string location{};
  };

  FakeIssuer() {
    const http::Handler handler = [this](http::Request request) {
      return answer(std::move(request));
    };
    router_.get("/{path*}", http::Access::everyone(), handler);
    router_.post("/{path*}", http::Access::everyone(), handler);
    server_.emplace(http::ServerOptions{.port = 0}, router_, std::vector<Loop*>{&thread_.loop()});
  }
  ~FakeIssuer() { run_to_end(server_->drain(std::chrono::milliseconds(10))); }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  // From now on.
  void says(const std::string& path, Reply reply) {
    const std::lock_guard lock(mutex_);
    replies_[path] = std::move(reply);
  }
  void says(const std::string& path, std::string body) {
    says(path, Reply{.status = 200, .body = std::move(body)});
  }

  int calls(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    const auto found = requests_.find(path);
    return found == requests_.end() ? 0 : static_cast<int>(found->second.size());
  }
  http::Request last(const std::string& path) const {
    const std::lock_guard lock(mutex_);
    return requests_.at(path).back();
  }

 private:
  Task<http::Response> answer(http::Request request) {
    Reply reply;
    {
      const std::lock_guard lock(mutex_);
      requests_[request.path].push_back(request);
      if (const auto found = replies_.find(request.path); found != replies_.end()) {
        reply = found->second;
      }
    }
    auto response = http::json(reply.status, reply.body);
    if (!reply.location.empty()) response.headers.set("Location", reply.location);
    co_return response;
  }

  mutable std::mutex mutex_;
  std::map<std::string, Reply> replies_;
  std::map<std::string, std::vector<http::Request>> requests_;
  http::Router router_;
  LoopThread thread_;
  std::optional<http::Server> server_;
};

}  // namespace osier::identity::test
