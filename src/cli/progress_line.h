#pragma once

#include <thread>

#include "cli/world.h"
#include "job/run_job.h"

namespace signpost::cli {

/// One line on a terminal that is rewritten twice a second while it lives: objects, objects/s, pages, parts, MiB. The
/// destructor removes it. Does nothing when standard error is not a terminal or `quiet`.
class ProgressLine {
 public:
  /// The referenced objects must outlive this one.
  ProgressLine(const World& world, const job::Progress& progress, bool quiet);
  ~ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

 private:
  std::jthread writer_;
};

}  // namespace signpost::cli
