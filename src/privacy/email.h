// One spelling for one mailbox, so that its blind index finds it however it is typed.

#pragma once

#include <string>
#include <string_view>

namespace osier::privacy {

// NFC, without space around it; the domain as lower-case A-labels (RFC 5891, UTS #46), the part
// before the @ in lower case. Nothing cleverer: dots and +tags count. Total: a text that is no
// address keeps its letters, in lower case.
std::string normalised_email(std::string_view email);

}  // namespace osier::privacy
