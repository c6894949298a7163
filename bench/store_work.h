// What the clients of store_client share: what is asked for, what can be bought, and what was
// measured.

#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/load/figures.h"
#include "bench/load/http_connection.h"

namespace osier::bench {

struct Options {
  std::uint16_t port = 0;
  std::string api = "store";  // Or "vendure".
  std::string header;         // A line of its own in each request, such as a publishable key.
  int clients = 32;
  int seconds = 10;
  int pause = 0;
  int count = 10'000;
  int variants = 2'000;
  int only = -1;  // The number of the one product that is bought; -1: any of `variants`.
  double rate = 100;
};

// What can be bought, and where.
struct Goods {
  std::vector<std::string> variants;
  std::string region;
  std::string shipping_option;

  // Whether a product of this number is wanted.
  static bool is_wanted(int number, const Options& options) {
    return options.only >= 0 ? number == options.only : number < options.variants;
  }
};

struct Work {
  Options options;
  Goods goods;
  Steady::time_point start;
  Steady::time_point end;
  Figures figures;
  std::vector<std::string> collections;  // Of carts that are ready to be ordered.
  std::size_t next = 0;
  int refused = 0;  // Checkouts that ended with a plain no.
};

// The shop said no: not for lack of trying, but because it may not be.
class Refused : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline std::string checked(const Answer& answer, const char* what) {
  if (answer.status == 200) return answer.body;
  const std::string sentence = std::string(what) + " was answered " +
                               std::to_string(answer.status) + ": " + answer.body.substr(0, 300);
  if (answer.status >= 400 && answer.status < 500) throw Refused(sentence);
  throw std::runtime_error(sentence);
}

// One visitor, again and again.
class Buyer {
 public:
  virtual ~Buyer() = default;
  // A whole checkout: from no cart to an order. Throws Refused if the shop does not sell, and
  // std::runtime_error if it fails.
  virtual Task<void> check_out() = 0;
};

}  // namespace osier::bench
