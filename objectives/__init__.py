"""What a configuration is worth: data, models, training, scores. Never imports Optuna."""
