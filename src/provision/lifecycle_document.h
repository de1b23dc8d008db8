#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

#include "signpost/error.h"

namespace signpost::provision {

/// A bucket's lifecycle configuration as a tree that keeps whatever the server wrote, known here or not.
class LifecycleDocument {
 public:
  /// No rules.
  LifecycleDocument();

  /// Reads `<LifecycleConfiguration>`, also in the form of Ceph RGW. kDataLoss for anything else, also for one nested
  /// deeper than any real one.
  static Result<LifecycleDocument> Parse(std::string_view xml);

  /// The `<Rule>` elements in their order; they live as long as this document.
  std::vector<pugi::xml_node> Rules() const;

  /// The element `<LifecycleConfiguration>`.
  pugi::xml_node root() const { return document_.document_element(); }

  /// The document as it goes to a server: every byte of text that was read comes out again.
  std::string ToXml() const;

  LifecycleDocument(LifecycleDocument&&) = default;
  LifecycleDocument& operator=(LifecycleDocument&&) = default;

 private:
  pugi::xml_document document_;
};

/// The element as XML: on one line when `indent` is empty, else on lines of their own that begin with it for each
/// level.
std::string TextOf(pugi::xml_node element, const char* indent);

/// Text that is the same for two elements exactly if they mean the same: name, attributes, text and the elements
/// within, whatever the order of those and the white space between them. Namespaces do not count.
std::string MeaningOf(pugi::xml_node element);

/// Whether two configurations have the same elements, in whatever order.
bool MeanTheSame(const LifecycleDocument& a, const LifecycleDocument& b);

/// What a rule of a lifecycle says, as far as an object without tags is concerned.
struct RuleFacts {
  bool enabled = false;
  std::string prefix;
  bool only_tagged = false;               ///< Applies only to objects with certain tags.
  bool only_sized = false;                ///< Applies only to objects of certain sizes.
  bool expires = false;                   ///< By age or by date.
  std::optional<int> expires_after_days;  ///< Empty with `expires`: at a date.
  std::optional<int> aborts_after_days;   ///< Of incomplete uploads.
};

/// Reads a `<Rule>` of either form of the API (`<Filter>`, or the older `<Prefix>`).
RuleFacts FactsOf(pugi::xml_node rule);

}  // namespace signpost::provision
