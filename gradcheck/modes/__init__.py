"""Other derivatives than one backward: the second, and forward mode."""
