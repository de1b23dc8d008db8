#include "local/function_process.h"

#include <cerrno>
#include <csignal>
#include <cstring>

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signpost::local {
namespace {

struct Pipe {
  int read_end = -1;
  int write_end = -1;

  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }
};

std::vector<char*> Pointers(std::vector<std::string>* texts) {
  std::vector<char*> pointers;
  for (std::string& text : *texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// In the child, between fork and exec: only what is safe after a fork of a program with threads. On failure errno
/// goes to `failure`.
[[noreturn]] void BecomeProgram(char* const* arguments, char* const* environment, pid_t parent, int output,
                                int failure) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
  struct sigaction standard{};
  standard.sa_handler = SIG_DFL;
  for (const int number : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM}) sigaction(number, &standard, nullptr);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  // Connections of callers are not the function's: one that it held would not end.
  close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  const int input = open("/dev/null", O_RDONLY);
  if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(output, STDOUT_FILENO) >= 0 &&
      dup2(output, STDERR_FILENO) >= 0) {
    execvpe(arguments[0], arguments, environment);
  }
  const int why = errno;
  [[maybe_unused]] const ssize_t written = write(failure, &why, sizeof why);
  _exit(127);
}

/// errno of the child's exec, or 0 when it went well: the pipe then closes without a byte.
int ExecFailure(int read_end) {
  int why = 0;
  ssize_t size = 0;
  while ((size = read(read_end, &why, sizeof why)) < 0 && errno == EINTR) {
  }
  close(read_end);
  return size == sizeof why ? why : 0;
}

}  // namespace

Result<std::unique_ptr<FunctionProcess>> FunctionProcess::Start(const Options& options, FunctionLog* log,
                                                                std::function<void()> on_exit) {
  std::vector<std::string> arguments = options.command;
  std::vector<std::string> variables;
  for (const auto& [name, value] : options.environment) variables.push_back(name + "=" + value);
  const std::vector<char*> argv = Pointers(&arguments);
  const std::vector<char*> envp = Pointers(&variables);
  Pipe output;
  Pipe failure;
  if (!output.Open() || !failure.Open()) return Fail(ErrorCode::kInternal, "no file descriptor left for a process");
  const pid_t parent = getpid();
  const pid_t id = fork();
  if (id == 0) BecomeProgram(argv.data(), envp.data(), parent, output.write_end, failure.write_end);
  close(output.write_end);
  close(failure.write_end);
  const int why = id < 0 ? errno : ExecFailure(failure.read_end);
  if (why != 0) {
    close(output.read_end);
    if (id > 0) waitpid(id, nullptr, 0);
    return Fail(ErrorCode::kInvalidArgument, fmt::format("cannot run '{}': {}", arguments[0], std::strerror(why)));
  }
  setpgid(id, id);  // Whichever of the two comes first.
  return std::unique_ptr<FunctionProcess>(new FunctionProcess(id, output.read_end, log, std::move(on_exit)));
}

FunctionProcess::FunctionProcess(pid_t id, int output, FunctionLog* log, std::function<void()> on_exit)
    : id_(id), log_(output, log) {
  waiter_ = std::jthread([this, on_exit = std::move(on_exit)] {
    // Without reaping: until the destructor does, the group's id belongs to nobody else.
    siginfo_t info{};
    while (waitid(P_PID, static_cast<id_t>(id_), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
    }
    {
      const std::lock_guard lock(mutex_);
      const bool exited = info.si_code == CLD_EXITED;
      status_ = exited ? W_EXITCODE(info.si_status, 0) : W_EXITCODE(0, info.si_status);
      ended_.notify_all();
    }
    on_exit();
  });
}

FunctionProcess::~FunctionProcess() {
  killpg(id_, SIGKILL);
  waiter_.join();
  waitpid(id_, nullptr, 0);
}

void FunctionProcess::Signal(int number) { killpg(id_, number); }

bool FunctionProcess::WaitForExit(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  return ended_.wait_for(lock, most, [this] { return status_.has_value(); });
}

std::string FunctionProcess::ExitReason() const {
  const std::lock_guard lock(mutex_);
  if (!status_ || *status_ == 0) return {};
  if (WIFEXITED(*status_)) return fmt::format("exit status {}", WEXITSTATUS(*status_));
  return fmt::format("signal: {}", strsignal(WTERMSIG(*status_)));
}

}  // namespace signpost::local
