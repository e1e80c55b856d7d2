"""Alert history: alerts of this node to our own people, by channel, with their result."""
