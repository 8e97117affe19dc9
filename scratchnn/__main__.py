"""python -m scratchnn: train a recipe, or reproduce all of them."""

from scratchnn.cli import main

if __name__ == "__main__":
    main()
