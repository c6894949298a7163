#include "identity/visitors.h"

namespace osier::identity {

Task<std::optional<CustomerId>> Visitors::customer(const http::Request& request) {
  const auto principal = co_await guard_.who_asks(request);
  if (!principal) co_return std::nullopt;
  co_return CustomerId{principal->account};
}

Task<std::optional<Customer>> Visitors::account(const http::Request& request) {
  const auto id = co_await customer(request);
  if (!id) co_return std::nullopt;
  co_return co_await accounts_.find(*id);
}

}  // namespace osier::identity
