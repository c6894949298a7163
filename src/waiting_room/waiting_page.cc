#include "waiting_room/waiting_page.h"

#include <algorithm>

namespace osier::waiting_room {

using catalog::PageContext;

static const catalog::Product* product_of(const Room& room, const catalog::Snapshot& snapshot) {
  if (!room.product_id) return nullptr;
  const auto index = snapshot.product_by_id(*room.product_id);
  return index ? &snapshot.product(*index) : nullptr;
}

std::string path_of(const Room& room, const catalog::Snapshot& snapshot) {
  const catalog::Product* product = product_of(room, snapshot);
  return product == nullptr ? "/waiting" : "/waiting/" + product->handle;
}

static std::string duration_text(Duration estimate, const PageContext& context) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(estimate).count();
  if (seconds < 60) return context.text("waiting.less_than_a_minute");
  const std::int64_t minutes = (seconds + 59) / 60;
  return context.text("waiting.minutes", {{"count", minutes}});
}

static std::string moment_text(Instant moment, const PageContext& context) {
  return locale::format_date(moment, context.locale, context.market().time_zone,
                             locale::DateStyle::date_time);
}

static void show_place(WaitingPageView& view, const WaitingState& state,
                       const PageContext& context) {
  const Standing& standing = state.standing;
  view.position = locale::format_number(standing.position, context.locale);
  view.title = context.text("waiting.in_line");
  view.message = context.text("waiting.in_line_message");
  view.progress_done = std::to_string(state.room.admitted);
  view.progress_all = std::to_string(standing.rank);
  view.estimate = duration_text(standing.estimate, context);
  view.note = context.text("waiting.looks_again");
}

static void show_turn(WaitingPageView& view, const WaitingState& state,
                      const PageContext& context) {
  const std::string until = moment_text(state.standing.until, context);
  view.title = context.text("waiting.your_turn");
  view.message = context.text("waiting.your_turn_message", {{"until", std::string_view(until)}});
  view.cart_url = context.url("/cart/lines");
}

static void show_stage(WaitingPageView& view, const WaitingState& state,
                       const PageContext& context) {
  switch (state.standing.stage) {
    case Stage::before_opening: {
      const std::string when = moment_text(state.room.opens_at.value_or(context.now), context);
      view.title = context.text("waiting.early");
      view.message = context.text("waiting.early_message", {{"when", std::string_view(when)}});
      view.note = context.text("waiting.looks_again");
      return;
    }
    case Stage::waiting:
      return show_place(view, state, context);
    case Stage::admitted:
      return show_turn(view, state, context);
    case Stage::over:
      view.title = context.text("waiting.over");
      view.message = context.text("waiting.over_message");
      view.join_label = context.text("waiting.join_again");
      return;
  }
}

WaitingPageView view_of(const WaitingState& state, const PageContext& context) {
  const catalog::Product* product = product_of(state.room, *context.snapshot);
  WaitingPageView view;
  view.shell = context.shell;
  view.subject =
      product == nullptr ? context.shell->shop_name : product->title.at(context.place.locale);
  view.back_url = product == nullptr ? context.url("/") : context.url("/p/" + product->handle);
  view.back_label = context.text(product == nullptr ? "waiting.to_shop" : "waiting.to_product");
  if (state.is_sold_out) {
    view.title = context.text("waiting.sold_out");
    view.message = context.text("waiting.sold_out_message");
    view.back_url = context.url("/");
    view.back_label = context.text("waiting.to_shop");
  } else if (!state.has_ticket) {
    view.title = context.text("waiting.many");
    view.message = context.text("waiting.many_message");
    view.join_label = context.text("waiting.join");
  } else {
    show_stage(view, state, context);
  }
  if (!view.join_label.empty()) view.join_url = context.url(path_of(state.room, *context.snapshot));
  view.head.title = view.title + " · " + context.shell->shop_name;
  // So that it can be read on a tab in the background.
  if (!view.position.empty()) view.head.title = view.position + " · " + view.head.title;
  view.head.is_indexed = false;
  return view;
}

std::optional<std::chrono::seconds> look_again_after(const WaitingState& state) {
  const bool is_waiting =
      state.standing.stage == Stage::waiting || state.standing.stage == Stage::before_opening;
  if (state.is_sold_out || !state.has_ticket || !is_waiting) return std::nullopt;
  constexpr std::chrono::seconds soonest{2};
  constexpr std::chrono::seconds latest{15};
  const auto wait = std::chrono::ceil<std::chrono::seconds>(state.standing.estimate / 3);
  return std::clamp(wait, soonest, latest);
}

}  // namespace osier::waiting_room
