"""Servers for tests: each starts on free loopback ports, hands out a key, and ends with who started it."""
