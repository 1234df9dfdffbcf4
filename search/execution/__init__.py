"""Runs jobs in worker processes, on this machine or on a Ray cluster."""
