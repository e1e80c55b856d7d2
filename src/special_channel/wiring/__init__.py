"""The only place that opens connections, reads the clock and draws randomness.

Everything below is handed what it needs; nothing below receives `Settings`.
"""
