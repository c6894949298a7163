#include "platform/postgres/test/database.h"

#include <libpq-fe.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <stdexcept>
#include <thread>

#include "platform/async/loop.h"
#include "platform/postgres/blocking_connection.h"
#include "platform/postgres/folder_lock.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/server_process.h"

namespace osier::pg::test {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view folder_prefix = "osier-test-pg-";

template <class T, class Failure>
T value_or_throw(Result<T, Failure> result) {
  if (!result) throw std::runtime_error(result.error().message);
  return std::move(*result);
}

// In memory if there is room: a test server loses nothing that it could keep, and emptying its
// tables makes and removes files all the time.
fs::path parent_folder() {
  constexpr std::uintmax_t room = 4ULL << 30;
  const fs::path memory = "/dev/shm";
  std::error_code error;
  const auto space = fs::space(memory, error);
  const bool is_there = !error && space.available >= room && access(memory.c_str(), W_OK) == 0;
  return is_there ? memory : fs::path("/tmp");
}

// What test programs that were killed have left behind.
void remove_old_folders(const fs::path& parent) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(parent, ignored)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with(folder_prefix)) continue;
    const pid_t pid = std::atoi(name.c_str() + folder_prefix.size());
    if (pid > 0 && ::kill(pid, 0) != 0 && errno == ESRCH) fs::remove_all(entry.path(), ignored);
  }
}

// initdb takes a second; its result is kept in the build folder and copied for each server.
fs::path initialised_folder(const fs::path& programs, const ServerUser& user) {
  const fs::path cache = fs::path(OSIER_TEST_CACHE) / ("postgres-" + std::to_string(geteuid()));
  fs::create_directories(cache);
  const auto lock = FolderLock::take(cache / "lock", 60s);
  const fs::path ready = cache / "cluster";
  if (!lock || fs::exists(ready / "PG_VERSION")) return ready;
  const fs::path fresh = cache / "new";
  fs::remove_all(fresh);
  {
    const ServerFolder folder(fresh, user);
    const auto created = create_cluster(programs, user, folder, cache / "initdb.log");
    if (!created) throw std::runtime_error(created.error().message);
  }
  fs::rename(fresh, ready);
  return ready;
}

void give_to(const ServerUser& user, const fs::path& folder) {
  if (!user.is_other) return;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (lchown(entry.path().c_str(), user.uid, user.gid) != 0) {
      throw std::runtime_error("cannot change the owner of " + entry.path().string());
    }
  }
}

// The connection string with another database's name.
std::string with_database(const std::string& connection, const std::string& database) {
  const std::unique_ptr<PQconninfoOption, void (*)(PQconninfoOption*)> options(
      PQconninfoParse(connection.c_str(), nullptr), &PQconninfoFree);
  if (!options) throw std::runtime_error("OSIER_TEST_DATABASE_URL is not a connection string");
  std::string text = "dbname=" + database;
  for (auto* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr || std::string_view(option->keyword) == "dbname") continue;
    text += std::string(" ") + option->keyword + "='";
    for (const char* c = option->val; *c != '\0'; ++c) {
      if (*c == '\'' || *c == '\\') text += '\\';
      text += *c;
    }
    text += '\'';
  }
  return text;
}

void drop(const std::string& database) {
  try {
    BlockingConnection(server().connection()).run("DROP DATABASE " + database + " WITH (FORCE)");
  } catch (const BlockingConnection::Failure&) {
    // The server may have been killed by the test; its folder goes with it.
  }
}

// Dropped at the end of the program, for a server that outlives it.
struct Templates {
  ~Templates() {
    if (std::getenv("OSIER_TEST_DATABASE_URL") == nullptr) return;
    for (const auto& [files, name] : names) drop(name);
  }
  std::map<const EmbeddedFile*, std::string> names;
};

// The template with these migrations, made at the first call.
const std::string& template_with(std::span<const EmbeddedFile> migrations) {
  static Templates templates;
  auto& name = templates.names[migrations.data()];
  if (!name.empty()) return name;
  const std::string fresh =
      "osier_template_" + std::to_string(getpid()) + "_" + std::to_string(templates.names.size());
  BlockingConnection(server().connection()).run("CREATE DATABASE " + fresh);
  value_or_throw(migrate(server().connection(fresh), migrations));
  return name = fresh;
}

// Lets rollbacks and the like end before their loop does: what a stopped loop leaves behind counts
// as a leak.
Task<void> drain(pg::Database& database) {
  database.close();
  for (int i = 0; i < 2000 && database.statistics().open > 0; ++i) co_await sleep_for(1ms);
  co_await sleep_for(1ms);
}

Task<void> run_with(DatabaseOptions options, const std::function<Task<void>(pg::Database&)>& work) {
  pg::Database database(std::move(options), {&Loop::current()});
  std::exception_ptr error;
  try {
    co_await work(database);
  } catch (...) {
    error = std::current_exception();
  }
  co_await drain(database);
  if (error) std::rethrow_exception(error);
}

}  // namespace

Server::Server(std::vector<std::string> settings) : settings_(std::move(settings)) {
  const fs::path parent = parent_folder();
  remove_old_folders(parent);
  const auto user = value_or_throw(server_user());
  const auto programs = value_or_throw(find_programs({}, {}));
  std::string pattern =
      parent / (std::string(folder_prefix) + std::to_string(getpid()) + "-XXXXXX");
  if (mkdtemp(pattern.data()) == nullptr)
    throw std::runtime_error("cannot make a folder in " + parent.string());
  folder_ = pattern;
  const ServerFolder owned(folder_, user);
  const fs::path source = initialised_folder(programs, user);
  fs::copy(source, folder_, fs::copy_options::recursive);
  give_to(user, folder_);
  start();
}

Server::~Server() {
  if (process_ != 0) kill();
  std::error_code ignored;
  if (!folder_.empty()) fs::remove_all(folder_, ignored);
}

void Server::start() {
  const auto user = value_or_throw(server_user());
  const auto programs = value_or_throw(find_programs({}, {}));
  const ServerFolder folder(folder_, user);
  ProcessOptions options{.program = programs / "postgres",
                         .arguments = {"-D", folder_.string()},
                         .user = user,
                         .folder = &folder,
                         .log = folder_ / "server.log",
                         .ends_with_parent = true};
  std::vector<std::string> settings = {"listen_addresses=",
                                       "unix_socket_directories=" + folder_.string(),
                                       "fsync=off",
                                       "full_page_writes=off",
                                       "shared_buffers=64MB",
                                       "max_connections=200",
                                       "jit=off",
                                       "max_parallel_workers_per_gather=0"};
  settings.insert(settings.end(), settings_.begin(), settings_.end());
  for (const auto& setting : settings) {
    options.arguments.push_back("-c");
    options.arguments.push_back(setting);
  }
  process_ = start_process(options);
  for (int i = 0; i < 3000; ++i) {
    if (PQping(connection().c_str()) == PQPING_OK) return;
    if (waitpid(process_, nullptr, WNOHANG) != 0) break;
    std::this_thread::sleep_for(10ms);
  }
  throw std::runtime_error("the test server did not start: " +
                           last_lines(folder_ / "server.log", 0));
}

void Server::kill() {
  if (process_ == 0) throw std::runtime_error("this server is not ours to kill");
  ::kill(process_, SIGQUIT);
  waitpid(process_, nullptr, 0);
  process_ = 0;
}

std::string Server::connection(const std::string& database) const {
  if (!outer_connection_.empty()) return with_database(outer_connection_, database);
  return "host=" + folder_.string() + " port=5432 user=osier dbname=" + database;
}

Server& server() {
  const char* const outer = std::getenv("OSIER_TEST_DATABASE_URL");
  if (outer != nullptr && *outer != '\0') {
    static Server given(Server::Kind::outer, outer);
    return given;
  }
  static Server own;
  return own;
}

Database::Database(std::span<const EmbeddedFile> migrations) {
  static std::atomic<int> count = 0;
  name_ = "osier_test_" + std::to_string(getpid()) + "_" + std::to_string(++count);
  const std::string source = migrations.empty() ? "template1" : template_with(migrations);
  BlockingConnection(server().connection()).run("CREATE DATABASE " + name_ + " TEMPLATE " + source);
  connection_ = server().connection(name_);
}

Database::~Database() { drop(name_); }

DatabaseOptions options(const std::string& connection) {
  DatabaseOptions options;
  options.connection = connection;
  options.acquire_timeout = 10s;
  options.connect_timeout = 10s;
  options.statement_timeout = 20s;
  options.lock_timeout = 10s;
  return options;
}

void run(const std::string& connection, std::function<Task<void>(pg::Database&)> work) {
  run(options(connection), std::move(work));
}

void run(DatabaseOptions options, std::function<Task<void>(pg::Database&)> work) {
  run_to_end(run_with(std::move(options), work));
}

}  // namespace osier::pg::test
