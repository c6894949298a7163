#include "web/page_cache.h"

#include <array>
#include <atomic>
#include <list>
#include <mutex>
#include <unordered_map>

#include "platform/crypto/crypto.h"
#include "web/compress.h"

namespace osier::web {

namespace {

struct Page {
  std::uint64_t version = 0;
  std::string type;
  std::string etag;  // Quoted, without the encoding's suffix.
  std::shared_ptr<const std::string> plain;
  // Made at the first request that wants them.
  std::once_flag brotli_once;
  std::once_flag gzip_once;
  std::shared_ptr<const std::string> brotli_bytes;
  std::shared_ptr<const std::string> gzip_bytes;

  std::shared_ptr<const std::string> in(Encoding encoding) {
    if (encoding == Encoding::brotli) {
      std::call_once(brotli_once, [&] {
        brotli_bytes = std::make_shared<const std::string>(brotli(*plain, 5));
      });
      return brotli_bytes;
    }
    if (encoding == Encoding::gzip) {
      std::call_once(gzip_once,
                     [&] { gzip_bytes = std::make_shared<const std::string>(gzip(*plain, 6)); });
      return gzip_bytes;
    }
    return plain;
  }
};

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const {
    return std::hash<std::string_view>{}(text);
  }
};

// One part of the cache with its own lock: least recently used pages go first.
struct Shard {
  struct Entry {
    std::shared_ptr<Page> page;
    std::size_t bytes;
    std::list<const std::string*>::iterator place;
  };
  std::mutex mutex;
  std::unordered_map<std::string, Entry, StringHash, std::equal_to<>> entries;
  std::list<const std::string*> by_use;  // The latest first.
  std::size_t bytes = 0;
};

constexpr std::size_t shard_count = 16;

}  // namespace

namespace {

// What every page carries. Browsers ask each time and get 304; a CDN may hold the page a minute,
// and longer if we are down.
std::shared_ptr<const http::Headers::Shared> shared_headers(const SecurityHeaders& security) {
  http::Response response;
  response.headers.add("Vary", "Accept-Encoding");
  response.headers.add(
      "Cache-Control",
      "public, max-age=0, s-maxage=60, stale-while-revalidate=300, stale-if-error=86400");
  security.add_to(response);
  return std::make_shared<const http::Headers::Shared>(response.headers);
}

}  // namespace

struct PageCache::State {
  State(std::shared_ptr<const http::Headers::Shared> common, std::size_t bytes_max)
      : headers(std::move(common)), shard_bytes_max(bytes_max / shard_count) {}

  const std::shared_ptr<const http::Headers::Shared> headers;
  const std::size_t shard_bytes_max;
  Gate gate;
  std::array<Shard, shard_count> shards;
  std::atomic<std::uint64_t> hits = 0;
  std::atomic<std::uint64_t> misses = 0;

  Shard& shard_of(std::string_view key) { return shards[StringHash{}(key) % shard_count]; }

  std::shared_ptr<Page> find(std::string_view key, std::uint64_t version) {
    Shard& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto found = shard.entries.find(key);
    if (found == shard.entries.end() || found->second.page->version != version) return nullptr;
    shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second.place);
    return found->second.page;
  }

  void keep(std::string_view key, const std::shared_ptr<Page>& page) {
    Shard& shard = shard_of(key);
    // Room for the compressed forms, which come later.
    const std::size_t bytes = key.size() + page->plain->size() * 3 / 2 + 512;
    const std::lock_guard lock(shard.mutex);
    if (const auto old = shard.entries.find(key); old != shard.entries.end()) remove(shard, old);
    const auto [entry, added] =
        shard.entries.emplace(std::string(key), Shard::Entry{page, bytes, {}});
    shard.by_use.push_front(&entry->first);
    entry->second.place = shard.by_use.begin();
    shard.bytes += bytes;
    while (shard.bytes > shard_bytes_max && shard.by_use.size() > 1) {
      remove(shard, shard.entries.find(*shard.by_use.back()));
    }
  }

  template <class Iterator>
  static void remove(Shard& shard, Iterator entry) {
    shard.bytes -= entry->second.bytes;
    shard.by_use.erase(entry->second.place);
    shard.entries.erase(entry);
  }
};

PageCache::PageCache(SecurityHeaders headers, std::size_t bytes_max)
    : state_(std::make_unique<State>(shared_headers(headers), bytes_max)) {}

PageCache::~PageCache() = default;

void PageCache::set_gate(Gate gate) { state_->gate = std::move(gate); }

namespace {

// "abc" with the encoding's suffix inside the quotes: each form has its own tag (RFC 9110
// section 8.8.3).
std::string etag_in(const std::string& etag, Encoding encoding) {
  if (encoding == Encoding::identity) return etag;
  return etag.substr(0, etag.size() - 1) + (encoding == Encoding::brotli ? "-br\"" : "-gz\"");
}

bool has_it(const http::Request& request, const std::string& etag) {
  const auto wanted = request.headers.get("If-None-Match");
  return wanted && (wanted->find(etag) != std::string_view::npos || *wanted == "*");
}

}  // namespace

http::Response PageCache::answer(const http::Request& request, std::string_view key,
                                 std::uint64_t version,
                                 const std::function<std::string()>& render) {
  return answer(request, key, version, Content{}, render);
}

http::Response PageCache::answer(const http::Request& request, std::string_view key,
                                 std::uint64_t version, const Content& content,
                                 const std::function<std::string()>& render) {
  auto page = state_->find(key, version);
  if (page) {
    state_->hits.fetch_add(1, std::memory_order_relaxed);
  } else {
    if (state_->gate) {
      if (auto refusal = state_->gate(request)) return std::move(*refusal);
    }
    state_->misses.fetch_add(1, std::memory_order_relaxed);
    page = std::make_shared<Page>();
    page->version = version;
    page->type = content.type;
    page->plain = std::make_shared<const std::string>(render());
    page->etag = "\"" + crypto::sha256_hex(*page->plain).substr(0, 20) + "\"";
    state_->keep(key, page);
  }

  const auto encoding = choose_encoding(request.headers.get("Accept-Encoding").value_or(""));
  const auto etag = etag_in(page->etag, encoding);
  http::Response response;
  response.headers.share(state_->headers);
  response.headers.add("ETag", etag);
  if (content.status == 200 && has_it(request, etag)) {
    response.status = 304;
    return response;
  }
  response.status = content.status;
  response.headers.add("Content-Type", page->type);
  if (encoding != Encoding::identity)
    response.headers.add("Content-Encoding", std::string(to_string(encoding)));
  response.shared_body = page->in(encoding);
  return response;
}

PageCache::Statistics PageCache::statistics() const {
  Statistics statistics{state_->hits.load(), state_->misses.load(), 0};
  for (auto& shard : state_->shards) {
    const std::lock_guard lock(shard.mutex);
    statistics.bytes += shard.bytes;
  }
  return statistics;
}

}  // namespace osier::web
