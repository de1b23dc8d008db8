#include <ostream>

#include <fmt/format.h>

#include "cli/command.h"
#include "cli/introspect.h"
#include "cli/version.h"

namespace signpost::cli {
namespace {

/// `text` for roff: a backslash, a hyphen, and a dot or quote at the start of a line mean themselves.
std::string Roff(std::string_view text) {
  std::string out;
  bool at_line_start = true;
  for (const char c : text) {
    if (at_line_start && (c == '.' || c == '\'')) out += "\\&";
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else {
      out += c;
    }
    at_line_start = c == '\n';
  }
  return out;
}

std::string Item(const OptionInfo& option) {
  std::string head;
  for (const std::string& name : option.names) {
    if (!head.empty()) head += ", ";
    head += "\\fB" + Roff(name) + "\\fR";
  }
  if (!option.value.empty() && option.names.front().starts_with("-")) head += " \\fI" + Roff(option.value) + "\\fR";
  std::string item = ".TP\n" + head + "\n" + Roff(option.description);
  if (!option.default_value.empty()) item += fmt::format(" (default {})", Roff(option.default_value));
  return item + "\n";
}

std::string CommandSection(const LeafCommand& leaf) {
  const CLI::App& command = *leaf.app;
  std::string section = fmt::format(".SS signpost {}\n{}.\n", leaf.path, Roff(command.get_description()));
  for (const OptionInfo& argument : ArgumentsOf(command)) section += Item(argument);
  for (const OptionInfo& option : OptionsOf(command)) section += Item(option);
  if (!command.get_footer().empty()) section += ".PP\n.nf\n" + Roff(command.get_footer()) + ".fi\n";
  return section;
}

std::string Page(const CLI::App& root) {
  std::string page = fmt::format(".TH SIGNPOST 1 \"\" \"signpost {}\" \"User Commands\"\n", Version());
  page += ".SH NAME\nsignpost \\- presigned manifests of S3 prefixes\n";
  page += ".SH SYNOPSIS\n.B signpost\n\\fICOMMAND\\fR [\\fIOPTIONS\\fR]\n";
  page += ".SH DESCRIPTION\n" + Roff(root.get_description()) + "\n.SH COMMANDS\n";
  for (const LeafCommand& leaf : LeafCommandsOf(root)) page += CommandSection(leaf);
  page +=
      ".SH EXIT STATUS\n"
      ".TP\n0\nEvery object has a URL.\n"
      ".TP\n1\nThe job failed and nothing was published.\n"
      ".TP\n2\nBad usage or a refused argument, before any request.\n"
      ".TP\n3\nPublished, but some rows carry an error.\n"
      ".TP\n130\nInterrupted.\n";
  page +=
      ".SH ENVIRONMENT\nThe variables and files of the AWS CLI: AWS_PROFILE, AWS_REGION, AWS_ACCESS_KEY_ID,\n"
      "AWS_ENDPOINT_URL_S3, AWS_CA_BUNDLE and their siblings; ~/.aws/config and ~/.aws/credentials.\n";
  page += ".SH SEE ALSO\n.BR aws (1),\n.BR zcat (1)\n";
  return page;
}

class ManCommand final : public Command {
 public:
  explicit ManCommand(const CLI::App* root) : root_(root) {}

  CLI::App* Define(CLI::App* app) override {
    return app->add_subcommand("man", "Print the manual page (signpost man | man -l -)");
  }

  int Run(const World& world) override {
    *world.out << Page(*root_);
    return kSuccess;
  }

 private:
  const CLI::App* const root_;
};

}  // namespace

std::unique_ptr<Command> MakeManCommand(const CLI::App* root) { return std::make_unique<ManCommand>(root); }

}  // namespace signpost::cli
