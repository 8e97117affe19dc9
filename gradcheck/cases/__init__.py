"""What to try a target on: catalogue, inference, and the point where it is checked."""
