// Awaiting Asio operations from a Task. Included by platform's .cc files only: it costs Asio's
// headers.
//
//   const auto [error, size] = co_await asio_await<std::size_t>([&](auto done) {
//     socket.async_read_some(buffer, std::move(done));
//   });
//
// The lambda starts the operation with `done` as its handler; the task resumes on the loop with the
// handler's arguments. The operation must complete (cancelled or not) before its objects go.

#pragma once

#include <boost/system/error_code.hpp>
#include <coroutine>
#include <tuple>
#include <utility>

namespace osier {

template <class... Results, class Start>
auto asio_await(Start start) {
  struct Awaiter {
    Start start;
    std::tuple<boost::system::error_code, Results...> results{};

    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) {
      start([this, handle](boost::system::error_code error, Results... values) {
        results = {error, std::move(values)...};
        handle.resume();
      });
    }
    std::tuple<boost::system::error_code, Results...> await_resume() { return std::move(results); }
  };
  return Awaiter{std::move(start)};
}

}  // namespace osier
