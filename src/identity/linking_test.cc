#include "identity/linking.h"

#include <gtest/gtest.h>

#include "identity/own_path.h"

namespace osier::identity {
namespace {

// Hardening 50.
TEST(Linking, NeverTrustsAnAddressThatIsNotVerifiedThere) {
  for (const auto here : {AccountHere::none, AccountHere::verified}) {
    EXPECT_EQ(decide_linking(AddressThere::none_verified, here), Linking::sign_in_here_first);
  }
}

// Hardening 50: verified once, by somebody who does not decide whose it is today.
TEST(Linking, OpensNoAccountByTheWordOfAnIssuerThatDoesNotDecide) {
  EXPECT_EQ(decide_linking(AddressThere::verified, AccountHere::verified),
            Linking::sign_in_here_first);
  EXPECT_EQ(decide_linking(AddressThere::verified, AccountHere::none),
            Linking::open_unverified_account);
}

// Hardening 49: an account that never proved the address is none.
TEST(Linking, ConnectsIfBothSidesHaveVerified) {
  EXPECT_EQ(decide_linking(AddressThere::authoritative, AccountHere::verified), Linking::connect);
  EXPECT_EQ(decide_linking(AddressThere::authoritative, AccountHere::none), Linking::open_account);
}

// Hardening 51.
TEST(OwnPath, IsWithinTheShop) {
  for (const char* path : {"/", "/account", "/de-eu/checkout?step=2", "/p/mug?variant=A%2FB",
                           "/search?q=//x", "/a/../b", "/@evil.example", "/x#y"}) {
    EXPECT_EQ(own_path(path), path);
  }
}

TEST(OwnPath, IsNoOtherPlace) {
  for (const char* path : {"",
                           "//evil.example",
                           "/\\evil.example",
                           "\\/evil.example",
                           "///evil.example",
                           "https://evil.example",
                           "javascript:alert(1)",
                           "data:text/html,x",
                           "evil.example",
                           "account",
                           " /account",
                           "/ account",
                           "/\t/evil.example",
                           "/\n/evil.example",
                           "/%0d%0aSet:x",
                           "/%2fevil.example",
                           "/%5cevil.example",
                           "/a\r\nLocation: //evil",
                           "/\x7f",
                           "/m\u00fcg",
                           ".//evil.example",
                           "?next=/",
                           "#"}) {
    EXPECT_EQ(own_path(path, "/account"), "/account") << path;
  }
  EXPECT_EQ(own_path("/" + std::string(499, 'a')).size(), 500u);
  EXPECT_EQ(own_path("/" + std::string(500, 'a')), "/");
  EXPECT_EQ(own_path(std::string_view("/a\0b", 4)), "/");
}

}  // namespace
}  // namespace osier::identity
