"""Acknowledge the receipt of many notes of the other side in one entry."""
