"""Cases for the layers and losses that torch.nn names, for whoever's class bears the name.

Shapes hide nothing: a batch of at least three, every size different from every other, so that a
transposed weight does not fit and a factor can be told from another.  A batch of one, a single
sample without a batch, further leading axes and every option follow.
"""

from __future__ import annotations

from gradcheck.cases.known.elementwise import ELEMENTWISE
from gradcheck.cases.known.images import IMAGES
from gradcheck.cases.known.linear import LINEAR
from gradcheck.cases.known.losses import LOSSES
from gradcheck.cases.known.normalisation import NORMALISATION
from gradcheck.cases.known.sequences import SEQUENCES
from gradcheck.cases.spec import Spec

# In this order the first is taken for a class of another name that wants the same arguments.
CATALOGUE: dict[str, tuple[Spec, ...]] = {
    **LINEAR,
    **ELEMENTWISE,
    **LOSSES,
    **IMAGES,
    **NORMALISATION,
    **SEQUENCES,
}


def torch_name(target: type) -> str | None:
    """The catalogued torch name that a class bears, itself or by inheritance.

    >>> torch_name(type("Linear", (), {}))
    'Linear'
    """
    return next((base.__name__ for base in target.__mro__ if base.__name__ in CATALOGUE), None)
