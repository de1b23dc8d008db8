#include "local/function_log.h"

#include <cerrno>
#include <cstdint>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace signpost::local {

void FunctionLog::Write(std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (sink_) sink_(text);
  tail_ += text;
  if (tail_.size() > 2 * kMostTailBytes) tail_.erase(0, tail_.size() - kMostTailBytes);
}

void FunctionLog::StartTail() {
  const std::lock_guard lock(mutex_);
  tail_.clear();
}

std::string FunctionLog::Tail() const {
  const std::lock_guard lock(mutex_);
  return tail_.size() > kMostTailBytes ? tail_.substr(tail_.size() - kMostTailBytes) : tail_;
}

LogPipe::LogPipe(int descriptor, FunctionLog* log)
    : descriptor_(descriptor), wake_(eventfd(0, EFD_CLOEXEC)), log_(log) {
  fcntl(descriptor_, F_SETFL, fcntl(descriptor_, F_GETFL) | O_NONBLOCK);
  reader_ = std::jthread([this] { ReadUntilTheEnd(); });
}

LogPipe::~LogPipe() {
  const std::uint64_t one = 1;
  [[maybe_unused]] const ssize_t written = write(wake_, &one, sizeof one);
  reader_.join();
  Drain();
  close(wake_);
  close(descriptor_);
}

void LogPipe::Drain() {
  const std::lock_guard lock(mutex_);
  ReadLocked();
}

bool LogPipe::ReadLocked() {
  char buffer[8192];
  while (true) {
    const ssize_t size = read(descriptor_, buffer, sizeof buffer);
    if (size > 0) {
      log_->Write({buffer, static_cast<std::size_t>(size)});
    } else if (size == 0) {
      return false;
    } else if (errno != EINTR) {
      return errno == EAGAIN;
    }
  }
}

void LogPipe::ReadUntilTheEnd() {
  while (true) {
    pollfd descriptors[] = {{descriptor_, POLLIN, 0}, {wake_, POLLIN, 0}};
    if (poll(descriptors, 2, -1) < 0 && errno == EINTR) continue;
    if (descriptors[1].revents != 0) return;
    const std::lock_guard lock(mutex_);
    if (!ReadLocked()) return;
  }
}

}  // namespace signpost::local
