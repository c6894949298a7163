// LISTEN on a connection of its own: news from other processes within milliseconds, and word when
// news may have been missed.

#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/loop.h"

namespace osier::pg {

class Listener {
 public:
  struct Handlers {
    // Called on the loop for each notification.
    std::function<void(std::string channel, std::string payload)> notified;
    // Called on the loop whenever LISTEN is in place again, the first time too: what was sent
    // before may be lost, so catch up now.
    std::function<void()> connected;
  };

  // Connects by itself, and again after a lost connection (backoff from 100 ms to 5 s). Dead peers
  // are noticed by a trivial query every 10 s.
  Listener(Loop& loop, std::string connection, std::vector<std::string> channels,
           Handlers handlers);
  ~Listener();  // On the loop's thread or after it ended.

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace osier::pg
