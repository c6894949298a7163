// The waiting page. Internal to the room.

#pragma once

#include "catalog/storefront.h"
#include "waiting_room/waiting_room.h"

namespace osier::waiting_room {

struct WaitingPageView {
  std::shared_ptr<const web::Shell> shell;
  web::Head head;
  std::string subject;  // The product's or the shop's name.
  std::string title;
  std::string message;
  std::string position;       // "128"; empty: none is shown.
  std::string progress_done;  // Of progress_all: how far admission is.
  std::string progress_all;
  std::string estimate;  // "About 2 minutes."
  std::string note;      // What the page does by itself.
  std::string join_url;  // Posted to, for a number; empty: nothing to take.
  std::string join_label;
  std::string cart_url;  // Posted to, with variant and quantity; empty: nothing was chosen.
  std::string variant;
  std::string quantity;
  std::string back_url;  // To the product or the shop.
  std::string back_label;

  static constexpr auto fields() {
    return html::fields<WaitingPageView>(
        html::field("shell", &WaitingPageView::shell), html::field("head", &WaitingPageView::head),
        html::field("subject", &WaitingPageView::subject),
        html::field("title", &WaitingPageView::title),
        html::field("message", &WaitingPageView::message),
        html::field("position", &WaitingPageView::position),
        html::field("progress_done", &WaitingPageView::progress_done),
        html::field("progress_all", &WaitingPageView::progress_all),
        html::field("estimate", &WaitingPageView::estimate),
        html::field("note", &WaitingPageView::note),
        html::field("join_url", &WaitingPageView::join_url),
        html::field("join_label", &WaitingPageView::join_label),
        html::field("cart_url", &WaitingPageView::cart_url),
        html::field("variant", &WaitingPageView::variant),
        html::field("quantity", &WaitingPageView::quantity),
        html::field("back_url", &WaitingPageView::back_url),
        html::field("back_label", &WaitingPageView::back_label));
  }
};

// What the page says. `has_ticket`: the shopper has a number; else `standing` means nothing.
struct WaitingState {
  const Room& room;
  bool has_ticket = false;
  Standing standing = {};
  bool is_sold_out = false;
};
WaitingPageView view_of(const WaitingState& state, const catalog::PageContext& context);

// After how long the page should look again; nothing: it need not.
std::optional<std::chrono::seconds> look_again_after(const WaitingState& state);

// "/waiting/{handle}" or "/waiting".
std::string path_of(const Room& room, const catalog::Snapshot& snapshot);

}  // namespace osier::waiting_room
