"""Objectives: the data, models, training and scores of each task. Never imports Optuna."""
