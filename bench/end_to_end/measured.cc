// Runs a command and writes what it used. A small program of its own, because the peak memory of a child counts the
// memory of whoever forked it.
//
//   measured SECONDS FILE COMMAND [ARGUMENT...]
//
// Writes one line "ELAPSED_S CPU_S PEAK_KIB" to FILE and ends with the command's status (128 + signal if killed). The
// command is killed after SECONDS.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace {

pid_t child = -1;

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::fputs("usage: measured SECONDS FILE COMMAND [ARGUMENT...]\n", stderr);
    return 2;
  }
  const auto start = std::chrono::steady_clock::now();
  child = fork();
  if (child == 0) {
    execv(argv[3], argv + 3);
    std::perror(argv[3]);
    _exit(127);
  }
  std::signal(SIGALRM, [](int) { kill(child, SIGKILL); });
  alarm(static_cast<unsigned>(std::atoi(argv[1])));
  int status = 0;
  rusage usage{};
  if (wait4(child, &status, 0, &usage) != child) {
    std::perror("wait4");
    return 127;
  }
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
  std::FILE* file = std::fopen(argv[2], "w");
  if (file == nullptr) {
    std::perror(argv[2]);
    return 127;
  }
  std::fprintf(file, "%.6f %.6f %ld\n", elapsed.count(), Seconds(usage.ru_utime) + Seconds(usage.ru_stime),
               usage.ru_maxrss);
  std::fclose(file);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
