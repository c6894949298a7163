#include "platform/postgres/listener.h"

#include <algorithm>

#include "platform/postgres/connection.h"
#include "platform/postgres/error.h"

namespace osier::pg {

namespace {

constexpr Duration first_pause = 100ms;
constexpr Duration longest_pause = 5s;
constexpr Duration time_between_probes = 10s;
constexpr Statement probe_sql{"osier.probe", "SELECT 1"};

const std::vector<Text> without_parameters;

std::string listen_sql(const std::string& channel) {
  std::string sql = "LISTEN \"";
  for (const char c : channel) {
    if (c == '"') sql += '"';
    sql += c;
  }
  return sql + "\"";
}

}  // namespace

struct Listener::State : std::enable_shared_from_this<Listener::State> {
  State(Loop& home, std::string where, const std::vector<std::string>& channels, Handlers what)
      : loop(home), connection_string(std::move(where)), handlers(std::move(what)) {
    for (const auto& channel : channels) statements.push_back(listen_sql(channel));
  }

  static Task<void> keep_listening(std::shared_ptr<State> state);
  static Task<void> listen_once(State& state, Duration& pause);
  void watch_for_news();

  Loop& loop;
  std::string connection_string;
  std::vector<std::string> statements;
  Handlers handlers;
  std::shared_ptr<Connection> connection;
  Wakeup* wakeup = nullptr;  // While the task runs.
  bool is_closed = false;
};

Listener::Listener(Loop& loop, std::string connection, std::vector<std::string> channels,
                   Handlers handlers)
    : state_(std::make_shared<State>(loop, std::move(connection), channels, std::move(handlers))) {
  loop.spawn(State::keep_listening(state_));
}

Listener::~Listener() {
  state_->is_closed = true;
  const auto connection = state_->connection;
  if (connection) connection->abort();
  if (state_->wakeup != nullptr) state_->wakeup->notify();
}

Task<void> Listener::State::keep_listening(std::shared_ptr<State> state) {
  Wakeup wakeup;
  state->wakeup = &wakeup;
  Duration pause = first_pause;
  while (!state->is_closed) {
    try {
      co_await listen_once(*state, pause);
    } catch (const std::exception&) {
      // Said to nobody: the pages go on with what they have, and connected() will tell them to
      // catch up.
    }
    if (state->connection) state->connection->close();
    state->connection.reset();
    if (state->is_closed) break;
    co_await wakeup.wait_for(pause);
    pause = std::min(2 * pause, longest_pause);
  }
  state->wakeup = nullptr;
}

// Listens until the connection is lost.
Task<void> Listener::State::listen_once(State& state, Duration& pause) {
  Connection::Settings settings{.connection = state.connection_string,
                                .connect_timeout = 2s,
                                .statement_timeout = 2s,
                                .lock_timeout = 500ms};
  const auto connection = std::make_shared<Connection>(state.loop, std::move(settings));
  state.connection = connection;
  co_await connection->open();
  for (const auto& sql : state.statements) {
    connection->steps().push_back({"", sql.c_str(), &without_parameters});
  }
  if (!state.statements.empty()) co_await connection->exchange(Ending::open);
  if (state.is_closed) co_return;
  pause = first_pause;
  state.handlers.connected();
  state.watch_for_news();
  while (!state.is_closed && !connection->is_closed()) {
    co_await state.wakeup->wait_for(time_between_probes);
    if (state.is_closed || connection->is_closed()) co_return;
    connection->add(probe_sql);
    co_await connection->exchange(Ending::open);
    connection->watch();
  }
}

void Listener::State::watch_for_news() {
  // The connection is closed before the state goes, and a closed one calls nobody.
  connection->watch({[this](Connection&) {
                       if (wakeup != nullptr) wakeup->notify();
                     },
                     [this](std::string channel, std::string payload) {
                       if (!is_closed) handlers.notified(std::move(channel), std::move(payload));
                     }});
}

}  // namespace osier::pg
