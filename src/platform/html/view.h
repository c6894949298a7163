// View models: the plain structs that templates show.
//
// A view names its fields once, and templates are checked against that list when they are loaded:
//
//   struct CartView {
//     struct Line {
//       std::string title;
//       std::int32_t quantity = 1;
//       std::optional<std::string> note;
//
//       static constexpr auto fields() {
//         return html::fields<Line>(html::field("title", &Line::title),
//                                   html::field("quantity", &Line::quantity),
//                                   html::field("note", &Line::note));
//       }
//     };
//     std::vector<Line> lines;
//     html::Html introduction;
//     std::shared_ptr<const Shell> shell;
//
//     static constexpr auto fields() {
//       return html::fields<CartView>(html::field("lines", &CartView::lines),
//                                     html::field("introduction", &CartView::introduction),
//                                     html::field("shell", &CartView::shell));
//     }
//   };
//
// A field is a bool, an integer, std::string, std::string_view (whose text outlives the rendering),
// Html, Json, another view, or a std::vector, std::optional, std::shared_ptr<const ...> or
// std::unique_ptr of any of these. Money, dates and the like are made into text before. A view may
// hold itself through a vector or pointer (a tree of categories). Members inherited from a base
// struct are listed like one's own.

#pragma once

#include <array>
#include <bit>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <vector>

#include "platform/html/html.h"

namespace osier::html {

// What a template can know of a type. `maybe` holds at most one value: nothing, or what `follow`
// leads to.
enum class Kind : std::uint8_t { nothing, boolean, integer, text, html, json, record, list, maybe };

struct Shape;

struct Field {
  std::string_view name;
  std::ptrdiff_t offset = 0;          // From the record's first byte.
  const Shape& (*shape)() = nullptr;  // Asked late, so that views may hold themselves.
};

// How values of one C++ type are read through a pointer to them. Only the functions of its kind are
// set.
struct Shape {
  Kind kind = Kind::nothing;
  std::span<const Field> fields = {};                     // record
  const Shape& (*inner)() = nullptr;                      // list, maybe
  std::int64_t (*integer)(const void*) = nullptr;         // boolean, integer
  std::string_view (*text)(const void*) = nullptr;        // text, html, json
  std::size_t (*size)(const void*) = nullptr;             // list
  const void* (*at)(const void*, std::size_t) = nullptr;  // list
  const void* (*follow)(const void*) = nullptr;           // maybe
};

// The shape of T. The same object at each call; kept as long as the process lives.
template <class T>
const Shape& shape_of();

template <class Owner, class T>
struct FieldOf {
  std::string_view name;
  T Owner::* member;
};

template <class View, class... Fields>
struct FieldList {
  std::tuple<Fields...> entries;
};

template <class Owner, class T>
constexpr FieldOf<Owner, T> field(std::string_view name, T Owner::* member) {
  return {name, member};
}

template <class View, class... Owners, class... Ts>
constexpr auto fields(FieldOf<Owners, Ts>... entries) {
  static_assert((std::derived_from<View, Owners> && ...),
                "a field belongs to the view it is listed in");
  return FieldList<View, FieldOf<Owners, Ts>...>{{entries...}};
}

template <class T>
concept View = requires { T::fields(); };

namespace internal {

template <class T>
struct ShapeMaker {
  static_assert(View<T>,
                "a view's field is of a kind that templates know (see the head of view.h)");

  template <class Owner, class M>
  static Field entry(const FieldOf<Owner, M>& field) {
    // In the Itanium C++ ABI a pointer to a data member is the member's offset.
    M T::* member = field.member;
    static_assert(sizeof(member) == sizeof(std::ptrdiff_t));
    return {field.name, std::bit_cast<std::ptrdiff_t>(member), &shape_of<std::remove_cv_t<M>>};
  }
  static Shape make() {
    static const auto entries = std::apply(
        [](const auto&... each) { return std::array<Field, sizeof...(each)>{entry(each)...}; },
        T::fields().entries);
    return {.kind = Kind::record, .fields = entries};
  }
};

template <std::integral T>
struct ShapeMaker<T> {
  static Shape make() {
    return {.kind = std::same_as<T, bool> ? Kind::boolean : Kind::integer,
            .integer = [](const void* at) {
              return static_cast<std::int64_t>(*static_cast<const T*>(at));
            }};
  }
};

template <class T>
  requires std::same_as<T, std::string> || std::same_as<T, std::string_view>
struct ShapeMaker<T> {
  static Shape make() {
    return {.kind = Kind::text,
            .text = [](const void* at) -> std::string_view { return *static_cast<const T*>(at); }};
  }
};

template <class T>
  requires std::same_as<T, Html> || std::same_as<T, Json>
struct ShapeMaker<T> {
  static Shape make() {
    return {.kind = std::same_as<T, Html> ? Kind::html : Kind::json,
            .text = [](const void* at) -> std::string_view {
              return static_cast<const T*>(at)->str();
            }};
  }
};

template <class T>
struct ShapeMaker<std::vector<T>> {
  static_assert(!std::same_as<T, bool>, "std::vector<bool> holds no bools one could point to");
  static Shape make() {
    using List = std::vector<T>;
    return {.kind = Kind::list,
            .inner = &shape_of<T>,
            .size = [](const void* at) { return static_cast<const List*>(at)->size(); },
            .at = [](const void* at, std::size_t index) -> const void* {
              return &(*static_cast<const List*>(at))[index];
            }};
  }
};

template <class Holder, class T>
struct MaybeMaker {
  static Shape make() {
    return {.kind = Kind::maybe,
            .inner = &shape_of<std::remove_cv_t<T>>,
            .follow = [](const void* at) -> const void* {
              const auto& holder = *static_cast<const Holder*>(at);
              return holder ? &*holder : nullptr;
            }};
  }
};
template <class T>
struct ShapeMaker<std::optional<T>> : MaybeMaker<std::optional<T>, T> {};
template <class T>
struct ShapeMaker<std::shared_ptr<T>> : MaybeMaker<std::shared_ptr<T>, T> {};
template <class T>
struct ShapeMaker<std::unique_ptr<T>> : MaybeMaker<std::unique_ptr<T>, T> {};

}  // namespace internal

template <class T>
const Shape& shape_of() {
  static const Shape shape = internal::ShapeMaker<T>::make();
  return shape;
}

}  // namespace osier::html
