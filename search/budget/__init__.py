"""Predicts how long trainings take, and decides what fits into a time budget."""
