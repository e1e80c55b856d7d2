"""Channels that deliver letters to people. Does not decide whom or when: `escalation` does."""
