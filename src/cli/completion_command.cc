#include <ostream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/command.h"
#include "cli/introspect.h"
#include "cli/report.h"

namespace signpost::cli {
namespace {

/// `text` inside single quotes of a POSIX shell or of fish.
std::string Quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

std::vector<std::string> AllNames(const CLI::App& command) {
  std::vector<std::string> names;
  for (const OptionInfo& option : OptionsOf(command))
    names.insert(names.end(), option.names.begin(), option.names.end());
  return names;
}

std::vector<std::string> NamesBelow(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::App* below : SubcommandsOf(command)) names.push_back(below->get_name());
  return names;
}

std::string BashScript(const CLI::App& root) {
  std::vector<std::string> commands;
  std::string groups;
  std::string options;
  std::string choices;
  for (const CLI::App* command : SubcommandsOf(root)) {
    commands.push_back(command->get_name());
    if (const auto below = NamesBelow(*command); !below.empty()) {
      groups += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")); return ;;\n", command->get_name(),
                            fmt::join(below, " "));
    }
  }
  for (const LeafCommand& leaf : LeafCommandsOf(root)) {
    const std::string pattern = leaf.path.contains(' ') ? Quoted(leaf.path) : leaf.path + "\\ *";
    options += fmt::format("    {}) words='{}' ;;\n", pattern, fmt::join(AllNames(*leaf.app), " "));
  }
  for (const OptionInfo& option : OptionsOf(*SubcommandsOf(root).front())) {
    if (const auto words = ChoicesOf(option); !words.empty()) {
      choices += fmt::format("    {}) COMPREPLY=($(compgen -W '{}' -- \"$current\")); return ;;\n",
                             option.names.front(), fmt::join(words, " "));
    }
  }
  return fmt::format(
      "_signpost() {{\n"
      "  local current=\"${{COMP_WORDS[COMP_CWORD]}}\" previous=\"${{COMP_WORDS[COMP_CWORD-1]}}\" words=''\n"
      "  COMPREPLY=()\n"
      "  if [ \"$COMP_CWORD\" -eq 1 ]; then\n"
      "    COMPREPLY=($(compgen -W '{} help' -- \"$current\"))\n"
      "    return\n"
      "  fi\n"
      "  if [ \"$COMP_CWORD\" -eq 2 ]; then\n"
      "    case \"${{COMP_WORDS[1]}}\" in\n{}    esac\n"
      "  fi\n"
      "  case \"$previous\" in\n{}  esac\n"
      "  case \"${{COMP_WORDS[1]}} ${{COMP_WORDS[2]}}\" in\n{}  esac\n"
      "  case \"$current\" in\n"
      "    -*) COMPREPLY=($(compgen -W \"$words\" -- \"$current\")) ;;\n"
      "    *) COMPREPLY=($(compgen -f -- \"$current\")) ;;\n"
      "  esac\n"
      "}}\n"
      "complete -o filenames -F _signpost signpost\n",
      fmt::join(commands, " "), groups, choices, options);
}

std::string ZshText(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

/// "name:description" of each command below `parent`, for _describe.
std::string ZshDescriptions(const CLI::App& parent) {
  std::string lines;
  for (const CLI::App* command : SubcommandsOf(parent)) {
    lines += fmt::format("    {}\n", Quoted(command->get_name() + ":" + ZshText(command->get_description())));
  }
  return lines;
}

/// What completes the second word of each command that has others below it.
std::string ZshGroups(const CLI::App& root) {
  std::string groups;
  for (const CLI::App* command : SubcommandsOf(root)) {
    if (SubcommandsOf(*command).empty()) continue;
    groups += fmt::format(
        "  if [ \"$command\" = {} ]; then\n"
        "    if (( CURRENT == 2 )); then\n"
        "      commands=(\n{}  )\n"
        "      _describe 'command' commands\n"
        "      return\n"
        "    fi\n"
        "    command=\"$command $words[2]\"\n"
        "    shift words\n"
        "    (( CURRENT-- ))\n"
        "  fi\n",
        command->get_name(), ZshDescriptions(*command));
  }
  return groups;
}

std::string ZshScript(const CLI::App& root) {
  std::string arguments;
  for (const LeafCommand& leaf : LeafCommandsOf(root)) {
    arguments += fmt::format("    {})\n      _arguments", Quoted(leaf.path));
    for (const OptionInfo& option : OptionsOf(*leaf.app)) {
      for (const std::string& name : option.names) {
        std::string spec = fmt::format("{}[{}]", name, ZshText(option.description));
        const auto words = ChoicesOf(option);
        if (!words.empty()) {
          spec += fmt::format(":{}:({})", option.value, fmt::join(words, " "));
        } else if (!option.value.empty()) {
          spec += fmt::format(":{}:_files", option.value);
        }
        arguments += " \\\n        " + Quoted(spec);
      }
    }
    arguments += " \\\n        '*:file:_files'\n      ;;\n";
  }
  return fmt::format(
      "#compdef signpost\n"
      "_signpost() {{\n"
      "  local -a commands\n"
      "  commands=(\n{}  )\n"
      "  if (( CURRENT == 2 )); then\n"
      "    _describe 'command' commands\n"
      "    return\n"
      "  fi\n"
      "  local command=$words[2]\n"
      "  shift words\n"
      "  (( CURRENT-- ))\n"
      "{}"
      "  case $command in\n{}  esac\n"
      "}}\n"
      // Sourced, the script registers itself; loaded from $fpath by the first completion, it is that completion.
      "if [ \"$funcstack[1]\" = _signpost ]; then\n"
      "  _signpost \"$@\"\n"
      "else\n"
      "  compdef _signpost signpost\n"
      "fi\n",
      ZshDescriptions(root), ZshGroups(root), arguments);
}

std::string FishScript(const CLI::App& root) {
  std::string script;
  for (const CLI::App* command : SubcommandsOf(root)) {
    const std::string& name = command->get_name();
    script += fmt::format("complete -c signpost -n __fish_use_subcommand -a {} -d {}\n", name,
                          Quoted(command->get_description()));
    for (const CLI::App* below : SubcommandsOf(*command)) {
      script += fmt::format(
          "complete -c signpost -f -n '__fish_seen_subcommand_from {}; and not __fish_seen_subcommand_from {}' -a {} "
          "-d {}\n",
          name, fmt::join(NamesBelow(*command), " "), below->get_name(), Quoted(below->get_description()));
    }
  }
  for (const LeafCommand& leaf : LeafCommandsOf(root)) {
    const std::size_t blank = leaf.path.find(' ');
    std::string seen = "__fish_seen_subcommand_from " + leaf.path.substr(0, blank);
    if (blank != std::string::npos) seen += "; and __fish_seen_subcommand_from " + leaf.path.substr(blank + 1);
    for (const OptionInfo& option : OptionsOf(*leaf.app)) {
      script += fmt::format("complete -c signpost -n '{}'", seen);
      for (const std::string& name : option.names) {
        script += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      const auto words = ChoicesOf(option);
      if (!words.empty()) {
        script += fmt::format(" -x -a '{}'", fmt::join(words, " "));
      } else if (!option.value.empty()) {
        script += " -r";
      }
      script += fmt::format(" -d {}\n", Quoted(option.description));
    }
  }
  return script;
}

class CompletionCommand final : public Command {
 public:
  explicit CompletionCommand(const CLI::App* root) : root_(root) {}

  CLI::App* Define(CLI::App* app) override {
    CLI::App* command = app->add_subcommand("completion", "Print the completion script of a shell");
    command->footer(
        "Examples:\n"
        "  source <(signpost completion bash)\n"
        "  signpost completion zsh > \"${fpath[1]}/_signpost\"\n"
        "  signpost completion fish > ~/.config/fish/completions/signpost.fish\n");
    command->add_option("SHELL", shell_, "bash, zsh or fish")->required();
    return command;
  }

  int Run(const World& world) override {
    if (shell_ == "bash") {
      *world.out << BashScript(*root_);
    } else if (shell_ == "zsh") {
      *world.out << ZshScript(*root_);
    } else if (shell_ == "fish") {
      *world.out << FishScript(*root_);
    } else {
      return ReportUsage(world, fmt::format("SHELL: '{}' is not one of bash, zsh, fish", shell_));
    }
    return kSuccess;
  }

 private:
  const CLI::App* const root_;
  std::string shell_;
};

}  // namespace

std::unique_ptr<Command> MakeCompletionCommand(const CLI::App* root) {
  return std::make_unique<CompletionCommand>(root);
}

}  // namespace signpost::cli
