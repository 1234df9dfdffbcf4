"""The loop that spends a study's budget: what to train next, and whether there is time for it."""
