#include "platform/postgres/private_server.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <fstream>
#include <optional>
#include <system_error>
#include <thread>

#include "platform/base/time.h"
#include "platform/postgres/blocking_connection.h"
#include "platform/postgres/folder_lock.h"
#include "platform/postgres/server_process.h"

namespace osier::pg {

namespace {

namespace fs = std::filesystem;
using Steady = std::chrono::steady_clock;

constexpr std::uint64_t free_bytes_min = 200ULL << 20;
constexpr Duration patience_for_lock = 2s;         // An osier that is just ending.
constexpr Duration patience_for_silence = 60s;     // A server that does not listen yet.
constexpr Duration patience_for_recovery = 15min;  // A server that replays its log after a crash.
constexpr Duration patience_for_fast_stop = 8s;
constexpr Duration patience_for_users = 2s;  // Subcommands that still use the server.
constexpr std::uintmax_t log_bytes_max = 10 << 20;
// The longest path of a Unix socket (sockaddr_un.sun_path) less its end and the socket's name.
constexpr std::size_t socket_folder_length_max = 107 - std::string_view("/.s.PGSQL.5432").size();

Result<void, PrivateServerFailure> check_disk(const fs::path& data) {
  struct statvfs disk{};
  if (statvfs(data.c_str(), &disk) != 0) return {};
  const std::uint64_t free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (free_bytes >= free_bytes_min) return {};
  return refuse(PrivateServerFailure{"the disk of " + data.string() + " has only " +
                                     std::to_string(free_bytes >> 20) +
                                     " MB free; the database needs 200 MB to start"});
}

std::string read_first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

pid_t read_pid(const fs::path& file) {
  const std::string line = read_first_line(file);
  pid_t pid = 0;
  std::from_chars(line.data(), line.data() + line.size(), pid);
  return pid;
}

// Whether the process works in the folder: PostgreSQL's processes have their data folder as working
// directory. A pid alone proves nothing, it may have been given to another process since.
bool works_in(pid_t pid, const fs::path& folder) {
  struct stat of_process{};
  struct stat of_folder{};
  const std::string link = "/proc/" + std::to_string(pid) + "/cwd";
  return stat(link.c_str(), &of_process) == 0 && stat(folder.c_str(), &of_folder) == 0 &&
         of_process.st_dev == of_folder.st_dev && of_process.st_ino == of_folder.st_ino;
}

bool any_process_works_in(const fs::path& folder) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/proc", ignored)) {
    const std::string name = entry.path().filename();
    if (name[0] >= '1' && name[0] <= '9' && works_in(std::atoi(name.c_str()), folder)) return true;
  }
  return false;
}

// A value of a connection string.
std::string quoted(const std::string& value) {
  std::string text = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') text += '\\';
    text += c;
  }
  return text + "'";
}

std::string connection_string(const fs::path& socket_folder, const char* database) {
  return "host=" + quoted(socket_folder) + " port=5432 user=osier dbname=" + database;
}

PGPing ping(const fs::path& socket_folder) {
  const std::string connection =
      connection_string(socket_folder, "postgres") + " connect_timeout=2";
  return PQping(connection.c_str());
}

// Makes the shop's database on the first start.
void ensure_database(const fs::path& socket_folder) {
  BlockingConnection connection(connection_string(socket_folder, "postgres"));
  if (connection.run("SELECT 1 FROM pg_database WHERE datname = 'osier'").empty()) {
    connection.run("CREATE DATABASE osier");
  }
}

}  // namespace

struct PrivateServer::State {
  PrivateServer::Options told;  // By whoever started it.
  fs::path data;
  fs::path sockets;
  std::string connection;
  std::optional<FolderLock> lock;    // Held by whoever runs the server.
  std::optional<FolderLock> in_use;  // Shared by whoever uses the server of another osier.
  pid_t server = 0;                  // 0: another osier's.
  bool is_child = false;

  ~State() { stop(); }

  fs::path folder() const { return data / "postgres"; }
  fs::path log() const { return folder() / "server.log"; }

  bool is_running() {
    if (server == 0) return false;
    if (!is_child) return works_in(server, folder());
    int status = 0;
    return waitpid(server, &status, WNOHANG) == 0;
  }

  bool wait_for_end(Duration patience) {
    const auto give_up_at = Steady::now() + patience;
    while (is_running()) {
      if (Steady::now() > give_up_at) return false;
      std::this_thread::sleep_for(20ms);
    }
    return true;
  }

  void stop() {
    if (server == 0) return;
    try {
      FolderLock::wait_until_unused(data / "osier.users", patience_for_users);
    } catch (const std::system_error&) {
      // Then nobody can be using it by way of that file.
    }
    if (!is_running()) return;
    kill(server, SIGINT);  // Fast shutdown: ends sessions, writes everything to disk.
    if (!wait_for_end(patience_for_fast_stop)) {
      kill(server, SIGQUIT);  // Immediate: the next start replays the log.
      wait_for_end(5s);
    }
    if (sockets != folder()) rmdir(sockets.c_str());
  }

  Result<void, PrivateServerFailure> run_server(const PrivateServer::Options& options);
  Result<void, PrivateServerFailure> create_folder(const fs::path& programs,
                                                   const ServerUser& user);
  Result<void, PrivateServerFailure> find_sockets(const ServerUser& user);
  Result<bool, PrivateServerFailure> adopt();
  Result<void, PrivateServerFailure> wait_until_ready(std::size_t log_start);
  Result<void, PrivateServerFailure> attach(const PrivateServer::Options& options);
};

// The folder is made under another name, so that one that exists is always whole.
Result<void, PrivateServerFailure> PrivateServer::State::create_folder(const fs::path& programs,
                                                                       const ServerUser& user) {
  const fs::path fresh = data / "postgres.new";
  const fs::path setup_log = data / "postgres-setup.log";
  fs::remove_all(fresh);
  fs::remove(setup_log);
  const ServerFolder made(fresh, user);
  const auto created = create_cluster(programs, user, made, setup_log);
  if (!created) return refuse(PrivateServerFailure{created.error().message});
  fs::remove(setup_log);
  fs::rename(fresh, folder());
  return {};
}

// Beside the data, which only the server's user and root may enter; or, if that path is too long
// for a socket, in a folder of the same kind below /tmp.
Result<void, PrivateServerFailure> PrivateServer::State::find_sockets(const ServerUser& user) {
  if (folder().native().size() <= socket_folder_length_max) {
    sockets = folder();
    return {};
  }
  const fs::path elsewhere =
      "/tmp/osier-" + std::to_string(fs::hash_value(folder())) + "-" + std::to_string(user.uid);
  const bool is_new = mkdir(elsewhere.c_str(), 0700) == 0;
  if (is_new && user.is_other && lchown(elsewhere.c_str(), user.uid, user.gid) != 0) {
    return refuse(PrivateServerFailure{"cannot prepare the socket folder " + elsewhere.string()});
  }
  struct stat found{};
  if (lstat(elsewhere.c_str(), &found) != 0 || !S_ISDIR(found.st_mode) ||
      found.st_uid != user.uid || (found.st_mode & 0777) != 0700) {
    return refuse(PrivateServerFailure{"the socket folder " + elsewhere.string() +
                                       " belongs to somebody else: remove it"});
  }
  sockets = elsewhere;
  return {};
}

// Takes over the server that a killed osier has left. False if there is none.
Result<bool, PrivateServerFailure> PrivateServer::State::adopt() {
  const fs::path pid_file = folder() / "postmaster.pid";
  const pid_t pid = read_pid(pid_file);
  if (pid > 0 && works_in(pid, folder())) {
    server = pid;
    is_child = false;
    const auto ready = wait_until_ready(fs::exists(log()) ? fs::file_size(log()) : 0);
    if (ready) return true;
    if (is_running()) return refuse(ready.error());
    server = 0;  // It was ending; nothing is left of it.
  }
  // Children of a server that was killed end by themselves when they notice; two generations must
  // never meet.
  const auto give_up_at = Steady::now() + 10s;
  while (any_process_works_in(folder())) {
    if (Steady::now() > give_up_at) {
      return refuse(PrivateServerFailure{"processes of an earlier database server still work in " +
                                         folder().string() + ": end them first"});
    }
    std::this_thread::sleep_for(50ms);
  }
  // Nobody is left, whatever these say: where nothing collects dead processes (a container), their
  // pids look alive.
  std::error_code ignored;
  fs::remove(pid_file, ignored);
  fs::remove(sockets / ".s.PGSQL.5432.lock", ignored);
  return false;
}

Result<void, PrivateServerFailure> PrivateServer::State::wait_until_ready(std::size_t log_start) {
  const auto started = Steady::now();
  for (;;) {
    const PGPing state = ping(sockets);
    if (state == PQPING_OK) return {};
    const auto waited = Steady::now() - started;
    if (!is_running()) {
      server = is_child ? 0 : server;
      return refuse(PrivateServerFailure{"the database server ended while it started: " +
                                         last_lines(log(), log_start)});
    }
    if (waited > (state == PQPING_REJECT ? patience_for_recovery : patience_for_silence)) {
      return refuse(
          PrivateServerFailure{"the database server does not answer; see " + log().string()});
    }
    std::this_thread::sleep_for(20ms);
  }
}

Result<void, PrivateServerFailure> PrivateServer::State::run_server(
    const PrivateServer::Options& options) {
  if (const auto checked = check_disk(data); !checked) return checked;
  const auto user = server_user();
  if (!user) return refuse(PrivateServerFailure{user.error().message});
  const auto programs = find_programs(options.programs, read_first_line(folder() / "PG_VERSION"));
  if (!programs) return refuse(PrivateServerFailure{programs.error().message});
  if (!fs::exists(folder() / "PG_VERSION")) {
    if (const auto created = create_folder(*programs, *user); !created) return created;
  }
  if (const auto found = find_sockets(*user); !found) return found;
  connection = connection_string(sockets, "osier");

  const auto adopted = adopt();
  if (!adopted) return refuse(adopted.error());
  if (!*adopted) {
    if (fs::exists(log()) && fs::file_size(log()) > log_bytes_max) {
      fs::rename(log(), folder() / "server.log.1");
    }
    const std::size_t log_start = fs::exists(log()) ? fs::file_size(log()) : 0;
    const ServerFolder home(folder(), *user);
    const std::string sockets_for_server =
        sockets == folder() ? home.name_for_server() : sockets.string();
    server =
        start_process({.program = *programs / "postgres",
                       .arguments = server_arguments(home.name_for_server(), sockets_for_server),
                       .user = *user,
                       .folder = &home,
                       .log = log(),
                       .ends_with_parent = false});
    is_child = true;
    if (const auto ready = wait_until_ready(log_start); !ready) return ready;
  }
  ensure_database(sockets);
  return {};
}

// Uses the server of the osier that holds the lock; should that one end meanwhile, its own.
Result<void, PrivateServerFailure> PrivateServer::State::attach(
    const PrivateServer::Options& options) {
  in_use = FolderLock::share(data / "osier.users");
  const auto user = server_user();
  if (!user) return refuse(PrivateServerFailure{user.error().message});
  if (const auto found = find_sockets(*user); !found) return found;
  connection = connection_string(sockets, "osier");
  const auto give_up_at = Steady::now() + patience_for_silence;
  std::string silence;
  while (Steady::now() < give_up_at) {
    try {
      const BlockingConnection probe(connection);
      return {};
    } catch (const BlockingConnection::Failure& failure) {
      silence = failure.what();
    }
    lock = FolderLock::take(data / "osier.lock", 100ms);
    if (!lock) continue;
    in_use.reset();
    return run_server(options);
  }
  return refuse(PrivateServerFailure{
      "another osier (pid " + std::to_string(read_pid(data / "osier.lock")) +
      ") holds this data folder, but its database does not answer: " + silence});
}

Result<PrivateServer, PrivateServerFailure> PrivateServer::start(Options options) {
  try {
    auto state = std::make_unique<State>();
    state->told = options;
    fs::create_directories(options.data);
    state->data = fs::canonical(options.data);
    if (access(state->data.c_str(), W_OK | X_OK) != 0) {
      return refuse(PrivateServerFailure{"the data folder " + state->data.string() +
                                         " is not writable: change its owner, or set OSIER_DATA"});
    }
    const fs::path lock_file = state->data / "osier.lock";
    state->lock = FolderLock::take(lock_file, options.start ? patience_for_lock : Duration{0});
    if (!state->lock && options.start) {
      return refuse(
          PrivateServerFailure{"another osier is already running on this data folder (pid " +
                               std::to_string(read_pid(lock_file)) + ")"});
    }
    const auto ready = state->lock ? state->run_server(options) : state->attach(options);
    if (!ready) return refuse(ready.error());
    return PrivateServer(std::move(state));
  } catch (const std::exception& error) {  // Of the file system, or of the server just started.
    return refuse(PrivateServerFailure{std::string("cannot start the database: ") + error.what()});
  }
}

PrivateServer::PrivateServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
PrivateServer::PrivateServer(PrivateServer&&) noexcept = default;
PrivateServer& PrivateServer::operator=(PrivateServer&&) noexcept = default;
PrivateServer::~PrivateServer() = default;

Result<bool, PrivateServerFailure> PrivateServer::keep_running() {
  if (!state_->lock || state_->is_running()) return false;  // Without the lock it is another's.
  try {
    if (const auto ready = state_->run_server(state_->told); !ready) return refuse(ready.error());
    return true;
  } catch (const std::exception& error) {
    return refuse(
        PrivateServerFailure{std::string("cannot start the database again: ") + error.what()});
  }
}

const std::string& PrivateServer::connection() const { return state_->connection; }

}  // namespace osier::pg
