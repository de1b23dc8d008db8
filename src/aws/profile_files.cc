#include "aws/profile_files.h"

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "aws/read_file.h"
#include "base/bytes.h"

namespace signpost::aws {
namespace {

constexpr std::string_view kSpace = " \t\r";

std::string_view Trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(kSpace);
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(kSpace) - start + 1);
}

/// A name without the quotes around it: `[profile "a b"]`.
std::string Unquoted(std::string_view name) {
  const bool quoted =
      name.size() > 1 && (name.front() == '"' || name.front() == '\'') && name.find(name.front(), 1) == name.size() - 1;
  return std::string(quoted ? name.substr(1, name.size() - 2) : name);
}

struct Setting {
  std::string name;
  std::string value;
};

std::optional<Setting> ReadSetting(std::string_view line) {
  // As in Python's configparser, which the AWS CLI reads its files with.
  const std::size_t equals = line.find_first_of("=:");
  if (equals == std::string_view::npos) return std::nullopt;
  const std::string_view name = Trim(line.substr(0, equals));
  if (name.empty()) return std::nullopt;
  return Setting{LowerCase(name), std::string(Trim(line.substr(equals + 1)))};
}

/// Adds what `section` lacks; `wins` overwrites.
void Put(Section* section, Setting setting, bool wins) {
  if (wins) {
    section->insert_or_assign(std::move(setting.name), std::move(setting.value));
  } else {
    section->emplace(std::move(setting.name), std::move(setting.value));
  }
}

}  // namespace

Result<ProfileFiles> ProfileFiles::Load(const std::string& config_path, const std::string& credentials_path) {
  ProfileFiles files;
  for (const bool credentials : {true, false}) {
    const std::string& path = credentials ? credentials_path : config_path;
    if (path.empty()) continue;
    auto text = ReadFile(path);
    if (!text && text.error().code == ErrorCode::kNotFound) continue;
    if (!text) return Forward(text);
    Status parsed = files.Parse(*text, credentials, path);
    if (!parsed) return Forward(parsed);
  }
  return files;
}

const Section* ProfileFiles::Find(const Sections& sections, std::string_view name) {
  const auto found = sections.find(name);
  return found == sections.end() ? nullptr : &found->second;
}

Section* ProfileFiles::Open(std::string_view header, bool credentials) {
  if (credentials) return &profiles_[std::string(header)];
  if (header == "default") return &profiles_["default"];
  const std::size_t end = header.find_first_of(" \t");
  const std::string name = Unquoted(end == std::string_view::npos ? "" : Trim(header.substr(end)));
  const std::string_view kind = header.substr(0, end);
  if (name.empty()) return nullptr;
  if (kind == "profile") return &profiles_[name];
  if (kind == "sso-session") return &sso_sessions_[name];
  if (kind == "services") return &services_[name];
  return nullptr;
}

Status ProfileFiles::Parse(std::string_view text, bool credentials, std::string_view path) {
  Section ignored;
  Section* section = nullptr;
  std::string parent;  // the setting that indented lines belong to
  int line_number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++line_number;
    const auto malformed = [&](std::string_view why) {
      return Fail(ErrorCode::kInvalidArgument, fmt::format("{}, line {}: {}", path, line_number, why));
    };
    const std::string_view content = Trim(line);
    if (content.empty() || content.starts_with('#') || content.starts_with(';')) continue;
    if (line.starts_with('[')) {
      const std::size_t close = content.find(']');
      if (close == std::string_view::npos) return malformed("a section's name has no ']'");
      section = Open(Trim(content.substr(1, close - 1)), credentials);
      if (section == nullptr) section = &ignored;
      parent.clear();
      continue;
    }
    if (section == nullptr) return malformed("a setting stands before the first section");
    auto setting = ReadSetting(content);
    const bool indented = kSpace.contains(line.front());
    if (indented && !parent.empty()) {
      // A continuation that is no setting of its own is a part of a value that nothing here uses.
      if (!setting) continue;
      setting->name = parent + "." + setting->name;
    } else if (!setting) {
      return malformed("neither a section nor NAME = VALUE");
    } else {
      parent = setting->name;
    }
    Put(section, std::move(*setting), credentials);
  }
  return {};
}

std::optional<std::string> Get(const Section& section, std::string_view name) {
  const auto found = section.find(name);
  if (found == section.end() || found->second.empty()) return std::nullopt;
  return found->second;
}

}  // namespace signpost::aws
