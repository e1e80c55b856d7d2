"""Sense: whether what is stated can be true. Tables and pure functions; reads no file or clock."""
