// Asks for pages.
//
//   page_client get --port P --clients N --seconds S < PATHS   in turn, each line of standard input
//   a path; prints rate
//                                                              and percentiles of the time to the
//                                                              whole answer
//   page_client start --port P --path / -- COMMAND…            starts a server, prints the
//   milliseconds until it has
//                                                              answered the path with 200, and
//                                                              stops it
//   page_client change --port P --path / --without TEXT        waits until the page no longer holds
//   TEXT, and prints
//                                                              the milliseconds it took; asks every
//                                                              two milliseconds

#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "bench/load/figures.h"
#include "bench/load/http_connection.h"

namespace osier::bench {
namespace {

struct Options {
  std::uint16_t port = 0;
  int clients = 1;
  int seconds = 10;
  std::string path = "/";
  std::string without;
  std::vector<std::string> command;
};

struct Work {
  std::vector<std::string> paths;
  std::size_t next = 0;
  Steady::time_point end;
  Figures figures;
};

Task<void> read_pages(Loop& loop, Work& work, std::uint16_t port) {
  HttpConnection connection(loop, port);
  while (Steady::now() < work.end) {
    const std::string path = work.paths[work.next++ % work.paths.size()];
    const auto start = Steady::now();
    const auto answer = co_await connection.get(path);
    if (answer.status == 200) {
      work.figures.add(start);
    } else {
      work.figures.fail();
    }
  }
}

Task<void> run_get(Loop& loop, Options options) {
  Work work;
  for (std::string line; std::getline(std::cin, line);) {
    if (!line.empty()) work.paths.push_back(line);
  }
  if (work.paths.empty()) throw std::runtime_error("there are no paths on standard input");
  const auto start = Steady::now();
  work.end = start + std::chrono::seconds(options.seconds);
  std::vector<Task<void>> clients;
  for (int i = 0; i < options.clients; ++i) clients.push_back(read_pages(loop, work, options.port));
  co_await when_all(std::move(clients));
  work.figures.print(static_cast<double>(micros_since(start)) / 1e6);
}

// True if the page is there and, as long as `without` is not empty, no longer holds it.
Task<bool> is_answered(Loop& loop, Options options) {
  try {
    HttpConnection connection(loop, options.port);
    const auto answer = co_await connection.get(options.path);
    const bool is_old =
        !options.without.empty() && answer.body.find(options.without) != std::string::npos;
    co_return answer.status == 200 && !is_old;
  } catch (const std::exception&) {
    co_return false;
  }
}

Task<void> wait_for_page(Loop& loop, Options options, Steady::time_point start) {
  const auto give_up_at = start + std::chrono::seconds(60);
  while (Steady::now() < give_up_at) {
    if (co_await is_answered(loop, options)) {
      std::printf("milliseconds %.1f\n", static_cast<double>(micros_since(start)) / 1e3);
      co_return;
    }
    co_await sleep_for(2ms);
  }
  throw std::runtime_error("the page did not come within a minute");
}

void run_start(Loop& loop, Options options) {
  std::vector<char*> words;
  for (std::string& word : options.command) words.push_back(word.data());
  words.push_back(nullptr);
  const auto start = Steady::now();
  const pid_t child = fork();
  if (child == 0) {
    execvp(words[0], words.data());
    _exit(127);
  }
  std::string problem;
  try {
    run_to_end(loop, wait_for_page(loop, options, start));
  } catch (const std::exception& error) {
    problem = error.what();
  }
  kill(child, SIGTERM);
  waitpid(child, nullptr, 0);
  if (!problem.empty()) throw std::runtime_error(problem);
}

void run(const std::string& kind, const Options& options) {
  Loop loop;
  if (kind == "start") return run_start(loop, options);
  run_to_end(loop,
             kind == "get" ? run_get(loop, options) : wait_for_page(loop, options, Steady::now()));
}

}  // namespace
}  // namespace osier::bench

int main(int argc, char** argv) {
  using namespace osier;
  CLI::App app{"Asks for pages, for ./dev bench"};
  bench::Options options;
  std::string kind;
  app.add_option("kind", kind)->required()->check(CLI::IsMember({"get", "start", "change"}));
  app.add_option("--port", options.port)->required();
  app.add_option("--clients", options.clients)->check(CLI::Range(1, 4'000));
  app.add_option("--seconds", options.seconds)->check(CLI::Range(1, 600));
  app.add_option("--path", options.path);
  app.add_option("--without", options.without);
  app.add_option("command", options.command);
  CLI11_PARSE(app, argc, argv);
  alarm(static_cast<unsigned>(options.seconds) + 90);  // Whatever happens, it ends.
  try {
    bench::run(kind, options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "page_client: %s\n", error.what());
    return 1;
  }
  return 0;
}
