"""The files that a study hands over."""
