"""Examples that fail: drawn, made small, and written as lines to paste."""
