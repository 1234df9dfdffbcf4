"""Which training is continued, and which is stopped."""
