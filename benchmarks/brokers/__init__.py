"""Senders for other brokers: each runs as a process and takes its orders on standard input."""
