"""Marks that a person sets on threads: labels, reminders, done."""
