#include "checkout/test/cutting_proxy.h"

#include <libpq-fe.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace osier::checkout::test {

static int unix_socket(const std::filesystem::path& path, sockaddr_un& address) {
  address = {};
  address.sun_family = AF_UNIX;
  const std::string text = path.string();
  if (text.size() >= sizeof address.sun_path)
    throw std::runtime_error("the socket's path is too long");
  std::memcpy(address.sun_path, text.data(), text.size());
  const int made = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) throw std::runtime_error("no socket");
  return made;
}

static std::string value_of(const std::string& connection, const char* keyword) {
  std::string value;
  PQconninfoOption* options = PQconninfoParse(connection.c_str(), nullptr);
  for (const auto* option = options; option != nullptr && option->keyword != nullptr; ++option) {
    if (std::string_view(option->keyword) == keyword && option->val != nullptr) value = option->val;
  }
  PQconninfoFree(options);
  return value;
}

CuttingProxy::CuttingProxy(const std::string& connection) {
  const std::string port =
      value_of(connection, "port").empty() ? "5432" : value_of(connection, "port");
  upstream_ = std::filesystem::path(value_of(connection, "host")) / (".s.PGSQL." + port);
  std::string folder = (std::filesystem::temp_directory_path() / "osier-proxy-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) throw std::runtime_error("no folder for the proxy");
  folder_ = folder;
  connection_ = connection + " host=" + folder;  // The last one counts.

  sockaddr_un address{};
  listener_ = unix_socket(folder_ / (".s.PGSQL." + port), address);
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener_, 16) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  thread_ = std::thread([this] { serve(); });
}

CuttingProxy::~CuttingProxy() {
  stopping_ = true;
  thread_.join();
  ::close(listener_);
  std::filesystem::remove_all(folder_);
}

static bool is_readable(int socket) {
  pollfd one{.fd = socket, .events = POLLIN, .revents = 0};
  return ::poll(&one, 1, 20) > 0;
}

void CuttingProxy::serve() {
  std::vector<std::thread> pairs;
  while (!stopping_) {
    if (!is_readable(listener_)) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    sockaddr_un address{};
    const int server = unix_socket(upstream_, address);
    if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
      ::close(client);
      ::close(server);
      continue;
    }
    pairs.emplace_back([this, client, server] { forward(client, server); });
  }
  for (std::thread& pair : pairs) pair.join();
}

static bool pass_on(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

void CuttingProxy::forward(int client, int server) {
  // CommandComplete (PostgreSQL 15, section 55.7) with the tag COMMIT.
  static constexpr std::string_view committed{
      "C\0\0\0\x0b"
      "COMMIT\0",
      12};
  std::array<char, 65'536> buffer{};
  while (!stopping_) {
    std::array<pollfd, 2> both{pollfd{.fd = client, .events = POLLIN, .revents = 0},
                               pollfd{.fd = server, .events = POLLIN, .revents = 0}};
    if (::poll(both.data(), both.size(), 20) <= 0) continue;
    const bool is_from_client = both[0].revents != 0;
    const auto read = ::recv(is_from_client ? client : server, buffer.data(), buffer.size(), 0);
    if (read <= 0) break;
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(read));
    const bool is_commit = !is_from_client && bytes.find(committed) != std::string_view::npos;
    if (is_commit && cuts_left_ > 0) {
      --cuts_left_;
      break;
    }
    if (!pass_on(is_from_client ? server : client, bytes)) break;
  }
  ::close(client);
  ::close(server);
}

}  // namespace osier::checkout::test
