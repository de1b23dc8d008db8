#include "testing/synthetic_s3_wire.h"

#include <algorithm>
#include <charconv>

#include "testing/server_wire.h"

namespace signpost::testing {
namespace {

constexpr std::size_t kMaxHeadBytes = 64 << 10;
constexpr std::size_t kReadBytes = 256 << 10;

/// The text up to the first `mark`, which is taken off `*text` too; all of it where there is none.
std::string_view TakeUntil(std::string_view mark, std::string_view* text) {
  const std::size_t at = text->find(mark);
  const std::string_view taken = text->substr(0, at);
  text->remove_prefix(at == std::string_view::npos ? text->size() : at + mark.size());
  return taken;
}

void ParseTarget(std::string_view target, SyntheticHead* head) {
  std::string_view path = TakeUntil("?", &target);
  if (path.starts_with('/')) path.remove_prefix(1);
  head->bucket = Decoded(TakeUntil("/", &path));
  head->key = Decoded(path);
  while (!target.empty()) {
    std::string_view value = TakeUntil("&", &target);
    const std::string_view name = TakeUntil("=", &value);
    head->query[Decoded(name)] = Decoded(value);
  }
}

std::optional<SyntheticHead> ParseHead(std::string_view text) {
  SyntheticHead head;
  std::string_view line = TakeUntil("\r\n", &text);
  head.method = TakeUntil(" ", &line);
  ParseTarget(TakeUntil(" ", &line), &head);
  if (line != "HTTP/1.1") return std::nullopt;
  while (!text.empty()) {
    std::string_view value = TakeUntil("\r\n", &text);
    std::string name(TakeUntil(":", &value));
    std::ranges::transform(name, name.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + 32) : c; });
    while (value.starts_with(' ')) value.remove_prefix(1);
    head.headers.emplace_back(std::move(name), value);
  }
  const std::string_view length = head.Header("content-length");
  std::from_chars(length.data(), length.data() + length.size(), head.content_length);
  head.keep_alive = head.Header("connection") != "close";
  return head;
}

}  // namespace

std::string_view SyntheticHead::Header(std::string_view name) const {
  const auto found = std::ranges::find(headers, name, &std::pair<std::string, std::string>::first);
  return found == headers.end() ? std::string_view() : std::string_view(found->second);
}

std::string_view SyntheticHead::Query(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string_view() : std::string_view(found->second);
}

bool SyntheticReader::Fill() {
  const std::size_t before = buffer_.size();
  buffer_.resize(before + (16 << 10));
  const std::size_t got = wire_->Read(buffer_.data() + before, buffer_.size() - before);
  buffer_.resize(before + got);
  return got > 0;
}

std::optional<SyntheticHead> SyntheticReader::ReadHead() {
  std::size_t end = 0;
  while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (buffer_.size() > kMaxHeadBytes || !Fill()) return std::nullopt;
  }
  auto head = ParseHead(std::string_view(buffer_).substr(0, end + 2));
  buffer_.erase(0, end + 4);
  return head;
}

bool SyntheticReader::ReadBody(const SyntheticHead& head, std::string* body) {
  const std::size_t ready = std::min<std::size_t>(buffer_.size(), head.content_length);
  if (body != nullptr) body->assign(buffer_, 0, ready);
  buffer_.erase(0, ready);
  std::uint64_t left = head.content_length - ready;
  if (left > 0 && head.Header("expect") == "100-continue" && !wire_->Write("HTTP/1.1 100 Continue\r\n\r\n")) {
    return false;
  }
  std::string scrap;
  if (body == nullptr && left > 0) scrap.resize(std::min<std::uint64_t>(left, kReadBytes));
  if (body != nullptr) body->resize(head.content_length);
  while (left > 0) {
    char* at = body != nullptr ? body->data() + (head.content_length - left) : scrap.data();
    const std::size_t got = wire_->Read(at, std::min<std::uint64_t>(left, kReadBytes));
    if (got == 0) return false;
    left -= got;
  }
  return true;
}

}  // namespace signpost::testing
