// Serves one page from memory through the quick road, for bench/page.sh: what the HTTP server
// itself can do.
//
//   http_bench_server PORT FILE LOOPS

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <thread>

#include "platform/http/server.h"

using namespace osier;

namespace {

Task<http::Response> not_cached(http::Request) { co_return http::text(503, "not cached\n"); }

http::Router routes_of(std::shared_ptr<const std::string> page) {
  http::Router router;
  http::RouteOptions options;
  options.quick = [page](const http::Request&) -> std::optional<http::Response> {
    http::Response response;
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add("ETag", "\"bench\"");
    response.shared_body = page;
    return response;
  };
  router.get("/page.html", http::Access::everyone(), not_cached, std::move(options));
  return router;
}

int serve(const http::ServerOptions& options, const http::Router& router, int loop_count) {
  std::vector<std::unique_ptr<Loop>> loops;
  std::vector<Loop*> pointers;
  for (int i = 0; i < loop_count; ++i) {
    pointers.push_back(loops.emplace_back(std::make_unique<Loop>()).get());
  }
  http::Server server(options, router, pointers);
  std::vector<std::thread> threads;
  for (Loop* loop : pointers) threads.emplace_back([loop] { loop->run(); });

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  int signal = 0;
  sigwait(&signals, &signal);

  run_to_end(server.drain(2s));
  for (Loop* loop : pointers) loop->stop();
  for (auto& thread : threads) thread.join();
  return 0;
}

}  // namespace

int main(int count, char** words) {
  if (count != 4) {
    std::cerr << "usage: http_bench_server PORT FILE LOOPS\n";
    return 2;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::ifstream file(words[2], std::ios::binary);
  auto page = std::make_shared<const std::string>(std::istreambuf_iterator<char>(file),
                                                  std::istreambuf_iterator<char>());
  http::ServerOptions options;
  options.port = static_cast<std::uint16_t>(std::atoi(words[1]));
  const http::Router router = routes_of(std::move(page));
  return serve(options, router, std::atoi(words[3]));
}
