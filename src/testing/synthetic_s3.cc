#include "testing/synthetic_s3.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <list>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "testing/server_wire.h"
#include "testing/synthetic_s3_calls.h"
#include "testing/synthetic_s3_wire.h"

namespace signpost::testing {
namespace {

[[noreturn]] void DieOfErrno(const char* what) {
  std::perror(what);
  std::abort();
}

/// An answer as it goes over the wire.
struct SyntheticBytes {
  std::string head;
  std::string_view body;
};

std::string_view ReasonOf(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 503:
      return "Slow Down";
    default:
      return status < 300 ? "Success" : "Error";
  }
}

SyntheticBytes FrameAnswer(const SyntheticHead& head, const SyntheticAnswer& answer, int number,
                           std::string_view body) {
  const bool to_head = head.method == "HEAD";
  SyntheticBytes bytes{fmt::format("HTTP/1.1 {} {}\r\nx-amz-request-id: SYNTHETIC{}\r\n", answer.status,
                                   ReasonOf(answer.status), number),
                       to_head || answer.status == 204 ? std::string_view() : body};
  for (const auto& [name, value] : answer.headers) bytes.head.append(name).append(": ").append(value).append("\r\n");
  if (answer.status != 204) {
    const std::uint64_t length = to_head && answer.status < 300 ? answer.head_length : bytes.body.size();
    bytes.head += fmt::format("Content-Length: {}\r\n", length);
  }
  bytes.head += "\r\n";
  return bytes;
}

/// Sends the first `keep` bytes of an answer and ends the connection.
void SendCut(ServerWire* wire, const SyntheticBytes& bytes, std::size_t keep, bool reset) {
  wire->Write(std::string_view(bytes.head).substr(0, keep));
  if (keep > bytes.head.size()) wire->Write(bytes.body.substr(0, keep - bytes.head.size()));
  if (reset) {
    wire->Reset();
  } else {
    wire->Cut();
  }
}

/// What one round has seen. A request belongs to the round in which it arrived.
struct Round {
  Round(SyntheticS3::FaultHook faults, bool keep_uploads)
      : hook(std::move(faults)), store(std::make_shared<SyntheticStore>(keep_uploads)) {}

  const SyntheticS3::FaultHook hook;
  const std::shared_ptr<SyntheticStore> store;
  std::atomic<int> next_number = 0;
  std::array<std::atomic<int>, kSyntheticCalls> counts{};
  std::atomic<int> fault_count = 0;
  std::atomic<int> cut_count = 0;
};

}  // namespace

struct SyntheticS3::State {
  State(std::shared_ptr<const KeyShape> keys, SyntheticS3Options knobs)
      : shape(std::move(keys)), options(knobs), round(std::make_shared<Round>(nullptr, knobs.keep_uploads)) {}

  std::shared_ptr<Round> CurrentRound() const {
    const std::lock_guard lock(mutex);
    return round;
  }

  void Listen();
  void AcceptLoop();
  void Serve(int fd);
  bool ServeOne(ServerWire* wire, SyntheticReader* reader, std::string* in, std::string* out);
  std::optional<SyntheticFault> FaultFor(Round* current, SyntheticCall call, std::string_view key, int* number);
  bool OverRate();

  const std::shared_ptr<const KeyShape> shape;
  const SyntheticS3Options options;
  mutable std::mutex mutex;
  std::shared_ptr<Round> round;                       // guarded by mutex
  std::chrono::steady_clock::time_point rate_filled;  // guarded by mutex
  double rate_tokens = 0;                             // guarded by mutex

  OwnedFd listener;
  OwnedFd stop;
  std::uint16_t port = 0;
  std::thread acceptor;

  struct Connection {
    std::thread thread;
    std::atomic<bool> done = false;
  };
  std::list<Connection> connections;  // Of the acceptor's thread.
};

void SyntheticS3::State::Listen() {
  stop = OwnedFd(eventfd(0, EFD_CLOEXEC));
  listener = OwnedFd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const raw = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.get(), raw, length) != 0 || listen(listener.get(), 1024) != 0 ||
      getsockname(listener.get(), raw, &length) != 0) {
    DieOfErrno("synthetic S3");
  }
  port = ntohs(address.sin_port);
  acceptor = std::thread([this] { AcceptLoop(); });
}

void SyntheticS3::State::AcceptLoop() {
  for (;;) {
    pollfd fds[2] = {{listener.get(), POLLIN, 0}, {stop.get(), POLLIN, 0}};
    poll(fds, 2, -1);
    if (fds[1].revents != 0) break;
    const int fd = accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) continue;
    connections.remove_if([](Connection& each) {
      if (!each.done) return false;
      each.thread.join();
      return true;
    });
    Connection& connection = connections.emplace_back();
    connection.thread = std::thread([this, fd, &connection] {
      Serve(fd);
      connection.done = true;
    });
  }
  for (Connection& each : connections) each.thread.join();
}

void SyntheticS3::State::Serve(int fd) {
  ServerWire wire(OwnedFd(fd), stop.get(), nullptr);
  SyntheticReader reader(&wire);
  std::string in;
  std::string out;
  while (ServeOne(&wire, &reader, &in, &out)) {
  }
}

bool SyntheticS3::State::ServeOne(ServerWire* wire, SyntheticReader* reader, std::string* in, std::string* out) {
  const auto head = reader->ReadHead();
  if (!head) return false;
  const bool keep_body = options.keep_uploads || head->method == "POST";
  in->clear();
  if (!reader->ReadBody(*head, keep_body ? in : nullptr)) return false;
  const auto current = CurrentRound();
  const SyntheticCall call = CallOf(*head);
  int number = 0;
  const auto fault = FaultFor(current.get(), call, head->key, &number);
  if (options.latency.count() > 0 && !wire->Wait(options.latency)) return false;
  SyntheticAnswer answer;
  if (fault && fault->body) {
    *out = *fault->body;
    answer = {fault->status == 0 ? 200 : fault->status, {{"Content-Type", "application/xml"}}, 0};
  } else if (fault && fault->status != 0) {
    answer = RefuseCall(fault->status, fault->code, out);
  } else {
    answer = PerformCall(*shape, options.page_size, current->store.get(), call, *head, in, out);
  }
  const SyntheticBytes bytes = FrameAnswer(*head, answer, number, *out);
  if (fault && (fault->cut_after || fault->reset)) {
    const std::size_t all = bytes.head.size() + bytes.body.size();
    const std::size_t keep = std::min(fault->cut_after.value_or(0), all);
    if (keep < all) ++current->cut_count;  // Before the peer can see it.
    SendCut(wire, bytes, keep, fault->reset);
    return false;
  }
  return wire->Write(bytes.head, !bytes.body.empty()) && wire->Write(bytes.body) && head->keep_alive;
}

std::optional<SyntheticFault> SyntheticS3::State::FaultFor(Round* current, SyntheticCall call, std::string_view key,
                                                           int* number) {
  *number = current->next_number++;
  const int number_of_call = current->counts[static_cast<std::size_t>(call)]++;
  std::optional<SyntheticFault> fault;
  if (current->hook) fault = current->hook({call, *number, number_of_call, key});
  const bool nth = options.slow_down_every > 0 && (*number + 1) % options.slow_down_every == 0;
  if (!fault && (nth || OverRate())) fault = SyntheticFault{503, "SlowDown", {}, {}, false};
  if (fault) ++current->fault_count;
  return fault;
}

bool SyntheticS3::State::OverRate() {
  if (options.max_requests_per_second == 0) return false;
  const std::lock_guard lock(mutex);
  // A token bucket that holds a tenth of a second's requests.
  const auto now = std::chrono::steady_clock::now();
  const double rate = options.max_requests_per_second;
  const std::chrono::duration<double> since = now - rate_filled;
  rate_filled = now;
  rate_tokens = std::min(std::max(1.0, rate / 10), rate_tokens + rate * since.count());
  if (rate_tokens < 1) return true;
  rate_tokens -= 1;
  return false;
}

SyntheticS3::SyntheticS3(std::shared_ptr<const KeyShape> shape, SyntheticS3Options options)
    : state_(std::make_unique<State>(std::move(shape), options)) {
  state_->Listen();
}

SyntheticS3::~SyntheticS3() {
  const std::uint64_t one = 1;
  if (write(state_->stop.get(), &one, sizeof one) != sizeof one) DieOfErrno("synthetic S3");
  state_->acceptor.join();
}

std::string SyntheticS3::url() const { return "http://127.0.0.1:" + std::to_string(state_->port); }

void SyntheticS3::StartRound(FaultHook faults) {
  auto round = std::make_shared<Round>(std::move(faults), state_->options.keep_uploads);
  const std::lock_guard lock(state_->mutex);
  state_->round = std::move(round);
}

int SyntheticS3::count(SyntheticCall call) const {
  return state_->CurrentRound()->counts[static_cast<std::size_t>(call)];
}
int SyntheticS3::requests() const { return state_->CurrentRound()->next_number; }
int SyntheticS3::faults() const { return state_->CurrentRound()->fault_count; }
int SyntheticS3::cuts() const { return state_->CurrentRound()->cut_count; }
std::shared_ptr<const SyntheticStore> SyntheticS3::store() const { return state_->CurrentRound()->store; }

}  // namespace signpost::testing
