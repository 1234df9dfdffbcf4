"""Statistics over seeds and sentences: whether the winner is significantly better."""
