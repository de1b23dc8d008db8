#pragma once

#include <string_view>

namespace signpost::sigv4 {

/// Whether the processor has instructions for SHA-256. False on processors that are neither x86-64 nor arm64.
bool ProcessorHasShaInstructions();

/// Whether OpenSSL, which looks by itself when it is loaded, has found them. It has not where it was told to ignore
/// them (OPENSSL_ia32cap, OPENSSL_armcap) or where a program's start-up code did not run its constructors; hashing then
/// takes several times as long.
bool OpenSslHasShaInstructions();

/// The same, read from `settings`: OPENSSL_info(OPENSSL_INFO_CPU_SETTINGS), such as "OPENSSL_ia32cap=0x1:0x20000000".
bool TellsShaInstructions(std::string_view settings);

}  // namespace signpost::sigv4
