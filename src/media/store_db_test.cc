#include <gtest/gtest.h>

#include "media/media.h"
#include "platform/postgres/migrations.h"
#include "platform/postgres/test/database.h"

namespace osier::media {
namespace {

constexpr Instant noon{std::chrono::microseconds{1'795'348'800'000'000}};

Image picture(const std::string& hash) {
  return {.hash = hash,
          .width = 640,
          .height = 800,
          .colour = "#d8d5cb",
          .renditions = {{.format = Format::avif,
                          .width = 640,
                          .height = 800,
                          .name = name_of(hash, 640, Format::avif),
                          .size = 7'717}}};
}

static constexpr pg::Statement read_images_sql{"media_test.read_images", R"sql(
  SELECT id, width, height, colour, renditions::text FROM media.images
)sql"};

Task<void> save_twice(pg::Database& database) {
  const Image image = picture(std::string(32, 'a'));
  auto transaction = co_await database.begin();
  const ImageId first = co_await save_image(transaction, image, noon);
  const ImageId again = co_await save_image(transaction, image, noon);
  co_await transaction.commit();
  EXPECT_EQ(first, again);

  const auto rows = co_await database.run(read_images_sql);
  EXPECT_EQ(rows.size(), 1);
  EXPECT_EQ(rows[0].get<ImageId>(0), first);
  EXPECT_EQ(rows[0].get<std::int32_t>(1), 640);
  EXPECT_EQ(rows[0].get<std::int32_t>(2), 800);
  EXPECT_EQ(rows[0].get<std::string>(3), "#d8d5cb");
  EXPECT_EQ(renditions_from_json(rows[0].get<std::string>(4)), image.renditions);
}

Task<void> save_two(pg::Database& database) {
  auto transaction = co_await database.begin();
  const Image one = picture(std::string(32, 'a'));
  const Image two = picture(std::string(32, 'b'));
  const ImageId first = co_await save_image(transaction, one, noon);
  const ImageId second = co_await save_image(transaction, two, noon);
  EXPECT_NE(first, second);
}

TEST(SaveImage, FindsTheRowThatHasTheHashAlready) {
  const pg::test::Database database(migrations());
  pg::test::run(database.connection(), save_twice);
}

TEST(SaveImage, GivesEveryPictureItsOwnRow) {
  const pg::test::Database database(migrations());
  pg::test::run(database.connection(), save_two);
}

}  // namespace
}  // namespace osier::media
