#include "cli/introspect.h"

#include <algorithm>

namespace signpost::cli {
namespace {

OptionInfo Describe(const CLI::Option& option) {
  OptionInfo info;
  for (const std::string& name : option.get_lnames()) info.names.push_back("--" + name);
  for (const std::string& name : option.get_snames()) info.names.push_back("-" + name);
  if (option.get_items_expected_max() > 0) info.value = option.get_type_name();
  info.description = option.get_description();
  info.default_value = option.get_default_str();
  return info;
}

}  // namespace

std::vector<OptionInfo> OptionsOf(const CLI::App& command) {
  std::vector<OptionInfo> options;
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional()) options.push_back(Describe(*option));
  }
  return options;
}

std::vector<OptionInfo> ArgumentsOf(const CLI::App& command) {
  std::vector<OptionInfo> arguments;
  for (const CLI::Option* option : command.get_options()) {
    if (option->nonpositional()) continue;
    OptionInfo info = Describe(*option);
    info.names = {option->get_name(/*positional=*/true)};
    arguments.push_back(std::move(info));
  }
  return arguments;
}

std::vector<const CLI::App*> SubcommandsOf(const CLI::App& root) {
  const auto all = root.get_subcommands([](const CLI::App*) { return true; });
  return {all.begin(), all.end()};
}

std::vector<LeafCommand> LeafCommandsOf(const CLI::App& root) {
  std::vector<LeafCommand> leaves;
  for (const CLI::App* command : SubcommandsOf(root)) {
    const auto below = SubcommandsOf(*command);
    if (below.empty()) leaves.push_back({command->get_name(), command});
    for (const CLI::App* leaf : below) leaves.push_back({command->get_name() + " " + leaf->get_name(), leaf});
  }
  return leaves;
}

std::vector<std::string> ChoicesOf(const OptionInfo& option) {
  const std::string& name = option.names.front();
  if (name == "--format") return {"ndjson", "csv", "urls"};
  if (name == "--compress") return {"gzip", "none"};
  if (name == "--listing") return {"auto", "serial"};
  if (name == "--addressing-style") return {"auto", "path", "virtual"};
  return {};
}

}  // namespace signpost::cli
