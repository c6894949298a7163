#include "identity/cbor.h"

#include <cbor.h>

#include <limits>

namespace osier::identity {

namespace {

// What the decoder met last.
struct Event {
  enum class Kind { other, number, bytes, text, array, map, simple };
  Kind kind = Kind::other;
  bool is_negative = false;
  std::uint64_t number = 0;  // A negative number is -1 - number; the count of an array or a map.
  std::string_view content{};
};

template <class Number>
void on_number(void* context, Number number) {
  *static_cast<Event*>(context) = {.kind = Event::Kind::number, .number = number};
}
template <class Number>
void on_negative(void* context, Number number) {
  *static_cast<Event*>(context) = {
      .kind = Event::Kind::number, .is_negative = true, .number = number};
}
template <Event::Kind kind>
void on_string(void* context, cbor_data data, size_t size) {
  *static_cast<Event*>(context) = {.kind = kind,
                                   .content = {reinterpret_cast<const char*>(data), size}};
}
template <Event::Kind kind>
void on_container(void* context, size_t count) {
  *static_cast<Event*>(context) = {.kind = kind, .number = count};
}
void on_boolean(void* context, bool) {
  *static_cast<Event*>(context) = {.kind = Event::Kind::simple};
}
void on_null(void* context) { *static_cast<Event*>(context) = {.kind = Event::Kind::simple}; }

// All that is not named here keeps libcbor's callback that does nothing, and so stays `other`.
cbor_callbacks make_callbacks() {
  cbor_callbacks callbacks = cbor_empty_callbacks;
  callbacks.uint8 = on_number<std::uint8_t>;
  callbacks.uint16 = on_number<std::uint16_t>;
  callbacks.uint32 = on_number<std::uint32_t>;
  callbacks.uint64 = on_number<std::uint64_t>;
  callbacks.negint8 = on_negative<std::uint8_t>;
  callbacks.negint16 = on_negative<std::uint16_t>;
  callbacks.negint32 = on_negative<std::uint32_t>;
  callbacks.negint64 = on_negative<std::uint64_t>;
  callbacks.byte_string = on_string<Event::Kind::bytes>;
  callbacks.string = on_string<Event::Kind::text>;
  callbacks.array_start = on_container<Event::Kind::array>;
  callbacks.map_start = on_container<Event::Kind::map>;
  callbacks.boolean = on_boolean;
  callbacks.null = on_null;
  return callbacks;
}

Cbor::Kind kind_of(Event::Kind kind) {
  switch (kind) {
    case Event::Kind::number:
      return Cbor::Kind::number;
    case Event::Kind::bytes:
      return Cbor::Kind::bytes;
    case Event::Kind::text:
      return Cbor::Kind::text;
    case Event::Kind::array:
      return Cbor::Kind::array;
    case Event::Kind::map:
      return Cbor::Kind::map;
    case Event::Kind::simple:
    case Event::Kind::other:
      return Cbor::Kind::simple;
  }
}

}  // namespace

class CborReader {
 public:
  explicit CborReader(std::string_view rest) : rest_(rest) {}

  std::optional<Cbor> item(int depth) {
    if (depth > Cbor::depth_max || ++items_ > Cbor::items_max) return std::nullopt;
    const std::string_view from = rest_;
    const auto event = next();
    if (!event) return std::nullopt;
    Cbor item;
    item.kind_ = kind_of(event->kind);
    item.content_ = event->content;
    if (event->kind == Event::Kind::number) {
      if (event->number > std::numeric_limits<std::int64_t>::max()) return std::nullopt;
      const auto number = static_cast<std::int64_t>(event->number);
      item.number_ = event->is_negative ? -1 - number : number;
    }
    if (event->kind == Event::Kind::array && !fill(item, event->number, depth)) return std::nullopt;
    if (event->kind == Event::Kind::map) {
      if (event->number > Cbor::items_max) return std::nullopt;
      if (!fill(item, event->number * 2, depth) || !has_keys_once(item)) return std::nullopt;
    }
    item.encoded_ = from.substr(0, from.size() - rest_.size());
    return item;
  }

 private:
  std::optional<Event> next() {
    static const cbor_callbacks callbacks = make_callbacks();
    Event event;
    const auto result = cbor_stream_decode(reinterpret_cast<cbor_data>(rest_.data()), rest_.size(),
                                           &callbacks, &event);
    const bool is_known =
        result.status == CBOR_DECODER_FINISHED && event.kind != Event::Kind::other;
    if (!is_known || result.read == 0 || result.read > rest_.size()) return std::nullopt;
    rest_.remove_prefix(result.read);
    return event;
  }

  bool fill(Cbor& container, std::uint64_t count, int depth) {
    for (std::uint64_t i = 0; i < count; ++i) {
      auto element = item(depth + 1);  // Ends at the latest with items_max.
      if (!element) return false;
      container.items_.push_back(std::move(*element));
    }
    return true;
  }

  // What names a key twice is read differently by others.
  static bool has_keys_once(const Cbor& map) {
    for (std::size_t i = 0; i < map.items_.size(); i += 2) {
      for (std::size_t j = 0; j < i; j += 2) {
        const Cbor& key = map.items_[i];
        const Cbor& other = map.items_[j];
        if (key.kind_ == other.kind_ && key.number_ == other.number_ &&
            key.content_ == other.content_) {
          return false;
        }
      }
    }
    return true;
  }

  std::string_view rest_;
  int items_ = 0;
};

std::optional<Cbor> Cbor::read(std::string_view encoded) { return CborReader(encoded).item(1); }

std::optional<std::int64_t> Cbor::number() const {
  if (kind_ != Kind::number) return std::nullopt;
  return number_;
}

std::optional<std::string_view> Cbor::bytes() const {
  if (kind_ != Kind::bytes) return std::nullopt;
  return content_;
}

std::optional<std::string_view> Cbor::text() const {
  if (kind_ != Kind::text) return std::nullopt;
  return content_;
}

const Cbor* Cbor::find(std::int64_t key) const {
  if (kind_ != Kind::map) return nullptr;
  for (std::size_t i = 0; i < items_.size(); i += 2) {
    if (items_[i].number() == key) return &items_[i + 1];
  }
  return nullptr;
}

const Cbor* Cbor::find(std::string_view key) const {
  if (kind_ != Kind::map) return nullptr;
  for (std::size_t i = 0; i < items_.size(); i += 2) {
    if (items_[i].text() == key) return &items_[i + 1];
  }
  return nullptr;
}

}  // namespace osier::identity
