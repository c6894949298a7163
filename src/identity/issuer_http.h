// Calls to issuers: over https, bounded in time, size and number, without following redirects.

#pragma once

#include <string>

#include "platform/async/loop.h"
#include "platform/async/task.h"
#include "platform/http_client/http_client.h"

namespace osier::identity {

// Which addresses may be called: an issuer's documents could name any.
enum class Schemes { https_only, any };

struct IssuerAnswer {
  int status = 0;  // 0: there was none; `body` says why.
  std::string body;
};

// The Client of one loop, for all issuers. send() may be awaited on any loop.
class IssuerHttp {
 public:
  static constexpr int calls_max = 64;  // At a time; one more gets no answer.

  // `loop` outlives this, and has ended before it goes.
  IssuerHttp(Loop& loop, Schemes schemes) : loop_(loop), schemes_(schemes), client_(loop) {}

  // 5 s at most, 256 KiB at most. Never throws for what the other side does.
  Task<IssuerAnswer> send(http_client::Request request);

  bool may_call(std::string_view url) const;
  Loop& loop() const { return loop_; }

 private:
  Task<IssuerAnswer> send_here(http_client::Request request);

  Loop& loop_;
  Schemes schemes_;
  http_client::Client client_;
  int calls_ = 0;
};

}  // namespace osier::identity
