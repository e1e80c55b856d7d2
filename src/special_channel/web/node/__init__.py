"""The node itself: logs, link, channels to our people, private entries, export and files."""
