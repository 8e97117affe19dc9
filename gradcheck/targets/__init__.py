"""Targets: from what the user typed to an object, imported as it would be where it lies."""
