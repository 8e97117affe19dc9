"""Trainings and optimizers beside torch's, step by step."""
