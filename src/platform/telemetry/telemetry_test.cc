#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "platform/base/secret.h"
#include "platform/telemetry/log.h"
#include "platform/telemetry/metrics.h"

namespace osier::telemetry {
namespace {

using testing::HasSubstr;
using testing::Not;

static_assert(!std::is_constructible_v<Field, std::string_view, Secret>,
              "a secret cannot be logged");

// A log that keeps what it is told.
struct Notebook {
  explicit Notebook(Level level = Level::debug, Format format = Format::json)
      : log(level, format, clock, [this](std::string_view line) { lines.emplace_back(line); }) {}

  ManualClock clock{Instant{1'763'804'480'123'456us}};
  std::vector<std::string> lines;
  Log log;
};

TEST(Log, WritesOneJsonObjectPerLine) {
  Notebook notebook;
  const std::string sku = "MUG";
  notebook.log.info(
      "order placed",
      {{"sku", sku}, {"lines", 3}, {"ratio", 0.5}, {"guest", true}, {"took_ms", Duration{1'500}}});
  ASSERT_EQ(notebook.lines.size(), 1u);
  EXPECT_EQ(notebook.lines[0],
            R"({"time":"2025-11-22T09:41:20.123456Z","level":"info","message":"order placed",)"
            R"("sku":"MUG","lines":3,"ratio":0.5,"guest":true,"took_ms":1.5})");
}

TEST(Log, CarriesTheRequestId) {
  Notebook notebook;
  const Log request_log = notebook.log.for_request("req-1");
  request_log.warning("slow");
  notebook.log.warning("slow");
  EXPECT_THAT(notebook.lines.at(0), HasSubstr(R"("request_id":"req-1")"));
  EXPECT_THAT(notebook.lines.at(1), Not(HasSubstr("request_id")));
}

TEST(Log, PassesOverWhatIsBelowItsLevel) {
  Notebook notebook(Level::warning);
  notebook.log.debug("a");
  notebook.log.info("b");
  notebook.log.warning("c");
  notebook.log.error("d");
  EXPECT_EQ(notebook.lines.size(), 2u);
  EXPECT_FALSE(notebook.log.is_on(Level::info));
}

// Hardening 116.
TEST(Log, LetsNoLineBreakOrTerminalCodeOut) {
  for (const Format format : {Format::json, Format::text}) {
    Notebook notebook(Level::debug, format);
    notebook.log.info("x\n{\"level\":\"error\"}",
                      {{"agent", "\x1b[31mred\r\n\x7f\xC2\x9B\xE2\x80\xA8\xFF\xC0\xAF\""}});
    const auto& line = notebook.lines.at(0);
    for (const char c : line) {
      EXPECT_GE(static_cast<unsigned char>(c), 0x20);
      EXPECT_NE(c, 0x7F);
    }
    EXPECT_THAT(line, HasSubstr("x\\u000a{\\\"level\\\""));
    EXPECT_THAT(line, HasSubstr("\"\\u001b[31mred\\u000d\\u000a\\u007f\\u009b\\u2028"
                                "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\\\"\""));
  }
}

TEST(Log, CutsLongValues) {
  Notebook notebook;
  notebook.log.info("request", {{"agent", std::string(1'000'000, 'a')}});
  EXPECT_LT(notebook.lines.at(0).size(), 2'300u);
  EXPECT_THAT(notebook.lines.at(0), HasSubstr("aaa\xE2\x80\xA6\"}"));
}

TEST(Metrics, CountAndAreGivenAsText) {
  Metrics metrics;
  auto& placed = metrics.counter("osier_orders_placed_total", "Orders placed.", {{"market", "eu"}});
  placed.Increment();
  placed.Increment();
  metrics.gauge("osier_connections", "Open connections.").Set(7);
  metrics.histogram("osier_request_seconds", "Time to answer.", Metrics::duration_bounds())
      .Observe(0.02);

  const auto text = metrics.text();
  EXPECT_THAT(text, HasSubstr("# HELP osier_orders_placed_total Orders placed."));
  EXPECT_THAT(text, HasSubstr("osier_orders_placed_total{market=\"eu\"} 2"));
  EXPECT_THAT(text, HasSubstr("osier_connections 7"));
  EXPECT_THAT(text, HasSubstr("osier_request_seconds_bucket{le=\"0.025\"} 1"));
  EXPECT_THAT(text, HasSubstr("osier_request_seconds_bucket{le=\"0.01\"} 0"));
}

TEST(Metrics, GiveTheSameMetricForTheSameNameAndLabels) {
  Metrics metrics;
  auto& first = metrics.counter("osier_jobs_total", "Jobs.", {{"kind", "mail"}});
  auto& second = metrics.counter("osier_jobs_total", "Jobs.", {{"kind", "mail"}});
  auto& other = metrics.counter("osier_jobs_total", "Jobs.", {{"kind", "index"}});
  EXPECT_EQ(&first, &second);
  EXPECT_NE(&first, &other);
}

}  // namespace
}  // namespace osier::telemetry
