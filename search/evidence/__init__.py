"""Whether the winner is really better: statistics over seeds and sentences."""
