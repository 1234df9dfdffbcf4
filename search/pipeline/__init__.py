"""One study from start to final."""
