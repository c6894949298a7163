// GET /media/{name}: files whose names promise their content, so that every cache may keep them for
// ever.

#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "media/media.h"
#include "platform/base/require.h"

namespace osier::media {

namespace {

constexpr std::size_t cached_file_bytes_max = 256 * 1024;

// Files used of late, by name; the one unused longest goes first. Shared by all loops.
class FileCache {
 public:
  using File = std::shared_ptr<const std::string>;

  explicit FileCache(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  File find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    const auto at = places_.find(name);
    if (at == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, at->second);
    return at->second->file;
  }

  void add(const std::string& name, File file) {
    if (file->size() > cached_file_bytes_max || file->size() > bytes_max_) return;
    const std::lock_guard lock(mutex_);
    if (places_.contains(name)) return;
    bytes_ += file->size();
    entries_.push_front({name, std::move(file)});
    places_.emplace(name, entries_.begin());
    while (bytes_ > bytes_max_) drop_oldest();
  }

 private:
  struct Entry {
    std::string name;
    File file;
  };

  void drop_oldest() {
    const Entry& oldest = entries_.back();
    bytes_ -= oldest.file->size();
    places_.erase(oldest.name);
    entries_.pop_back();
  }

  const std::size_t bytes_max_;
  std::mutex mutex_;
  std::size_t bytes_ = 0;
  std::list<Entry> entries_;
  std::unordered_map<std::string, std::list<Entry>::iterator> places_;
};

http::Response not_found() {
  auto response = http::text(404, "There is no such picture.\n");
  response.headers.set("Cache-Control", "no-store");
  return response;
}

// RFC 9110 section 13.1.2: one of the listed tags, or any.
bool has_it(const http::Request& request, std::string_view etag) {
  const auto wanted = request.headers.get("If-None-Match");
  return wanted && (*wanted == "*" || wanted->find(etag) != std::string_view::npos);
}

http::Response answer(const http::Request& request, const std::string& name, Format format,
                      FileCache::File file) {
  const std::string etag = '"' + name + '"';
  http::Response response;
  response.headers.set("Cache-Control", "public, max-age=31536000, immutable");
  response.headers.set("ETag", etag);
  if (has_it(request, etag)) {
    response.status = 304;
    return response;
  }
  response.headers.set("Content-Type", std::string(content_type(format)));
  response.headers.set("X-Content-Type-Options", "nosniff");
  // Storefronts on other origins show these pictures; nobody may take one for a document.
  response.headers.set("Cross-Origin-Resource-Policy", "cross-origin");
  response.headers.set("Content-Security-Policy", "default-src 'none'; sandbox");
  response.shared_body = std::move(file);
  return response;
}

Task<http::Response> get_file(blob::Store& store, std::shared_ptr<FileCache> cache,
                              http::Request request) {
  const std::string name = request.path_value(0);
  const auto parsed = parse_rendition_name(name);
  if (!parsed) co_return not_found();

  auto file = cache->find(name);
  if (!file) {
    const auto blob_name = blob::Name::parse(name);
    require(blob_name.has_value(), "a rendition's name is a blob's name");
    auto blob = co_await store.get(*blob_name);
    if (!blob) co_return not_found();
    file = std::make_shared<const std::string>(std::move(blob->bytes));
    cache->add(name, file);
  }
  co_return answer(request, name, parsed->format, std::move(file));
}

std::optional<http::Response> quick_file(FileCache& cache, const http::Request& request) {
  const std::string& name = request.path_value(0);
  const auto file = cache.find(name);
  if (!file) return std::nullopt;
  const auto parsed = parse_rendition_name(name);
  require(parsed.has_value(), "only renditions are in the cache");
  return answer(request, name, parsed->format, file);
}

}  // namespace

void add_media_routes(http::Router& router, blob::Store& store, std::size_t cache_bytes_max) {
  const auto cache = std::make_shared<FileCache>(cache_bytes_max);
  http::RouteOptions options;
  options.quick = [cache](const http::Request& request) { return quick_file(*cache, request); };
  router.get(
      "/media/{name}", http::Access::everyone(),
      [&store, cache](http::Request request) { return get_file(store, cache, std::move(request)); },
      std::move(options));
}

}  // namespace osier::media
