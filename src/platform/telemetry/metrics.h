// Numbers for Prometheus: counters, gauges and histograms, and the text that /metrics answers with.
//
//   Counter& placed = metrics.counter("osier_orders_placed_total", "Orders placed.", {{"market",
//   "eu"}}); placed.Increment();
//
// Asking for a metric takes a lock and a look-up: ask once, at start, and keep the reference, which
// is good as long as Metrics is. Incrementing is one atomic operation. The same name and labels
// give the same metric again; a name keeps one kind, and asking for it as another is a bug. Labels
// have few values each: never an id, an address or a path with one.

#pragma once

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace prometheus {
class Registry;
}

namespace osier::telemetry {

using Counter = prometheus::Counter;
using Gauge = prometheus::Gauge;
using Histogram = prometheus::Histogram;
using Labels = std::map<std::string, std::string>;

class Metrics {
 public:
  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  Counter& counter(const std::string& name, const std::string& help, const Labels& labels = {});
  Gauge& gauge(const std::string& name, const std::string& help, const Labels& labels = {});
  // `bounds` are the upper edges of the buckets, rising.
  Histogram& histogram(const std::string& name, const std::string& help,
                       const std::vector<double>& bounds, const Labels& labels = {});

  // The Prometheus text format, version 0.0.4.
  std::string text() const;

  // Bounds for durations in seconds, from 1 ms to 10 s.
  static std::vector<double> duration_bounds();

 private:
  std::shared_ptr<prometheus::Registry> registry_;
};

}  // namespace osier::telemetry
