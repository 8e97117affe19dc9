"""Independent estimates of the same gradient."""
