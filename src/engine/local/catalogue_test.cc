// The catalogue that ships, and catalogues that are wrong in every field.
#include "engine/local/catalogue.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/model_table.h"

namespace sensorium::local {
namespace {

using ::testing::HasSubstr;

std::string with_model(std::string_view fields) {
  return fmt::format(R"({{"schema":"sensorium.catalogue/1","models":[{{{}}}]}})", fields);
}
std::string with_file(std::string_view fields) {
  return with_model(fmt::format(R"("name":"m","kind":"text","licence":"MIT","files":[{{{}}}])", fields));
}
std::string refusal(const std::string& json) {
  const auto parsed = Catalogue::parse(json);
  EXPECT_FALSE(parsed) << json;
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, Code::misconfigured);
  return parsed.error().message;
}

TEST(Catalogue, TheOneThatShipsIsUsable) {
  const auto& catalogue = Catalogue::builtin();
  EXPECT_GE(catalogue.models().size(), 10U);
  for (const auto& model : catalogue.models()) {
    EXPECT_FALSE(model.licence.empty()) << model.name;
    EXPECT_GT(model.memory_bytes, model.download_bytes()) << model.name;
    if (!model.vision) continue;
    EXPECT_GT(model.rank, 0) << model.name;
    const auto card = ModelTable::builtin().card("local", model.family);
    EXPECT_NE(card.tokens.kind, TokenRule::Kind::unknown)
        << model.family << " needs a row in data/models.json";
  }
}

TEST(Catalogue, KnowsOnlyDigestsOfTheRightShape) {
  for (const auto& model : Catalogue::builtin().models())
    for (const auto& file : model.files)
      EXPECT_TRUE(file.sha256.empty() || file.sha256.size() == 64) << file.name;
  const auto model = Catalogue::builtin().find("smollm2-135m");
  ASSERT_TRUE(model);
  EXPECT_EQ(model->files[0].bytes, 98'362'432);
  EXPECT_EQ(model->files[0].sources[0].kind, CatalogueSource::Kind::pypi);
}

TEST(Catalogue, RecommendsTheBestThatFits) {
  const auto& catalogue = Catalogue::builtin();
  const auto small = catalogue.recommend(std::int64_t{2} << 30),
             large = catalogue.recommend(std::int64_t{64} << 30);
  ASSERT_TRUE(small && large);
  EXPECT_LE(small->memory_bytes, std::int64_t{2} << 30);
  EXPECT_GT(large->rank, small->rank);
  EXPECT_EQ(catalogue.recommend(1 << 20), nullptr);
}

TEST(Catalogue, UnknownNamesGetASuggestion) {
  const auto near = Catalogue::builtin().find("smolvlm-500");
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error().code, Code::unknown_model);
  EXPECT_THAT(near.error().hint, HasSubstr("smolvlm-500m"));
  EXPECT_FALSE(Catalogue::builtin().find(std::string(10'000, 'x')).error().hint.empty());
}

TEST(Catalogue, WrongShapesAreToldWithTheirPlace) {
  EXPECT_THAT(refusal("{"), HasSubstr("its text"));
  EXPECT_THAT(refusal(R"({"schema":"sensorium.catalogue/9","models":[]})"), HasSubstr("schema"));
  EXPECT_THAT(refusal(R"({"schema":"sensorium.catalogue/1"})"), HasSubstr("models"));
  EXPECT_THAT(refusal(R"({"schema":"sensorium.catalogue/1","models":[7]})"), HasSubstr("models[0]"));
  EXPECT_THAT(refusal(with_model(R"("name":"m","licence":"MIT","colour":"red")")), HasSubstr("colour"));
  EXPECT_THAT(refusal(with_model(R"("name":"m","kind":"audio","licence":"MIT")")),
              HasSubstr("vision or text"));
  EXPECT_THAT(refusal(with_model(R"("name":"m","kind":"text","licence":"MIT")")), HasSubstr("first file"));
}

TEST(Catalogue, NamesThatWouldLeaveTheFolderAreRefused) {
  const std::string file = R"("sources":[{"hf":"a/b","path":"c"}])";
  for (const std::string_view name : {"../up", "a/b", ".hidden", "", "UPPER", "a b"})
    EXPECT_THAT(
        refusal(with_model(fmt::format(
            R"("name":"{}","kind":"text","licence":"MIT","files":[{{"name":"f.gguf",{}}}])", name, file))),
        HasSubstr("name"));
  for (const std::string_view name : {"../up.gguf", "a/b.gguf", ".hidden", ""})
    EXPECT_THAT(refusal(with_file(fmt::format(R"("name":"{}",{})", name, file))), HasSubstr("plain name"));
}

TEST(Catalogue, FilesNeedOneGoodSource) {
  EXPECT_THAT(refusal(with_file(R"("name":"f.gguf")")), HasSubstr("no source"));
  EXPECT_THAT(refusal(with_file(R"("name":"f.gguf","sources":[{"hf":"a/b","url":"http://x","path":"c"}])")),
              HasSubstr("one of"));
  EXPECT_THAT(refusal(with_file(R"("name":"f.gguf","sources":[{"hf":"a/b"}])")), HasSubstr("path"));
  EXPECT_THAT(refusal(with_file(R"("name":"f.gguf","sha256":"abc","sources":[{"url":"http://x"}])")),
              HasSubstr("64 digits"));
  EXPECT_THAT(refusal(with_file(R"("name":"f.gguf","bytes":-4,"sources":[{"url":"http://x"}])")),
              HasSubstr("bytes"));
  EXPECT_TRUE(Catalogue::parse(
      with_file(R"("name":"f.gguf","bytes":null,"sha256":null,"sources":[{"url":"http://x"}])")));
}

TEST(Catalogue, AVisionModelHasAProjectorAndNamesAreUnique) {
  const std::string file = R"({"name":"f.gguf","sources":[{"url":"http://x"}]})";
  EXPECT_THAT(refusal(with_model(R"("name":"m","kind":"vision","licence":"MIT","files":[)" + file + "]")),
              HasSubstr("projector"));
  const std::string model = R"({"name":"m","kind":"text","licence":"MIT","files":[)" + file + "]}";
  EXPECT_THAT(refusal(R"({"schema":"sensorium.catalogue/1","models":[)" + model + "," + model + "]}"),
              HasSubstr("twice"));
}

TEST(Catalogue, AMissingFileIsMisconfigured) {
  EXPECT_EQ(Catalogue::load("/nowhere/catalogue.json").error().code, Code::misconfigured);
  EXPECT_TRUE(Catalogue::load(""));
}

}  // namespace
}  // namespace sensorium::local
