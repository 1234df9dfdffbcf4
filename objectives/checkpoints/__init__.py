"""Checkpoints that runs share: no prefix of a training is ever trained twice."""
