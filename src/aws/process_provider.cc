#include "aws/process_provider.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include <fcntl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "aws/credentials_json.h"

namespace signpost::aws {
namespace {

constexpr std::chrono::seconds kTimeout{60};
constexpr std::size_t kMostOutput = 1 << 16;

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() { Close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  void Close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

/// A program under way; ended and waited for when this goes.
class Process {
 public:
  explicit Process(pid_t id) : id_(id) {}
  ~Process() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    Wait();
  }
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  /// The exit status as waitpid() tells it.
  int Wait() {
    int status = 0;
    while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
    }
    id_ = 0;
    return status;
  }

 private:
  pid_t id_;
};

std::unexpected<Error> Failed(std::string_view why) {
  return Fail(ErrorCode::kUnauthenticated, fmt::format("credential_process: {}", why));
}

Result<pid_t> Spawn(std::vector<std::string> arguments, int output) {
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  pid_t id = 0;
  const int failure = posix_spawnp(&id, argv[0], &actions, &attributes, argv.data(), environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (failure != 0) return Failed(fmt::format("cannot run '{}': {}", arguments[0], std::strerror(failure)));
  return id;
}

using SteadyTime = std::chrono::steady_clock::time_point;

/// Waits for an event on `descriptor`; one on `wake` or the time limit ends it early.
Status Await(int descriptor, int wake, SteadyTime end) {
  while (true) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now()).count();
    if (left <= 0) return Failed("no answer within 60 s");
    pollfd fds[] = {{descriptor, POLLIN, 0}, {wake, POLLIN, 0}};
    const int ready = ::poll(fds, 2, static_cast<int>(left));
    if (ready < 0 && errno == EINTR) continue;
    if (fds[1].revents != 0) return Fail(ErrorCode::kCancelled, "cancelled");
    if (fds[0].revents != 0) return {};
  }
}

/// Reads to the end of the output, as far as Await() lets it.
Status ReadOutput(int output, int wake, SteadyTime end, std::string* text) {
  while (true) {
    Status ready = Await(output, wake, end);
    if (!ready) return ready;
    char buffer[4096];
    const ssize_t size = ::read(output, buffer, sizeof buffer);
    if (size == 0) return {};
    if (size < 0 && errno != EINTR) return Failed(std::strerror(errno));
    if (size > 0) text->append(buffer, static_cast<std::size_t>(size));
    if (text->size() > kMostOutput) return Failed("more than 64 KiB of output");
  }
}

}  // namespace

Result<std::vector<std::string>> SplitCommandLine(std::string_view line) {
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = '\0';
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    const bool blank = c == ' ' || c == '\t' || c == '\n' || c == '\r';
    const bool has_next = i + 1 < line.size();
    if (quote == '\0' && blank) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (quote != '\0' && c == quote) {
      quote = '\0';
    } else if (quote == '\0' && (c == '\'' || c == '"')) {
      quote = c;
    } else if (c == '\\' && quote == '\0' && !has_next) {
      return Fail(ErrorCode::kInvalidArgument, "credential_process: nothing follows the last backslash");
    } else if (c == '\\' && has_next &&
               (quote == '\0' || (quote == '"' && (line[i + 1] == '"' || line[i + 1] == '\\')))) {
      word->push_back(line[++i]);
    } else {
      word->push_back(c);
    }
  }
  if (quote != '\0') return Fail(ErrorCode::kInvalidArgument, "credential_process: a quote is not closed");
  if (word) words.push_back(std::move(*word));
  if (words.empty()) return Fail(ErrorCode::kInvalidArgument, "credential_process: the command is empty");
  return words;
}

Result<Credentials> ProcessProvider::Fetch(const CallContext& context) {
  auto arguments = SplitCommandLine(command_);
  if (!arguments) return Forward(arguments);
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return Failed(std::strerror(errno));
  const Descriptor output(ends[0]);
  Descriptor input(ends[1]);
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC));
  if (wake.get() < 0) return Failed(std::strerror(errno));
  auto id = Spawn(std::move(*arguments), input.get());
  if (!id) return Forward(id);
  Process process(*id);
  input.Close();
  const std::stop_callback on_stop(context.stop, [&wake] { ::eventfd_write(wake.get(), 1); });
  std::string text;
  const SteadyTime end = std::chrono::steady_clock::now() + kTimeout;
  Status read = ReadOutput(output.get(), wake.get(), end, &text);
  if (!read) return Forward(read);
  // A program may close its output and go on.
  const Descriptor pidfd(static_cast<int>(::syscall(SYS_pidfd_open, *id, 0)));
  if (pidfd.get() < 0) return Failed(std::strerror(errno));
  Status ended = Await(pidfd.get(), wake.get(), end);
  if (!ended) return Forward(ended);
  const int status = process.Wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return Failed(WIFEXITED(status) ? fmt::format("the program exited with status {}", WEXITSTATUS(status))
                                    : fmt::format("the program ended by signal {}", WTERMSIG(status)));
  }
  const auto json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  const auto version = json.is_object() ? json.find("Version") : json.end();
  if (!json.is_object() || version == json.end() || *version != 1) return Failed("its output has no \"Version\": 1");
  return ParseCredentialsJson(text, "credential_process");
}

}  // namespace signpost::aws
