# The signing library (rooms base and sigv4) as the CMake package `signpost`.
