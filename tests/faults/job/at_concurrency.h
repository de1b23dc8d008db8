#pragma once

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/job_world.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SIGNPOST_FAULTS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SIGNPOST_FAULTS_SANITIZED 1
#endif
#endif

namespace signpost::job {

/// Under a sanitizer everything takes ten times as long: then sweeps are sparse, and only the most workers are tried.
#ifdef SIGNPOST_FAULTS_SANITIZED
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

/// A test that runs with each number of connections: its Request() is testing::Request() with that many.
class AtConcurrency : public ::testing::TestWithParam<int> {
 protected:
  static JobRequest Request(const std::string& prefix = "") {
    JobRequest request = testing::Request(prefix);
    request.concurrency = GetParam();
    return request;
  }
  static bool IsSerial() { return GetParam() == 1; }
};

inline auto EveryConcurrency() { return kSanitized ? std::vector<int>{64} : std::vector<int>{1, 8, 64}; }

/// Instantiates a suite of AtConcurrency.
#define SIGNPOST_AT_EVERY_CONCURRENCY(suite)                                                             \
  INSTANTIATE_TEST_SUITE_P(Connections, suite, ::testing::ValuesIn(::signpost::job::EveryConcurrency()), \
                           ::testing::PrintToStringParamName())

}  // namespace signpost::job
