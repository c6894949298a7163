#include "audit/head.h"

#include <algorithm>

#include "platform/json/value.h"

namespace osier::audit {

namespace {

std::string_view to_string(Head::Kind kind) {
  switch (kind) {
    case Head::Kind::head:
      return "head";
    case Head::Kind::restored:
      return "restored";
  }
}

std::string message_of(const Head& head) {
  return "osier audit head 1\n" + std::string(to_string(head.kind)) + "\n" +
         std::to_string(head.seq) + "\n" + crypto::to_hex(head.hash) + "\n" + to_rfc3339(head.at) +
         "\n" + head.reason;
}

struct Line {
  Head head;
  std::string key;
  std::string signature;
};

std::optional<Line> parse(std::string_view text) {
  const auto value = json::parse(text);
  if (!value) return std::nullopt;
  json::Reader reader(*value);
  const auto kind = reader.word("kind", {"head", "restored"}, json::Presence::required);
  const auto seq = reader.integer("seq", {.required = true, .min = 0});
  const auto hash = reader.string("hash", {.required = true});
  const auto at = reader.string("at", {.required = true});
  const auto reason = reader.string("reason", {.length_max = 1'000});
  const auto key = reader.string("key", {.required = true});
  const auto signature = reader.string("signature", {.required = true});
  if (!reader.ok()) return std::nullopt;
  const auto hash_bytes = crypto::from_hex(*hash);
  const auto instant = parse_instant(*at);
  Line line;
  if (!instant || !hash_bytes || hash_bytes->size() != line.head.hash.size()) return std::nullopt;
  std::ranges::copy(*hash_bytes, line.head.hash.begin());
  line.head.kind = static_cast<Head::Kind>(*kind);
  line.head.seq = *seq;
  line.head.at = *instant;
  line.head.reason = reason.value_or("");
  line.key = *key;
  line.signature = crypto::from_base64(*signature).value_or("");
  return line;
}

// Empty if the line may be believed.
std::string complaint_about(const Line& line, const std::vector<crypto::PublicKey>& known_keys) {
  const auto key = crypto::PublicKey::parse(line.key);
  if (!key || std::ranges::find(known_keys, *key) == known_keys.end())
    return "is signed by a key that is not known: " + line.key;
  if (!key->has_signed(message_of(line.head), line.signature)) return "has a wrong signature";
  return "";
}

}  // namespace

std::string signed_line(const Head& head, const crypto::SigningKey& key) {
  const json::Object line{{"kind", to_string(head.kind)},
                          {"seq", head.seq},
                          {"hash", crypto::to_hex(head.hash)},
                          {"at", to_rfc3339(head.at)},
                          {"reason", head.reason},
                          {"key", key.public_key().text()},
                          {"signature", crypto::to_base64(key.sign(message_of(head)))}};
  return json::to_text(line);
}

SignedHeads read_heads(std::string_view lines, const std::vector<crypto::PublicKey>& known_keys) {
  SignedHeads read;
  for (int number = 1;; ++number) {
    const auto end = lines.find('\n');
    if (end == lines.npos) break;
    const auto text = lines.substr(0, end);
    lines.remove_prefix(end + 1);
    if (!text.ends_with('}')) continue;
    const auto line = parse(text);
    const std::string complaint = line ? complaint_about(*line, known_keys) : "is no head";
    if (!complaint.empty()) {
      read.complaints.push_back("line " + std::to_string(number) + " " + complaint);
      continue;
    }
    if (line->head.kind == Head::Kind::restored)
      std::erase_if(read.heads, [&](const Head& head) { return head.seq > line->head.seq; });
    read.heads.push_back(line->head);
  }
  std::ranges::sort(read.heads, {}, [](const Head& head) { return std::pair(head.seq, head.at); });
  return read;
}

}  // namespace osier::audit
