#include "aws/partition.h"

#include <string_view>

namespace signpost::aws {

std::string_view DnsSuffixOf(const Region& region) {
  struct Partition {
    std::string_view region_prefix;
    std::string_view dns_suffix;
  };
  constexpr Partition kPartitions[] = {
      {"cn-", "amazonaws.com.cn"},    {"us-iso-", "c2s.ic.gov"},      {"us-isob-", "sc2s.sgov.gov"},
      {"us-isof-", "csp.hci.ic.gov"}, {"eu-isoe-", "cloud.adc-e.uk"}, {"eusc-", "amazonaws.eu"},
  };
  for (const Partition& partition : kPartitions) {
    if (region.name.starts_with(partition.region_prefix)) return partition.dns_suffix;
  }
  return "amazonaws.com";
}

}  // namespace signpost::aws
