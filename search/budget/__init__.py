"""What trainings cost, and what a time budget still allows."""
