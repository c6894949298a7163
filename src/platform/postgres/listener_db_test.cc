#include <gtest/gtest.h>

#include "platform/postgres/database.h"
#include "platform/postgres/listener.h"
#include "platform/postgres/test/database.h"

namespace osier::pg {
namespace {

constexpr Statement notify_sql{"listener.notify", "SELECT pg_notify($1, $2)"};
constexpr Statement end_listener_sql{"listener.end", R"sql(
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
   WHERE query LIKE 'LISTEN%' AND datname = current_database()
)sql"};

struct Heard {
  std::vector<std::string> news;
  int connections = 0;
};

Listener::Handlers into(Heard& heard) {
  return {[&heard](const std::string& channel, const std::string& payload) {
            heard.news.push_back(channel + "=" + payload);
          },
          [&heard] { ++heard.connections; }};
}

// Waits until `reached` is true, for ten seconds at most.
Task<void> wait_until(std::function<bool()> reached) {
  for (int i = 0; i < 1000 && !reached(); ++i) co_await sleep_for(10ms);
  EXPECT_TRUE(reached());
}

Task<void> say(Database& database, std::string channel, std::string payload) {
  auto transaction = co_await database.begin();
  co_await transaction.run(notify_sql, channel, payload);
  co_await transaction.commit();
}

Task<void> hear_news(Database& database, std::string connection) {
  Heard heard;
  const Listener listener(Loop::current(), connection, {"catalog", "odd \"name\""}, into(heard));
  co_await wait_until([&heard] { return heard.connections == 1; });

  co_await say(database, "catalog", "7");
  co_await say(database, "odd \"name\"", "x");
  co_await say(database, "other", "unheard");
  co_await wait_until([&heard] { return heard.news.size() == 2; });
  EXPECT_EQ(heard.news, (std::vector<std::string>{"catalog=7", "odd \"name\"=x"}));

  co_await database.run(end_listener_sql);
  co_await wait_until([&heard] { return heard.connections == 2; });
  co_await say(database, "catalog", "8");
  co_await wait_until([&heard] { return heard.news.size() == 3; });
  EXPECT_EQ(heard.news.back(), "catalog=8");
}

TEST(Listener, HearsNewsAndComesBackAfterALoss) {
  const test::Database fresh;
  const std::string connection = fresh.connection();
  test::run(connection, [&](Database& database) { return hear_news(database, connection); });
}

Task<void> leave_early(Database& database, std::string connection) {
  Heard heard;
  {
    const Listener at_once(Loop::current(), connection, {"catalog"}, into(heard));
  }
  auto later = std::make_unique<Listener>(Loop::current(), connection,
                                          std::vector<std::string>{"catalog"}, into(heard));
  co_await wait_until([&heard] { return heard.connections == 1; });
  later.reset();
  co_await say(database, "catalog", "7");
  co_await sleep_for(100ms);
  EXPECT_TRUE(heard.news.empty());
}

TEST(Listener, HearsNothingAfterItsEnd) {
  const test::Database fresh;
  const std::string connection = fresh.connection();
  test::run(connection, [&](Database& database) { return leave_early(database, connection); });
}

}  // namespace
}  // namespace osier::pg
