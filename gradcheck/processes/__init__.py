"""A process of its own for what may hang or die, and what it may take."""
