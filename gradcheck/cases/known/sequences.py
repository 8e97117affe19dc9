"""Cases of recurrent layers, attention and embeddings: three steps or more, three samples or more.

Without torch's option of a class in its own signature, none of its variants is tried.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gradcheck.cases.spec import REAL, Shape, Spec

_SIZES = {"input_size": 3, "hidden_size": 6}
_STEPS: Shape = (5, 4, 3)


def _recurrent(states: int, *variants: dict[str, Any]) -> tuple[Spec, ...]:
    """Sequences alone, then with first states, all options, and without samples."""
    first = _given(_SIZES, _STEPS, (1, 4, 6), states)
    deep = {**_SIZES, "num_layers": 2, "bidirectional": True}
    return (
        Spec(_SIZES, (_STEPS,)),
        Spec(_SIZES, ((5, 1, 3),)),
        first,
        _given(deep, _STEPS, (4, 4, 6), states),
        Spec({**_SIZES, "batch_first": True, "num_layers": 2}, ((4, 5, 3),)),
        Spec({**_SIZES, "num_layers": 3, "dropout": 0.375}, (_STEPS,)),
        Spec({**_SIZES, "bias": False}, ((5, 3),), torch_only=True),
        replace(_given(_SIZES, (5, 3), (1, 6), states), torch_only=True),
        *(Spec({**_SIZES, **options}, (_STEPS,)) for options in variants),
    )


def _given(options: dict[str, Any], steps: Shape, state: Shape, states: int) -> Spec:
    shapes = (steps, *(state,) * states)
    return Spec(options, shapes, bundled=states if states > 1 else 0)


def _attention() -> tuple[Spec, ...]:
    sizes = {"embed_dim": 4, "num_heads": 2}
    self_attention: tuple[Shape, ...] = ((5, 3, 4),) * 3
    across: tuple[Shape, ...] = ((5, 3, 4), (6, 3, 4), (6, 3, 4))
    others = {"kdim": 3, "vdim": 5}
    padded = (*across, (3, 6))
    masked = (*padded, (), (5, 6))
    kinds = (REAL,) * 3
    return (
        Spec(sizes, self_attention),
        Spec(sizes, ((5, 1, 4),) * 3),
        Spec(sizes, across),
        Spec({**sizes, **others}, ((5, 3, 4), (6, 3, 3), (6, 3, 5))),
        Spec({**sizes, "batch_first": True, "bias": False}, ((3, 5, 4), (3, 6, 4), (3, 6, 4))),
        Spec({**sizes, "dropout": 0.375}, across),
        Spec(sizes, ((5, 4), (6, 4), (6, 4)), torch_only=True),
        Spec(sizes, padded, kinds=(*kinds, "mask")),
        Spec(sizes, masked, kinds=(*kinds, "mask", "True", "mask")),
        Spec(sizes, (*across, (), (), (5, 6)), kinds=(*kinds, "None", "False", "mask")),
        Spec(
            sizes,
            (*across, (), (), (6, 5, 6), ()),
            kinds=(*kinds, "None", "True", "mask", "False"),
        ),
    )


def _encoder() -> tuple[Spec, ...]:
    # No dropout: torch draws that of its attention in an order of its own.
    sizes = {"d_model": 4, "nhead": 2, "dim_feedforward": 6, "dropout": 0.0}
    steps: Shape = (5, 3, 4)
    return (
        Spec(sizes, (steps,)),
        Spec(sizes, ((5, 1, 4),)),
        Spec({**sizes, "norm_first": True}, (steps,)),
        Spec({**sizes, "activation": "gelu", "batch_first": True}, ((3, 5, 4),)),
        Spec({**sizes, "bias": False, "layer_norm_eps": 0.25}, (steps,)),
        Spec(sizes, (steps, (5, 5), (3, 5)), kinds=(REAL, "mask", "mask")),
        Spec({**sizes, "dropout": 0.375}, (steps,)),
    )


def _embedding() -> tuple[Spec, ...]:
    # Indices are below 4: what torch does not claim for the padding, its row 4, is not asked.
    sizes = {"num_embeddings": 5, "embedding_dim": 3}
    indices = ("indices",)
    return (
        Spec(sizes, ((4, 6),), kinds=indices),
        Spec(sizes, ((7,),), kinds=indices),
        Spec(sizes, ((1, 1),), kinds=indices),
        Spec({**sizes, "padding_idx": 4}, ((4, 6),), kinds=indices),
    )


SEQUENCES: dict[str, tuple[Spec, ...]] = {
    "RNN": _recurrent(1, {"nonlinearity": "relu"}),
    "LSTM": _recurrent(2),
    "GRU": _recurrent(1),
    "MultiheadAttention": _attention(),
    "TransformerEncoderLayer": _encoder(),
    "Embedding": _embedding(),
}
