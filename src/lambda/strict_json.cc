#include "lambda/strict_json.h"

#include <vector>

#include <fmt/format.h>

#include "lambda/log_text.h"

namespace signpost::lambda {
namespace {

using nlohmann::json;

/// Builds the document from nlohmann's events. Returning false from one ends the parsing.
class Builder final : public json::json_sax_t {
 public:
  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*size*/) override { return Open(json::object()); }
  bool end_object() override { return Close(); }
  bool start_array(std::size_t /*size*/) override { return Open(json::array()); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    if (open_.back()->contains(name)) {
      problem_ = fmt::format("the name '{}' stands twice in one object", Excerpt(name));
      return false;
    }
    name_ = std::move(name);
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const json::exception& /*error*/) override {
    problem_ = fmt::format("malformed at byte {}", position);
    return false;
  }

  const std::string& problem() const { return problem_; }
  json& root() { return root_; }

 private:
  /// Puts a value where it belongs and tells where that is.
  json* Place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    return &(parent[name_] = std::move(value));
  }

  bool Add(json value) {
    Place(std::move(value));
    return true;
  }

  bool Open(json container) {
    if (open_.size() == kMaxJsonDepth) {
      problem_ = fmt::format("nested deeper than {} levels", kMaxJsonDepth);
      return false;
    }
    open_.push_back(Place(std::move(container)));
    return true;
  }

  bool Close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::vector<json*> open_;  // the containers around the next value; each is the last child of the one before
  std::string name_;
  std::string problem_;
};

}  // namespace

Result<json> ParseStrictJson(std::string_view text) {
  const auto refuse = [](std::string_view why) {
    return Fail(ErrorCode::kInvalidArgument, fmt::format("not JSON that can be taken: {}", why));
  };
  if (text.starts_with("\xEF\xBB\xBF")) return refuse("it begins with a byte order mark");
  Builder builder;
  if (!json::sax_parse(text.begin(), text.end(), &builder)) return refuse(builder.problem());
  return std::move(builder.root());
}

}  // namespace signpost::lambda
