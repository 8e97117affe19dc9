"""One file per format; each reads finished records and nothing else."""
