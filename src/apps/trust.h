#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace signpost::apps {

/// Whom a program trusts: a PEM file, else `pem`, else what libcurl's build says.
struct Trust {
  std::string bundle;
  std::string_view pem;
};

/// The five roots of Amazon Trust Services, as PEM, in a program without shared libraries; nothing in others, whose
/// libcurl knows where the system keeps its roots.
std::string_view AmazonRoots();

/// For the function, which talks to AWS: `ca_bundle`, else AmazonRoots(), which load in a thirtieth of the time that a
/// system's bundle takes, else the bundle of Amazon Linux.
Trust FunctionTrust(const std::optional<std::string>& ca_bundle);

/// For the command, which talks to any server: `ca_bundle`, else what libcurl's build says, or, if that says nothing,
/// the system's bundle where one of the usual distributions keeps it, and AmazonRoots() where there is none.
Trust CommandTrust(const std::optional<std::string>& ca_bundle);

}  // namespace signpost::apps
