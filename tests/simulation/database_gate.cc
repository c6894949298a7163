#include "simulation/database_gate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

#include "simulation/wire.h"

namespace osier::simulation {

namespace {

constexpr const char* socket_name = ".s.PGSQL.5432";

int unix_socket(const std::filesystem::path& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path)
    throw std::runtime_error("a socket's path is too long");
  std::memcpy(address.sun_path, text.data(), text.size());
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) throw std::runtime_error("there is no socket left");
  return made;
}

void stop_blocking(int socket) { ::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK); }

// What is there now. False at the end of the connection.
bool read_all(int socket, std::string& buffer, bool& has_read) {
  std::array<char, 65'536> bytes{};
  for (;;) {
    const auto read = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (read > 0) {
      buffer.append(bytes.data(), static_cast<std::size_t>(read));
      has_read = true;
      continue;
    }
    return read < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  }
}

}  // namespace

struct Pair {
  enum class Phase { starting, ready, asked };

  int process = 0;
  int client = -1;
  int server = -1;
  std::int32_t backend = 0;  // PostgreSQL's process.
  Phase phase = Phase::starting;
  std::string from_client;
  std::string from_server;
  bool is_introduced = false;  // Its first message has gone through.
  bool is_answered = false;    // All of it has come, or the end.
  bool is_locked_out = false;  // When last looked at.
  bool loses_answer = false;   // The answer is lost, and the connection with it.
  bool is_process_dead = false;
  std::uint64_t held = 0;
  wire::Request request;

  bool is_under_way() const { return server >= 0 && phase == Phase::asked; }
};

// --- Traffic

Traffic::Traffic(Stage& stage, std::filesystem::path server, std::string database,
                 pg::BlockingConnection& observer, Unlocked unlocked)
    : stage_(stage),
      server_(std::move(server)),
      database_(std::move(database)),
      observer_(observer),
      unlocked_(std::move(unlocked)) {
  stage.when_all_wait([this] { return pump(); });
}

Traffic::~Traffic() {
  for (const auto& pair : pairs_) {
    if (pair->server >= 0) ::close(pair->server);
    if (pair->client >= 0) ::close(pair->client);
  }
}

// What has come from the processes first. Only when there is nothing, a connection that is being
// opened goes on, one at a time and however long it takes: so the order of things is the same every
// time.
bool Traffic::pump() {
  for (DatabaseGate* gate : gates_) {
    if (!gate->is_killed_) gate->take_new_connections();
  }
  bool has_moved = false;
  for (std::size_t i = 0; i < pairs_.size(); ++i) has_moved = read_client(*pairs_[i]) || has_moved;
  if (has_moved) return true;
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    Pair& pair = *pairs_[i];
    const bool is_starting = pair.phase == Pair::Phase::starting && pair.is_introduced;
    if (!is_starting || pair.server < 0 || pair.is_process_dead) continue;
    finish_start(pair);
    return true;
  }
  return false;
}

void Traffic::finish_start(Pair& pair) {
  while (!pair.is_answered) {
    pollfd one{.fd = pair.server, .events = POLLIN, .revents = 0};
    if (::poll(&one, 1, 20'000) <= 0) throw std::runtime_error("PostgreSQL takes no connection");
    read_server(pair);
  }
  deliver(pair);
}

Pair& Traffic::connect(int process, int client) {
  auto pair = std::make_unique<Pair>();
  sockaddr_un address{};
  pair->process = process;
  pair->client = client;
  pair->server = unix_socket(server_ / socket_name, address);
  if (::connect(pair->server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw std::runtime_error("the simulation's PostgreSQL is gone");
  stop_blocking(pair->client);
  stop_blocking(pair->server);
  pairs_.push_back(std::move(pair));
  return *pairs_.back();
}

void Traffic::send(Pair& pair) {
  std::string_view bytes = pair.request.bytes;
  pair.held = 0;
  while (!bytes.empty()) {
    const auto sent = ::send(pair.server, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      continue;
    }
    if (errno != EAGAIN && errno != EWOULDBLOCK) break;
    pollfd one{.fd = pair.server, .events = POLLOUT, .revents = 0};
    ::poll(&one, 1, 1'000);
  }
  pair.request.bytes.clear();
  pair.is_answered = false;
  pair.is_locked_out = false;
  pair.phase = Pair::Phase::asked;
}

bool Traffic::read_client(Pair& pair) {
  if (pair.client < 0) return false;
  bool has_read = false;
  if (!read_all(pair.client, pair.from_client, has_read)) {
    if (!pair.is_under_way()) close_server(pair);
    pair.is_process_dead = true;  // Nobody waits for what is still under way.
    ::close(std::exchange(pair.client, -1));
    return true;
  }
  if (has_read) hold_requests(pair);
  return has_read;
}

void Traffic::hold_requests(Pair& pair) {
  if (pair.server < 0) return;
  if (!pair.is_introduced) {
    const std::size_t length = wire::startup_length(pair.from_client);
    if (length == 0) return;
    pair.request.bytes = pair.from_client.substr(0, length);
    pair.from_client.erase(0, length);
    pair.is_introduced = true;
    send(pair);
    pair.phase = Pair::Phase::starting;
    return;
  }
  if (!wire::take_request(pair.from_client, unlocked_, pair.request)) return;
  if (pair.request.is_goodbye) return close_server(pair);
  if (pair.request.label == "osier.settings") {
    send(pair);
    pair.phase = Pair::Phase::starting;
    return;
  }
  Pair* const one = &pair;
  pair.held = stage_.hold(pair.process, pair.request.label, [this, one] {
    send(*one);
    wait_for_answers();
  });
}

// True if bytes have come.
bool Traffic::read_server(Pair& pair) {
  if (pair.server < 0 || pair.is_answered) return false;
  bool has_read = false;
  const bool is_open = read_all(pair.server, pair.from_server, has_read);
  pair.is_answered = !is_open || wire::answer_length(pair.from_server, pair.backend) > 0;
  return has_read || !is_open;
}

void Traffic::wait_for_answers() {
  constexpr auto patience = std::chrono::seconds(60);
  const auto give_up_at = std::chrono::steady_clock::now() + patience;
  while (wait_a_moment()) {
    if (std::chrono::steady_clock::now() > give_up_at)
      throw std::runtime_error("PostgreSQL neither answers nor waits for a lock");
  }
  for (std::size_t i = 0; i < pairs_.size(); ++i) {
    Pair& pair = *pairs_[i];
    if (pair.is_under_way() && pair.is_answered) deliver(pair);
  }
}

// False if there is nothing more to wait for.
bool Traffic::wait_a_moment() {
  std::vector<Pair*> waiting;
  std::vector<pollfd> sockets;
  for (const auto& pair : pairs_) {
    if (!pair->is_under_way() || pair->is_answered) continue;
    waiting.push_back(pair.get());
    sockets.push_back({.fd = pair->server, .events = POLLIN, .revents = 0});
  }
  if (waiting.empty()) return false;
  const bool were_locked_out = std::ranges::all_of(waiting, &Pair::is_locked_out);
  const int wait_ms = were_locked_out ? 0 : 3;
  if (::poll(sockets.data(), sockets.size(), wait_ms) == 0) return !are_locked_out(waiting);
  for (Pair* pair : waiting) read_server(*pair);
  return true;
}

// Whether all of them stand behind a lock of this game's, by PostgreSQL's own table. (NOTIFY takes
// one that games on other databases of the server take too; nobody here has to do anything about
// it.)
bool Traffic::are_locked_out(const std::vector<Pair*>& pairs) {
  std::string asked;
  for (const Pair* pair : pairs)
    asked += (asked.empty() ? "" : ",") + std::to_string(pair->backend);
  std::string own;
  for (const auto& pair : pairs_) {
    if (pair->server >= 0) own += (own.empty() ? "" : ",") + std::to_string(pair->backend);
  }
  const auto rows =
      observer_.run("SELECT count(*) FROM unnest('{" + asked +
                    "}'::int[]) AS p (id) WHERE pg_blocking_pids(p.id) && '{" + own + "}'::int[]");
  const bool are = std::stoul(rows[0][0]) == pairs.size();
  for (Pair* pair : pairs) pair->is_locked_out = are;
  return are;
}

// To a process that is alive; the answer to a dead one ends the connection.
void Traffic::deliver(Pair& pair) {
  pair.phase = Pair::Phase::ready;
  pair.is_answered = false;
  std::string answer = std::exchange(pair.from_server, {});
  if (wire::error_of(answer) == "40P01")
    // Hardening 86.
    stage_.fail("PostgreSQL found a deadlock in " + pair.request.label);
  std::int32_t ignored = 0;
  const bool is_whole = wire::answer_length(answer, ignored) > 0;
  if (pair.is_process_dead) return close_server(pair);
  stage_.set_current(pair.process);
  if (pair.loses_answer || !is_whole) {
    close_server(pair);
    return close_client(pair);
  }
  std::string_view bytes = answer;
  while (!bytes.empty() && pair.client >= 0) {
    const auto sent = ::send(pair.client, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno != EAGAIN && errno != EWOULDBLOCK) {
      break;
    } else {
      stage_.poll_loop();
    }
  }
  stage_.poll_loop();
}

void Traffic::close_server(Pair& pair) {
  if (pair.server < 0) return;
  ::close(std::exchange(pair.server, -1));
  if (pair.held != 0) stage_.forget(std::exchange(pair.held, 0));
  // Its locks are gone only when PostgreSQL's process is.
  for (int i = 0; i < 20'000 && pair.backend != 0; ++i) {
    const auto left =
        observer_.run("SELECT 1 FROM pg_stat_activity WHERE pid = " + std::to_string(pair.backend));
    if (left.empty()) return;
    ::usleep(200);
  }
}

void Traffic::close_client(Pair& pair) {
  if (pair.client < 0) return;
  ::close(std::exchange(pair.client, -1));
  stage_.set_current(pair.process);
  stage_.poll_loop();
}

// --- The gate of one process

DatabaseGate::DatabaseGate(Traffic& traffic, int process)
    : traffic_(traffic), stage_(traffic.stage_), process_(process) {
  std::string folder = "/tmp/osier-simulation-XXXXXX";
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("there is no room in /tmp");
  folder_ = folder;
  connection_ = "host=" + folder + " port=5432 user=osier dbname=" + traffic.database_;
  sockaddr_un address{};
  listener_ = unix_socket(folder_ / socket_name, address);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 64) != 0) {
    throw std::runtime_error("a gate cannot listen");
  }
  stop_blocking(listener_);
  traffic.gates_.push_back(this);
}

DatabaseGate::~DatabaseGate() { clean_up(); }

void DatabaseGate::clean_up() {
  if (listener_ >= 0) ::close(std::exchange(listener_, -1));
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

std::vector<Pair*> DatabaseGate::own_pairs() const {
  std::vector<Pair*> own;
  for (const auto& pair : traffic_.pairs_) {
    if (pair->process == process_) own.push_back(pair.get());
  }
  return own;
}

void DatabaseGate::take_new_connections() {
  for (int client = -1; (client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;)
    traffic_.connect(process_, client);
}

bool DatabaseGate::cut(std::uint64_t held_id, Cut when) {
  for (Pair* pair : own_pairs()) {
    if (held_id == 0 || pair->held != held_id) continue;
    stage_.forget(held_id);
    if (when == Cut::after) {
      pair->loses_answer = true;
      traffic_.send(*pair);
      traffic_.wait_for_answers();
    } else {
      pair->held = 0;
      traffic_.close_server(*pair);
      traffic_.close_client(*pair);
    }
    stage_.run_until_all_wait();
    return true;
  }
  return false;
}

void DatabaseGate::kill(std::uint64_t last_sent) {
  is_killed_ = true;
  for (Pair* pair : own_pairs()) {
    pair->is_process_dead = true;
    if (last_sent != 0 && pair->held == last_sent) {
      traffic_.send(*pair);
      traffic_.wait_for_answers();
    }
    if (!pair->is_under_way()) traffic_.close_server(*pair);
  }
  // A lock that went with them may let others through.
  traffic_.wait_for_answers();
  stage_.run_until_all_wait();
}

}  // namespace osier::simulation
