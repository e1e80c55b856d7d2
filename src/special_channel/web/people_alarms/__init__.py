"""Alarms about acts on people: see and take them."""
