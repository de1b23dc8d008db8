// How fast the synthetic S3 makes list pages: it must not be what a benchmark of the lister measures.
#include <cstdio>
#include <cstdlib>
#include <string>

#include <benchmark/benchmark.h>

#include "testing/synthetic_s3_list.h"

namespace signpost::testing {
namespace {

void RenderPages(benchmark::State& state, const char* name) {
  const auto shape = MakeKeyShape(name, 2'000'000);
  std::string body;
  SyntheticListRequest request{.bucket = "bucket", .encode_url = true};
  std::string start;
  std::uint64_t index = 0;
  for (auto _ : state) {
    (*shape)->KeyAt(index, &start);
    request.start_after = start;
    if (!RenderListPage(**shape, request, &body)) std::abort();
    index = (index + 1000) % 1'900'000;
    if (body.find("<KeyCount>1000<") == std::string::npos) state.SkipWithError("a page is not full");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()) * 1000);
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
}

BENCHMARK_CAPTURE(RenderPages, sequence, "sequence");
BENCHMARK_CAPTURE(RenderPages, uuid, "uuid");
BENCHMARK_CAPTURE(RenderPages, dates, "dates");
BENCHMARK_CAPTURE(RenderPages, skewed, "skewed");
BENCHMARK_CAPTURE(RenderPages, hostile, "hostile");

}  // namespace
}  // namespace signpost::testing

BENCHMARK_MAIN();
