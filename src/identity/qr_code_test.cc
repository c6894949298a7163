#include "identity/qr_code.h"

#include <gtest/gtest.h>

namespace osier::identity {
namespace {

TEST(QrCode, IsMarkupWithoutStylesThatGrowsWithItsText) {
  const auto code = qr_code_svg("otpauth://totp/Shop:ada?secret=GEZDGNBVGY3TQOJQ", "Set up");
  ASSERT_TRUE(code);
  EXPECT_TRUE(code->str().starts_with("<svg "));
  EXPECT_EQ(code->str().find("style"), std::string::npos);
  // Version 4 of error correction M holds 62 bytes: 33 modules and four of rest on each side.
  EXPECT_NE(code->str().find(R"(viewBox="0 0 41 41")"), std::string::npos);
}

TEST(QrCode, EscapesItsLabel) {
  const auto code = qr_code_svg("text", R"("><script>)");
  ASSERT_TRUE(code);
  EXPECT_EQ(code->str().find("<script"), std::string::npos);
}

TEST(QrCode, HoldsUpTo2331Bytes) {
  EXPECT_TRUE(qr_code_svg(std::string(2'331, 'x'), "long"));
  EXPECT_FALSE(qr_code_svg(std::string(2'332, 'x'), "too long"));
  EXPECT_FALSE(qr_code_svg("", "empty"));
}

}  // namespace
}  // namespace osier::identity
