// What every user of libcurl needs: here and in platform/mail.

#pragma once

#include <string>

namespace osier::http_client {

// Before the first handle is made; from any thread, any number of times.
void start_libcurl();

// Loopback, and what the environment's no_proxy names: for CURLOPT_NOPROXY.
std::string hosts_without_proxy();

}  // namespace osier::http_client
