#include "waiting_room/pages.h"

#include <algorithm>

#include "platform/json/value.h"
#include "waiting_room/waiting_page.h"
#include "web/api.h"

namespace osier::waiting_room {

using catalog::PageContext;
using catalog::Storefront;

static std::string query_of(const Wanted& wanted) {
  if (wanted.variant.empty()) return {};
  return "?variant=" + http::url_encode(wanted.variant) +
         "&quantity=" + http::url_encode(wanted.quantity);
}

// Only what can be one: it comes back in a form.
static Wanted wanted_of(const http::Parameters& parameters) {
  Wanted wanted;
  const auto variant = Uuid::parse(parameters.get("variant").value_or(""));
  const std::string_view quantity = parameters.get("quantity").value_or("");
  const bool is_number = !quantity.empty() && quantity.size() <= 4 &&
                         quantity.find_first_not_of("0123456789") == std::string_view::npos;
  if (variant && is_number) wanted = {variant->to_string(), std::string(quantity)};
  return wanted;
}

static void keep_private(http::Response& response) {
  response.headers.set("Cache-Control", "private, no-store");
  response.headers.set("X-Robots-Tag", "noindex");
}

namespace {

class WaitingPages {
 public:
  WaitingPages(Storefront& storefront, WaitingRoom& rooms)
      : storefront_(storefront),
        rooms_(rooms),
        page_(storefront.engine().page<WaitingPageView>("waiting.html")) {}

  // No database: a shopper who waits costs arithmetic and a small page.
  Task<http::Response> show(PageContext context, http::Request request) const {
    const auto room = room_of(context, request);
    if (!room) co_return http::redirect(back_of(context, request));
    WaitingState state{.room = *room};
    state.is_sold_out = rooms_.is_sold_out(*room);
    if (const auto ticket = rooms_.ticket_of(request, *room)) {
      state.has_ticket = true;
      state.standing = standing_of(*room, ticket->number, context.now);
    }
    const auto parameters = request.parameters();
    const Wanted wanted = parameters ? wanted_of(*parameters) : Wanted{};
    auto view = view_of(state, context);
    view.variant = wanted.variant;
    view.quantity = wanted.quantity;
    if (wanted.variant.empty()) view.cart_url.clear();
    auto response = http::html(200, page_.render(view, *context.texts));
    keep_private(response);
    if (const auto pause = look_again_after(state)) {
      response.headers.set("Refresh", std::to_string(pause->count()));
    }
    co_return response;
  }

  Task<http::Response> take(PageContext context, http::Request request) const {
    const auto room = room_of(context, request);
    if (!room) co_return http::redirect(back_of(context, request));
    const auto form = http::Parameters::parse(request.body);
    const Wanted wanted = form ? wanted_of(*form) : Wanted{};
    ClosedDoor door{.reason = ClosedDoor::Reason::no_ticket, .room = *room};
    if (const auto ticket = rooms_.ticket_of(request, *room)) {
      const auto standing = standing_of(*room, ticket->number, context.now);
      if (standing.stage != Stage::over) door.reason = ClosedDoor::Reason::waiting;
    }
    auto response = co_await send_to_waiting_page(rooms_, context, request, std::move(door),
                                                  Take::number, wanted);
    if (response.status == 429) co_return storefront_.error_page(request, 429);
    co_return response;
  }

 private:
  std::optional<Room> room_of(const PageContext& context, const http::Request& request) const {
    std::optional<catalog::ProductId> product;
    if (!request.path_values.empty()) {
      const auto index = context.snapshot->product_by_handle(request.path_value(0));
      if (!index) return std::nullopt;
      product = context.snapshot->product(*index).id;
    }
    return rooms_.room_before(product);
  }

  // Nobody has to wait here (any more): go on where it was about.
  static std::string back_of(const PageContext& context, const http::Request& request) {
    const bool is_product = !request.path_values.empty() &&
                            context.snapshot->product_by_handle(request.path_value(0)).has_value();
    return context.url(is_product ? "/p/" + request.path_value(0) : "/");
  }

  Storefront& storefront_;
  WaitingRoom& rooms_;
  html::Page<WaitingPageView> page_;
};

}  // namespace

void add_waiting_pages(http::Router& router, Storefront& storefront, WaitingRoom& rooms) {
  const auto pages = std::make_shared<const WaitingPages>(storefront, rooms);
  for (const std::string pattern : {"/waiting", "/waiting/{handle}"}) {
    storefront.add_page(router, http::Method::get, pattern, http::Access::everyone(),
                        [pages](PageContext context, http::Request request) {
                          return pages->show(std::move(context), std::move(request));
                        });
    storefront.add_page(router, http::Method::post, pattern, http::Access::everyone(),
                        [pages](PageContext context, http::Request request) {
                          return pages->take(std::move(context), std::move(request));
                        });
  }
}

Task<http::Response> send_to_waiting_page(WaitingRoom& rooms, PageContext context,
                                          http::Request request, ClosedDoor door, Take take,
                                          Wanted wanted) {
  auto response =
      http::redirect(context.url(path_of(door.room, *context.snapshot)) + query_of(wanted));
  keep_private(response);
  const bool needs_number = take == Take::number && door.reason != ClosedDoor::Reason::waiting &&
                            !rooms.is_sold_out(door.room);
  if (!needs_number) co_return response;
  const auto ticket = co_await rooms.take_ticket(door.room.id, request.client_address);
  if (ticket) {
    rooms.set_cookie(response, *ticket);
  } else if (ticket.error() == WaitingRoom::TakeRefusal::too_many) {
    response = http::text(429, "Too many numbers were taken from here. Try again in a minute.\n");
    response.headers.set("Retry-After", "60");
    keep_private(response);
  }
  co_return response;
}

// --- The store API.

static http::Response waiting_answer(const std::string& ticket, const Standing& standing) {
  const bool is_early = standing.stage == Stage::before_opening;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(standing.estimate).count();
  const auto pause = std::clamp<std::int64_t>(seconds / 3, 1, 15);
  json::Object waiting{{"ticket", ticket},
                       {"stage", is_early ? "before_opening" : "waiting"},
                       {"position", standing.position},
                       {"estimated_seconds", seconds}};
  json::Object body{{"type", "not_allowed"},
                    {"message",
                     "this is sold through a waiting room: repeat the request with the "
                     "ticket in X-Waiting-Ticket"},
                    {"code", "waiting_room"}};
  body["waiting"] = std::move(waiting);
  auto response = http::json(429, json::to_text(json::Value(std::move(body))));
  response.headers.set("Cache-Control", "no-store");
  response.headers.set("Retry-After", std::to_string(pause));
  response.headers.set(ticket_header, ticket);
  return response;
}

Task<http::Response> answer_closed_door(WaitingRoom& rooms, http::Request request,
                                        ClosedDoor door) {
  if (rooms.is_sold_out(door.room))
    co_return web::error(web::ErrorType::not_allowed, "this is sold out", "insufficient_inventory");
  if (door.reason == ClosedDoor::Reason::used) {
    co_return web::error(web::ErrorType::conflict,
                         "the ticket has ordered for another cart: take a new one",
                         "waiting_ticket_used");
  }
  if (door.reason == ClosedDoor::Reason::waiting)
    co_return waiting_answer(door.ticket, door.standing);
  const auto ticket = co_await rooms.take_ticket(door.room.id, request.client_address);
  if (!ticket) co_return web::error_for_status(429);
  // As it stands now: the next look tells more.
  const auto room = rooms.room_before(door.room.product_id);
  const auto standing = rooms.standing(room.value_or(door.room), *ticket);
  co_return waiting_answer(rooms.text_of(*ticket), standing);
}

}  // namespace osier::waiting_room
