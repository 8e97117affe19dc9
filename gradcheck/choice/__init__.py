"""From a target to its cases: what is wished, declared, or found to work."""
