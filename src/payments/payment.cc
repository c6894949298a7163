#include "payments/payment.h"

#include <array>

#include "payments/bookkeeping.h"

namespace osier::payments {

namespace {

template <class Word, std::size_t count>
using Words = std::array<std::pair<Word, std::string_view>, count>;

constexpr Words<Provider, 2> provider_words{
    {{Provider::stripe, "stripe"}, {Provider::manual, "manual"}}};

constexpr Words<PaymentMethod, 3> method_words{{{PaymentMethod::hosted_page, "hosted_page"},
                                                {PaymentMethod::client_intent, "client_intent"},
                                                {PaymentMethod::transfer, "transfer"}}};

constexpr Words<PaymentStatus, 8> status_words{{{PaymentStatus::created, "created"},
                                                {PaymentStatus::requires_action, "requires_action"},
                                                {PaymentStatus::processing, "processing"},
                                                {PaymentStatus::authorized, "authorized"},
                                                {PaymentStatus::captured, "captured"},
                                                {PaymentStatus::failed, "failed"},
                                                {PaymentStatus::canceled, "canceled"},
                                                {PaymentStatus::expired, "expired"}}};

constexpr Words<RefundStatus, 3> refund_status_words{{{RefundStatus::created, "created"},
                                                      {RefundStatus::succeeded, "succeeded"},
                                                      {RefundStatus::failed, "failed"}}};

constexpr Words<TransactionKind, 7> kind_words{
    {{TransactionKind::authorization, "authorization"},
     {TransactionKind::capture, "capture"},
     {TransactionKind::void_, "void"},
     {TransactionKind::refund, "refund"},
     {TransactionKind::refund_reversal, "refund_reversal"},
     {TransactionKind::chargeback, "chargeback"},
     {TransactionKind::chargeback_reversal, "chargeback_reversal"}}};

template <class Word, std::size_t count>
std::string_view word_of(const Words<Word, count>& words, Word wanted) {
  for (const auto& [word, text] : words) {
    if (word == wanted) return text;
  }
  require(false, "every enumerator has its word");
  return {};
}

template <class Word, std::size_t count>
std::optional<Word> parse(const Words<Word, count>& words, std::string_view wanted) {
  for (const auto& [word, text] : words) {
    if (text == wanted) return word;
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(Provider provider) { return word_of(provider_words, provider); }
std::string_view to_string(PaymentMethod method) { return word_of(method_words, method); }
std::string_view to_string(PaymentStatus status) { return word_of(status_words, status); }
std::string_view to_string(RefundStatus status) { return word_of(refund_status_words, status); }
std::string_view to_string(TransactionKind kind) { return word_of(kind_words, kind); }
std::optional<Provider> parse_provider(std::string_view word) {
  return parse(provider_words, word);
}
std::optional<PaymentMethod> parse_payment_method(std::string_view word) {
  return parse(method_words, word);
}
std::optional<PaymentStatus> parse_payment_status(std::string_view word) {
  return parse(status_words, word);
}
std::optional<RefundStatus> parse_refund_status(std::string_view word) {
  return parse(refund_status_words, word);
}
std::optional<TransactionKind> parse_transaction_kind(std::string_view word) {
  return parse(kind_words, word);
}

bool is_open(PaymentStatus status) {
  return status == PaymentStatus::created || status == PaymentStatus::requires_action ||
         status == PaymentStatus::processing;
}

bool is_ended(PaymentStatus status) {
  return status == PaymentStatus::failed || status == PaymentStatus::canceled ||
         status == PaymentStatus::expired;
}

}  // namespace osier::payments
