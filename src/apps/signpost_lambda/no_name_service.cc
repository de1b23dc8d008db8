// In the function without shared libraries c-ares looks names up. glibc's own look-up would load what the system's
// nsswitch.conf names: libraries of another glibc. These definitions keep it out of the program; they are for what
// refers to it but is never reached, such as OpenSSL's BIO_connect().

#include <cstddef>

#include <netdb.h>
#include <sys/socket.h>

extern "C" {

int getaddrinfo(const char*, const char*, const addrinfo*, addrinfo**) { return EAI_FAIL; }
void freeaddrinfo(addrinfo*) noexcept {}
const char* gai_strerror(int) noexcept { return "names are looked up by c-ares alone"; }
int getnameinfo(const sockaddr*, socklen_t, char*, socklen_t, char*, socklen_t, int) { return EAI_FAIL; }
hostent* gethostbyname(const char*) { return nullptr; }
hostent* gethostbyaddr(const void*, socklen_t, int) { return nullptr; }
servent* getservbyname(const char*, const char*) { return nullptr; }
servent* getservbyport(int, const char*) { return nullptr; }

int getservbyport_r(int, const char*, servent*, char*, std::size_t, servent** result) {
  *result = nullptr;
  return 0;
}

}  // extern "C"
