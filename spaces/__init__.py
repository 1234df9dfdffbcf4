"""What may be tuned, and what must hold. Knows neither Optuna nor PyTorch."""
