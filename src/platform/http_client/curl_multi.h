// libcurl's transfers, driven by a Loop. The ground under Client.

#pragma once

#include <memory>

#include "platform/async/loop.h"
#include "platform/async/task.h"

namespace osier::http_client {

class CurlMulti {
 public:
  // `loop` outlives this; so do transfers, which end before this goes.
  CurlMulti(Loop& loop, long connections_per_host_max);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // Runs one transfer to its end and gives its CURLcode. `easy` is a CURL* with its options set, a
  // deadline among them; the caller owns it. Awaited on the loop's thread.
  Task<int> perform(void* easy);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace osier::http_client
