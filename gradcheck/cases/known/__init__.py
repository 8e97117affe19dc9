"""Cases of torch.nn's classes, a file for each family."""
