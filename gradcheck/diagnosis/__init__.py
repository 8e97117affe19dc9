"""Who is wrong, and what is wrong: from comparisons to findings."""
