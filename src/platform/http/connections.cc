// The set of one loop's connections: ids, deadlines, closing.

#include <random>

#include "platform/http/connection.h"

namespace osier::http {

ConnectionSet::ConnectionSet(Loop& owner, std::uint64_t seed)
    : loop(owner), id_state(seed), timer(owner.io()) {}

// Unique in this process (splitmix64 visits every 64-bit number once), and unlikely twice anywhere:
// the start is random. 15 characters fit std::string without an allocation.
std::string ConnectionSet::new_request_id() {
  static constexpr char digits[] = "0123456789abcdefghjkmnpqrstvwxyz";
  id_state += 0x9E3779B97F4A7C15;
  std::uint64_t mixed = id_state;
  mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
  mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
  mixed ^= mixed >> 31;
  std::string id(13, '0');
  for (char& c : id) {
    c = digits[mixed & 31];
    mixed >>= 5;
  }
  return id;
}

void ConnectionSet::sweep(Moment now) {
  hot_bodies.forget_gone();
  for (const auto* list : {&idle, &busy}) {
    for (Connection* connection : *list) {
      // Nothing here resumes a connection at once, so the lists stand still under us.
      if (connection->deadline() <= now) connection->expire(now);
    }
  }
}

void ConnectionSet::close_idle() {
  while (!idle.empty()) idle.front()->cut();
}

void ConnectionSet::cut_all() {
  close_idle();
  for (Connection* connection : busy) connection->cut();
}

ServerShared::ServerShared(ServerOptions given, const Router& routes,
                           std::function<void(const Served&)> hears)
    : options(std::move(given)),
      head_limits{.bytes_max = options.header_bytes_max,
                  .fields_max = options.header_fields_max,
                  .target_bytes_max = options.target_bytes_max},
      proxies(options.trusted_proxies),
      router(routes),
      served(std::move(hears)) {}

}  // namespace osier::http
