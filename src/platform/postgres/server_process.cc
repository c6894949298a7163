#include "platform/postgres/server_process.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <system_error>

namespace osier::pg {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void throw_errno(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), what);
}

bool has_programs(const fs::path& folder) {
  return access((folder / "initdb").c_str(), X_OK) == 0 &&
         access((folder / "postgres").c_str(), X_OK) == 0;
}

// Only in a child: becomes the server's user for good.
bool become(const ServerUser& user) {
  if (!user.is_other) return true;
  return setgroups(0, nullptr) == 0 && setgid(user.gid) == 0 && setuid(user.uid) == 0;
}

// Whether the user may enter every folder on the way to `path`. Asked of the system itself, in a
// child.
bool can_reach(const ServerUser& user, const fs::path& path) {
  if (!user.is_other) return true;
  const pid_t child = fork();
  if (child < 0) throw_errno("cannot start a process");
  if (child == 0) _exit(become(user) && access(path.c_str(), R_OK | W_OK | X_OK) == 0 ? 0 : 1);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int major_version(const fs::path& folder) { return std::atoi(folder.filename().c_str()); }

// Debian keeps one folder per major version; the newest comes first.
std::vector<fs::path> debian_programs() {
  std::vector<fs::path> versions;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", ignored)) {
    versions.push_back(entry.path());
  }
  std::sort(versions.begin(), versions.end(), [](const fs::path& left, const fs::path& right) {
    return major_version(left) > major_version(right);
  });
  return versions;
}

std::vector<fs::path> folders_on_path() {
  std::vector<fs::path> folders;
  const char* const path = std::getenv("PATH");
  std::istringstream parts(path == nullptr ? "" : path);
  for (std::string part; std::getline(parts, part, ':');) {
    if (!part.empty()) folders.emplace_back(part);
  }
  return folders;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Result<ServerUser, ServerFailure> server_user() {
  if (geteuid() != 0) return ServerUser{geteuid(), getegid(), false};
  const passwd* const entry = getpwnam("postgres");
  if (entry == nullptr) {
    return refuse(ServerFailure{
        "PostgreSQL does not run as root, and this machine has no user `postgres` for it: install "
        "Debian's package postgresql, or run osier as another user"});
  }
  return ServerUser{entry->pw_uid, entry->pw_gid, true};
}

Result<fs::path, ServerFailure> find_programs(const fs::path& wanted, const std::string& version) {
  if (!wanted.empty()) {
    if (has_programs(wanted)) return wanted;
    return refuse(ServerFailure{"there is no PostgreSQL (initdb, postgres) in " + wanted.string()});
  }
  for (const auto& folder : debian_programs()) {
    if (!version.empty() && folder.filename() != version) continue;
    if (has_programs(folder / "bin")) return folder / "bin";
  }
  for (const auto& folder : folders_on_path()) {
    if (has_programs(folder)) return folder;
  }
  if (!version.empty()) {
    return refuse(ServerFailure{"the database was made by PostgreSQL " + version +
                                ", which is not installed here: apt-get install postgresql-" +
                                version});
  }
  return refuse(ServerFailure{
      "PostgreSQL is not installed: apt-get install postgresql, or name a database in "
      "OSIER_DATABASE_URL"});
}

ServerFolder::ServerFolder(fs::path path, const ServerUser& user) : path_(std::move(path)) {
  if (mkdir(path_.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno("cannot make " + path_.string());
  descriptor_ = ::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
  if (descriptor_ < 0) throw_errno("cannot open " + path_.string());
  if (user.is_other && fchown(descriptor_, user.uid, user.gid) != 0) {
    throw_errno("cannot give " + path_.string() + " to the user postgres");
  }
  name_for_server_ =
      can_reach(user, path_) ? path_.string() : "/proc/self/fd/" + std::to_string(descriptor_);
}

ServerFolder::~ServerFolder() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

pid_t start_process(const ProcessOptions& options) {
  // Everything that takes memory happens before the fork: after it, another thread's lock may be
  // held for ever.
  std::vector<std::string> arguments = options.arguments;
  arguments.insert(arguments.begin(), options.program.string());
  std::vector<std::string> environment = {"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C",
                                          "TZ=UTC"};
  const auto argument_pointers = pointers_to(arguments);
  const auto environment_pointers = pointers_to(environment);
  const int log =
      ::open(options.log.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (log < 0) throw_errno("cannot write " + options.log.string());
  // It lies among the server's files, and a base backup reads all of these.
  if (options.user.is_other && fchown(log, options.user.uid, options.user.gid) != 0) {
    throw_errno("cannot give " + options.log.string() + " to the user postgres");
  }
  const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  const int folder = options.folder == nullptr ? -1 : options.folder->descriptor();
  const pid_t parent = getpid();

  const pid_t child = fork();
  if (child == 0) {
    setsid();
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, nullptr);
    for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGCHLD})
      std::signal(number, SIG_DFL);
    umask(077);
    dup2(input, 0);
    dup2(log, 1);
    dup2(log, 2);
    syscall(SYS_close_range, 3U, ~0U, static_cast<unsigned>(CLOSE_RANGE_CLOEXEC));
    if (folder >= 0) fcntl(folder, F_SETFD, 0);
    if (chdir("/") != 0 || !become(options.user)) _exit(126);
    if (options.ends_with_parent) {
      prctl(PR_SET_PDEATHSIG, SIGQUIT);
      if (getppid() != parent) _exit(125);
    }
    execve(arguments[0].c_str(), argument_pointers.data(), environment_pointers.data());
    _exit(127);
  }
  const int error = errno;
  ::close(log);
  if (input >= 0) ::close(input);
  if (child < 0) throw std::system_error(error, std::generic_category(), "cannot start a process");
  return child;
}

Result<void, ServerFailure> create_cluster(const fs::path& programs, const ServerUser& user,
                                           const ServerFolder& folder, const fs::path& log) {
  const pid_t child =
      start_process({.program = programs / "initdb",
                     .arguments = {"--pgdata=" + folder.name_for_server(), "--username=osier",
                                   "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8",
                                   "--data-checksums", "--no-instructions", "--no-sync"},
                     .user = user,
                     .folder = &folder,
                     .log = log,
                     .ends_with_parent = false});
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  // initdb would flush a thousand files one by one, which takes seconds; together they take a
  // moment.
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && syncfs(folder.descriptor()) == 0) return {};
  return refuse(ServerFailure{"cannot make the database's folder " + folder.path().string() + ": " +
                              last_lines(log, 0)});
}

std::vector<std::string> server_arguments(const std::string& folder,
                                          const std::string& socket_folder) {
  const auto memory_mb = static_cast<std::uint64_t>(sysconf(_SC_PHYS_PAGES)) *
                             static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)) >>
                         20;
  const auto buffers_mb = std::clamp<std::uint64_t>(memory_mb / 32, 64, 512);
  std::vector<std::string> arguments = {"-D", folder};
  // The option is a list, so a folder with a comma in its name needs quotes.
  std::string quoted_folder = "\"";
  for (const char c : socket_folder)
    quoted_folder += c == '"' ? std::string("\"\"") : std::string(1, c);
  quoted_folder += '"';
  for (const std::string& setting :
       {std::string("listen_addresses="), std::string("port=5432"),
        "unix_socket_directories=" + quoted_folder, std::string("unix_socket_permissions=0700"),
        std::string("max_connections=100"), "shared_buffers=" + std::to_string(buffers_mb) + "MB",
        "effective_cache_size=" + std::to_string(std::max<std::uint64_t>(memory_mb / 2, 256)) +
            "MB",
        std::string("fsync=on"), std::string("recovery_init_sync_method=syncfs"),
        std::string("synchronous_commit=on"), std::string("full_page_writes=on"),
        std::string("wal_level=replica"), std::string("wal_compression=on"),
        std::string("max_wal_size=2GB"), std::string("checkpoint_timeout=15min"),
        std::string("jit=off"),
        // Plans made for a new shop's empty tables live until these are analyzed: not for a minute.
        std::string("autovacuum_naptime=5s"), std::string("random_page_cost=1.1"),
        std::string("max_parallel_workers_per_gather=0"), std::string("timezone=UTC"),
        std::string("log_timezone=UTC"), std::string("log_destination=stderr"),
        std::string("logging_collector=off"),
        // Statements and their parameters hold personal data and stay out of the log.
        std::string("log_min_error_statement=panic"), std::string("log_parameter_max_length=0"),
        std::string("log_line_prefix=%m [%p] ")}) {
    arguments.push_back("-c");
    arguments.push_back(setting);
  }
  return arguments;
}

std::string last_lines(const fs::path& log, std::size_t offset) {
  constexpr std::size_t line_count = 4;
  std::ifstream file(log);
  file.seekg(static_cast<std::streamoff>(offset));
  std::vector<std::string> lines;
  for (std::string line; std::getline(file, line);) lines.push_back(line);
  const std::size_t first = lines.size() > line_count ? lines.size() - line_count : 0;
  std::string text;
  for (std::size_t i = first; i < lines.size(); ++i) text += (text.empty() ? "" : " | ") + lines[i];
  return text.empty() ? "no output" : text;
}

}  // namespace osier::pg
