"""Any fine-tuning around a `transformers.Trainer` as a task."""
