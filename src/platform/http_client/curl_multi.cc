// libcurl asks for sockets to be watched and for one timer; both are Asio's. Three rules keep this
// sound:
// - libcurl is never called from inside its own callbacks: those only start or stop waits;
// - a finished transfer's coroutine is resumed by a turn of the loop of its own, so it may start
// the next transfer,
//   or destroy the CurlMulti, without anybody above it on the stack looking at either again;
// - sockets belong to libcurl, so a watch lets go of its descriptor (release) and never closes it.

#include "platform/http_client/curl_multi.h"

#include <curl/curl.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <unordered_map>

#include "platform/http_client/libcurl.h"

namespace osier::http_client {

namespace asio = boost::asio;

namespace {

struct Watch {
  Watch(asio::io_context& io, curl_socket_t socket) : descriptor(io, socket) {}

  asio::posix::stream_descriptor descriptor;
  int wanted = 0;  // CURL_POLL_IN, _OUT, both or neither.
  bool is_waiting_to_read = false;
  bool is_waiting_to_write = false;
};

struct Transfer {
  std::coroutine_handle<> waiter;
  CURLcode code = CURLE_OK;
};

}  // namespace

struct CurlMulti::State : std::enable_shared_from_this<CurlMulti::State> {
  explicit State(Loop& owner) : loop(owner), timer(owner.io()) {
    start_libcurl();
    multi = curl_multi_init();
    require(multi != nullptr, "libcurl gives a multi handle");
  }

  void close();
  void add(CURL* easy, Transfer& transfer);
  void watch(curl_socket_t socket, int what);
  void wait(curl_socket_t socket, const std::shared_ptr<Watch>& watch);
  void wait_for(curl_socket_t socket, const std::shared_ptr<Watch>& watch, int poll);
  void act(curl_socket_t socket, int events);
  void set_timer(long milliseconds);

  static int on_socket(CURL*, curl_socket_t socket, int what, void* self, void*) {
    static_cast<State*>(self)->watch(socket, what);
    return 0;
  }
  static int on_timer(CURLM*, long milliseconds, void* self) {
    static_cast<State*>(self)->set_timer(milliseconds);
    return 0;
  }

  Loop& loop;
  CURLM* multi = nullptr;
  asio::steady_timer timer;
  std::unordered_map<curl_socket_t, std::shared_ptr<Watch>> watches;
  std::unordered_map<CURL*, Transfer*> transfers;
  bool is_closed = false;
};

void CurlMulti::State::close() {
  for (const auto& [easy, transfer] : transfers) curl_multi_remove_handle(multi, easy);
  curl_multi_cleanup(multi);
  is_closed = true;
  timer.cancel();
  for (const auto& [socket, watch] : watches) watch->descriptor.release();
  watches.clear();
}

void CurlMulti::State::add(CURL* easy, Transfer& transfer) {
  transfers[easy] = &transfer;
  require(curl_multi_add_handle(multi, easy) == CURLM_OK, "a transfer is started once");
}

void CurlMulti::State::watch(curl_socket_t socket, int what) {
  auto found = watches.find(socket);
  if (what == CURL_POLL_REMOVE) {
    if (found == watches.end()) return;
    found->second->descriptor.release();
    watches.erase(found);
    return;
  }
  if (found == watches.end()) {
    found = watches.emplace(socket, std::make_shared<Watch>(loop.io(), socket)).first;
  }
  found->second->wanted = what;
  wait(socket, found->second);
}

void CurlMulti::State::wait(curl_socket_t socket, const std::shared_ptr<Watch>& watch) {
  if ((watch->wanted & CURL_POLL_IN) && !watch->is_waiting_to_read) {
    watch->is_waiting_to_read = true;
    wait_for(socket, watch, CURL_POLL_IN);
  }
  if ((watch->wanted & CURL_POLL_OUT) && !watch->is_waiting_to_write) {
    watch->is_waiting_to_write = true;
    wait_for(socket, watch, CURL_POLL_OUT);
  }
}

void CurlMulti::State::wait_for(curl_socket_t socket, const std::shared_ptr<Watch>& watch,
                                int poll) {
  const bool is_read = poll == CURL_POLL_IN;
  watch->descriptor.async_wait(
      is_read ? asio::posix::descriptor_base::wait_read : asio::posix::descriptor_base::wait_write,
      [self = shared_from_this(), socket, watch, poll, is_read](boost::system::error_code error) {
        (is_read ? watch->is_waiting_to_read : watch->is_waiting_to_write) = false;
        if (self->is_closed || error == asio::error::operation_aborted) return;
        if (watch->wanted & poll) {
          const int events = is_read ? CURL_CSELECT_IN : CURL_CSELECT_OUT;
          self->act(socket, error ? CURL_CSELECT_ERR : events);
        }
        // The socket may have been let go, and its number given to another, in the meantime.
        const auto found = self->watches.find(socket);
        if (found != self->watches.end() && found->second == watch) self->wait(socket, watch);
      });
}

void CurlMulti::State::act(curl_socket_t socket, int events) {
  int running = 0;
  curl_multi_socket_action(multi, socket, events, &running);
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    CURL* const easy = message->easy_handle;
    const auto found = transfers.find(easy);
    require(found != transfers.end(), "what ends was started here");
    Transfer* const transfer = found->second;
    transfer->code = message->data.result;
    transfers.erase(found);
    curl_multi_remove_handle(multi, easy);
    asio::post(loop.io(), [waiter = transfer->waiter] { waiter.resume(); });
  }
}

void CurlMulti::State::set_timer(long milliseconds) {
  if (milliseconds < 0) {
    timer.cancel();
    return;
  }
  timer.expires_after(std::chrono::milliseconds(milliseconds));
  timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
    if (!error && !self->is_closed) self->act(CURL_SOCKET_TIMEOUT, 0);
  });
}

CurlMulti::CurlMulti(Loop& loop, long connections_per_host_max)
    : state_(std::make_shared<State>(loop)) {
  curl_multi_setopt(state_->multi, CURLMOPT_SOCKETFUNCTION, &State::on_socket);
  curl_multi_setopt(state_->multi, CURLMOPT_SOCKETDATA, state_.get());
  curl_multi_setopt(state_->multi, CURLMOPT_TIMERFUNCTION, &State::on_timer);
  curl_multi_setopt(state_->multi, CURLMOPT_TIMERDATA, state_.get());
  curl_multi_setopt(state_->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections_per_host_max);
}

CurlMulti::~CurlMulti() { state_->close(); }

Task<int> CurlMulti::perform(void* easy) {
  struct Awaiter {
    State& state;
    CURL* easy;
    Transfer transfer{};

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      transfer.waiter = handle;
      state.add(easy, transfer);
    }
    int await_resume() const noexcept { return transfer.code; }
  };
  require(&Loop::current() == &state_->loop, "a transfer runs on its own loop");
  const auto state = state_;
  Awaiter awaiter{*state, static_cast<CURL*>(easy)};
  co_return co_await awaiter;
}

}  // namespace osier::http_client
