"""Ways to reach a person. Does not decide whom or when: `escalation` does."""
