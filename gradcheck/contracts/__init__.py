"""What a backward owes its caller beside the right numbers: one file for each promise."""
