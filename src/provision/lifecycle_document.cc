#include "provision/lifecycle_document.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include <fmt/format.h>

namespace signpost::provision {
namespace {

constexpr char kRoot[] = "LifecycleConfiguration";
/// Real rules are six deep (LifecycleConfiguration, Rule, Filter, And, Tag, Key).
constexpr int kDeepest = 16;

bool IsDeeperThan(pugi::xml_node node, int levels) {
  if (levels == 0) return true;
  return std::ranges::any_of(node.children(), [&](pugi::xml_node child) {
    return child.type() == pugi::node_element && IsDeeperThan(child, levels - 1);
  });
}

std::vector<pugi::xml_node> ElementsOf(pugi::xml_node node) {
  std::vector<pugi::xml_node> elements;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_element) elements.push_back(child);
  }
  return elements;
}

std::string OwnText(pugi::xml_node node) {
  std::string text;
  for (const pugi::xml_node child : node.children()) {
    if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata) text += child.value();
  }
  return text;
}

std::string SortedMeanings(pugi::xml_node node) {
  std::vector<std::string> meanings;
  for (const pugi::xml_node element : ElementsOf(node)) meanings.push_back(MeaningOf(element));
  std::ranges::sort(meanings);
  return fmt::format("{}", fmt::join(meanings, ""));
}

/// Ceph RGW answers `<Filter><Prefix/><And>...` for what it takes only as `<Filter><And><Prefix/>...`, which is the
/// API's form; sent back as it came, it would drop the prefix, and the rule would hold for the whole bucket.
void MovePrefixIntoAnd(pugi::xml_node filter) {
  pugi::xml_node both = filter.child("And");
  const pugi::xml_node prefix = filter.child("Prefix");
  if (both && prefix && !both.child("Prefix")) both.prepend_move(prefix);
}

/// 0 and above; -1, which is earlier than any, for what is no number.
int DaysIn(std::string_view text) {
  int days = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), days);
  return error == std::errc() && end == text.data() + text.size() && days >= 0 ? days : -1;
}

}  // namespace

LifecycleDocument::LifecycleDocument() {
  document_.append_child(kRoot).append_attribute("xmlns").set_value("http://s3.amazonaws.com/doc/2006-03-01/");
}

Result<LifecycleDocument> LifecycleDocument::Parse(std::string_view xml) {
  LifecycleDocument parsed;
  // White space is kept where it is all the text of an element: a prefix may be a blank.
  const auto flags = pugi::parse_default | pugi::parse_ws_pcdata_single;
  const auto read = parsed.document_.load_buffer(xml.data(), xml.size(), flags, pugi::encoding_utf8);
  if (!read) return Fail(ErrorCode::kDataLoss, fmt::format("the lifecycle is not XML: {}", read.description()));
  if (std::string_view(parsed.root().name()) != kRoot) {
    return Fail(ErrorCode::kDataLoss, fmt::format("the lifecycle is not a <{}>", kRoot));
  }
  if (IsDeeperThan(parsed.root(), kDeepest)) {
    return Fail(ErrorCode::kDataLoss, fmt::format("the lifecycle is nested more than {} deep", kDeepest));
  }
  for (const pugi::xml_node rule : parsed.Rules()) MovePrefixIntoAnd(rule.child("Filter"));
  return parsed;
}

std::vector<pugi::xml_node> LifecycleDocument::Rules() const {
  const auto rules = root().children("Rule");
  return {rules.begin(), rules.end()};
}

std::string LifecycleDocument::ToXml() const {
  std::string xml;
  for (const char c : TextOf(root(), "")) {
    // A bare carriage return would be read as a line feed (XML 1.0 section 2.11).
    if (c == '\r') {
      xml += "&#13;";
    } else {
      xml += c;
    }
  }
  return xml;
}

std::string TextOf(pugi::xml_node element, const char* indent) {
  struct Text final : pugi::xml_writer {
    void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
    std::string text;
  } out;
  element.print(out, indent, *indent == '\0' ? pugi::format_raw : pugi::format_indent, pugi::encoding_utf8);
  return std::move(out.text);
}

std::string MeaningOf(pugi::xml_node element) {
  std::vector<std::string> attributes;
  for (const pugi::xml_attribute attribute : element.attributes()) {
    const std::string_view name = attribute.name();
    if (name == "xmlns" || name.starts_with("xmlns:")) continue;
    attributes.push_back(fmt::format(" {}={}:{}", name, std::string_view(attribute.value()).size(), attribute.value()));
  }
  std::ranges::sort(attributes);
  std::string within = SortedMeanings(element);
  if (within.empty()) {
    const std::string text = OwnText(element);
    within = fmt::format("{}:{}", text.size(), text);
  }
  return fmt::format("<{}{}>{}</>", element.name(), fmt::join(attributes, ""), within);
}

bool MeanTheSame(const LifecycleDocument& a, const LifecycleDocument& b) {
  return SortedMeanings(a.root()) == SortedMeanings(b.root());
}

RuleFacts FactsOf(pugi::xml_node rule) {
  const pugi::xml_node filter = rule.child("Filter");
  const pugi::xml_node both = filter.child("And");
  const pugi::xml_node expiration = rule.child("Expiration");
  const pugi::xml_node abort = rule.child("AbortIncompleteMultipartUpload");
  RuleFacts facts{
      .enabled = OwnText(rule.child("Status")) == "Enabled",
      .prefix = OwnText(rule.child("Prefix")) + OwnText(filter.child("Prefix")) + OwnText(both.child("Prefix")),
      .only_tagged = filter.child("Tag") || both.child("Tag")};
  for (const char* size : {"ObjectSizeGreaterThan", "ObjectSizeLessThan"}) {
    facts.only_sized = facts.only_sized || filter.child(size) || both.child(size);
  }
  facts.expires = expiration.child("Days") || expiration.child("Date");
  if (!expiration.child("Date") && facts.expires) facts.expires_after_days = DaysIn(OwnText(expiration.child("Days")));
  if (abort) facts.aborts_after_days = DaysIn(OwnText(abort.child("DaysAfterInitiation")));
  return facts;
}

}  // namespace signpost::provision
