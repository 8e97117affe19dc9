"""What an argument of a constructor may be given, by its name alone."""

from __future__ import annotations

import re
from typing import Any

_WORDS: tuple[tuple[str, Any], ...] = (
    (r".*name|label|tag|id|scope", "layer"),
    (r"(is_?)?train.*|training|bias|use_?bias|requires_grad|with_bias", True),
    (r"lr|learn(ing)?_?rate|eta|step_?size", 0.5),
    (r".*dropout.*|.*drop.*|p|prob.*|rate|ratio|keep.*", 0.4),
    (r".*eps(ilon)?", 1e-5),
    (r"(negative_?)?slope|alpha|leak(age|iness)?|a", 0.2),
    (r"momentum|decay", 0.9),
    (r"delta|temperature|temp|t|tau|margin|threshold|lam(bda_?)?", 0.7),
    # A regulariser is folded into the gradient: none.
    (r".*(regulari[sz]er|_reg|reg_|weight_?decay|_l1|_l2|lambd).*|reg|l1|l2", 0.0),
    (r".*stride.*", 2),
    (r".*pad(ding)?.*", 1),
    (r".*dilation.*|.*groups?.*", 1),
    (r".*scale_?factor.*|.*upscale.*|factor", 2),
    (r".*heads?.*", 2),
    (r".*(kernel|filter|pool|window|patch|k)_?(size|shape|dim|h|w|height|width)s?(_?\d+|_\w+)?", 3),
    (r"kernel|ksize|k|f|fh|fw|ph|pw|pool_?[hw]|h_?f|w_?f", 3),
    (r".*(num|n|nb)_?(filters?|kernels?|maps)", 3),
    (r".*(vocab|num_?embed|n_?embeddings|dictionary).*", 7),
    (r"batch_?(size|dim)?|n_?batch|nb_?samples", 4),  # as of the inputs
    (r"max.*(seq|steps|time|len).*", 9),
    (r".*(seq|steps|time).*", 3),
    (r".*(output|target)_?shape", (-1, 5)),
    (r"axis", -1),
    (r"reduction", "mean"),
    (r"activation.*|act|nonlinearity", "relu"),
)
# Where two sizes are wanted, or a text.
_PAIRS: tuple[tuple[str, Any], ...] = (
    (r".*stride.*", (2, 2)),
    (r".*pad(ding)?.*", (1, 1)),
    (r".*dilation.*", (1, 1)),
    (r".*scale_?factor.*|.*upscale.*|factor", (2, 2)),
    (
        r".*(kernel|filter|pool|window|patch|k)_?(size|shape|dim)s?(_?\d+|_\w+)?|kernel|ksize|k|f",
        (3, 2),
    ),
    (r"dims|perm(utation)?|axes|order", (2, 1)),
    (r"size|units|shape", (5, 3)),
    (r".*(size|shape|dims?)", (5,)),
)
_TEXTS: tuple[tuple[str, Any], ...] = (
    (r".*pad(ding)?.*", "same"),
    (r".*activ.*|act|.*nonlin.*", "relu"),
    (r".*init.*", "he"),
    (r".*mode.*", "max"),
)
PAIRS = tuple((re.compile(words), value) for words, value in _PAIRS)
TEXTS = tuple((re.compile(words), value) for words, value in _TEXTS)
WORDS = tuple((re.compile(words), value) for words, value in _WORDS)
OPTIONS: dict[str, Any] = {
    "mode": "train",
    **dict.fromkeys(("train", "training", "is_training"), True),
    "test": False,
    "seed": 0,
    **dict.fromkeys(("p", "keep_prob"), 0.6),
    "dropout_param": 0.6,
    "eps": 1e-5,
    "momentum": 0.9,
    "stride": 2,
    "pad": 1,
    "padding": 1,
    **dict.fromkeys(("dilation", "groups"), 1),
    **dict.fromkeys(("pool_height", "pool_width", "HH", "WW"), 3),
    **dict.fromkeys(("pool_size", "kernel_size", "filter_size", "window", "size", "f", "k"), 3),
    **dict.fromkeys(("alpha", "slope", "negative_slope"), 0.2),
}
"""What a dictionary of settings may be asked for."""
