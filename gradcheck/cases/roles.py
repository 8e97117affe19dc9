"""What the names and annotations of a constructor's arguments say that they are."""

from __future__ import annotations

import builtins
import inspect
import re
import typing
from typing import Any

from gradcheck.cases.annotations import is_count
from gradcheck.foreign.signatures import is_required, parameters, written

IMAGE = re.compile(r"kernel|filter|pool|stride|pad|\bchannels?\b|in_?ch|in_?channels|scale_?factor")
IMAGE_CLASS = re.compile(r"conv|pool|2d|upsampl|pad", re.IGNORECASE)
IN = re.compile(
    r"^in|_in$|^n_?in|^nin|fan_?in|dim_?in|d_?in$|input|prev|^from|^inf$|^fin$|channel|depth"
    r"|^i$|^d$|^n$|^m$|feature|normal.*shape|^dim|^size$|in_?size|in_?dim|embed"
)
OUT = re.compile(
    r"^out|_out$|^n_?out|^nout|fan_?out|dim_?out|d_?out$|output|^ouf$|unit|neuron|hidden|node"
    r"|filters$|num_?kernel|^n_?f$|^o$|^h$|^k$|maps"
)
ARRAY = re.compile(
    r"w|w\d|wx|wh|ws|weights?|weight_?matrix|b|b\d|bx|bias(es)?|gamma|beta|kernel_?weights?"
    r"|filters?_?w|scale_?param|(\w+_)?matrix"
    r"|weights?_(keys?|quer(y|ies)|values?|q|k|v|in(put)?|out(put)?)"
    r"|(keys?|quer(y|ies)|values?)_weights?|w_?[qkv]"
)
MANY = re.compile(
    r"(hidden_?)?(layers?|modules|blocks|models|components|stages|dims?|sizes|shapes?)"
    r"(_?(list|config|dims?|sizes|shapes?|units))?|(net(work)?)_?(layers|shape|dims|sizes)"
    r"|topology|architecture|structure|units_?list"
)
ONE = re.compile(
    r"(wrapped_?|sub_?|inner_?|base_?|child_?)?(layer|module|block|model|net(work)?|cell)"
    r"(_?(obj(ect)?|instance|fn))?|encoder|decoder"
    r"|(forward|backward|fwd|bwd|left|right|first|second)_?(layer|module|block|net(work)?|cell|rnn)"
)
LOSS = re.compile(r"(.*_)?(loss|criterion|error|cost)(_?(fn|func|function|layer|obj(ect)?))?")
ACTIVATION = re.compile(r"activ|^act|non_?lin|^func?(tion)?$|^f$|^fn$")
DERIVATIVE = re.compile(r"prime|deriv|grad|^d_?(activ|act|func|f$)|backward")
RECURRENT = re.compile(r"w_?hh?|w_?rec|u|whh")
OPTIMIZER = re.compile(r"opt|optim|optimi[sz]er.*|updater")
EXTENT = re.compile(
    r"(x|in|inp|inputs?|image|img|data|sample|a_?prev|prev)_?(dims?|dimensions?|shape|size)"
    r"|dims|dimensions|shape"
)
TRUTH = re.compile(r".*true.*|.*targets?|.*labels?|.*truth|gt|expected.*|actual.*")
INITIALISER = re.compile(r"init")
BY_ANNOTATION: dict[str, Any] = {"str": "layer", "bool": True, "float": 0.3}


def is_image(target: type) -> bool:
    """Whether the names of its arguments, or its own, speak of images."""
    names = " ".join(p.name.lower() for p in parameters(target))
    return IMAGE.search(names) is not None or IMAGE_CLASS.search(target.__name__) is not None


def may_be_told(parameter: inspect.Parameter) -> bool:
    """Whether it is the size of the input, which a network tells where the author does not."""
    name = parameter.name.lower()
    return (
        parameter.default is None
        and re.search(r"in|prev|^n_?f", name) is not None
        and (IN.search(name) is not None and not re.search(r"init|point|string", name))
    )


def counts_samples(parameter: inspect.Parameter) -> bool:
    """Whether it is the size of the batch, one by default: of so many rows a bias may be made."""
    is_number = isinstance(parameter.default, int) and not isinstance(parameter.default, bool)
    return is_number and _SAMPLES.fullmatch(parameter.name.lower()) is not None


_SAMPLES = re.compile(r"batch_?(size|dim)?|n_?batch|nb_?samples")


def is_large(parameter: inspect.Parameter) -> bool:
    """Whether it is a size by default that few of ours can be divided by: 8 heads, 32 groups."""
    default = parameter.default
    return isinstance(default, int) and not isinstance(default, bool) and default >= _LARGE


def is_huge(parameter: inspect.Parameter) -> bool:
    """Whether its default is that of a real model: what is shown by a width of 512 is by one of 5.

    >>> def block(width=512, heads=8): ...
    >>> [is_huge(one) for one in parameters(block)]
    [True, False]
    """
    return is_large(parameter) and parameter.default >= _HUGE


_HUGE = 128


def is_number_of_parts(parameter: inspect.Parameter) -> bool:
    """Whether it counts what a size is divided into, or what stands one behind the other."""
    return re.search(r"head|group|layer|block", parameter.name.lower()) is not None


_LARGE = 4


def is_unsaid(parameter: inspect.Parameter) -> bool:
    """Whether it is None by default, as a size is that the author forgot to ask for."""
    return parameter.default is None and parameter.kind not in _OPEN


_OPEN = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def holds_parts(parameter: inspect.Parameter) -> bool:
    """Whether it stands for a layer, several, a loss, or an object of the author's own."""
    name = parameter.name.lower()
    if not is_required(parameter) or written(parameter) in BY_ANNOTATION or is_count(parameter):
        return False
    named = MANY.fullmatch(name) or ONE.fullmatch(name) or LOSS.fullmatch(name)
    return named is not None or own_class(parameter) != ""


def lists_sizes(parameter: inspect.Parameter) -> bool:
    """Whether it stands for the sizes of several layers, one after the other.

    >>> def network(layer_sizes, layers): ...
    >>> [lists_sizes(one) for one in parameters(network)]
    [True, False]
    """
    name = parameter.name.lower()
    named = MANY.fullmatch(name) is not None and _SIZES.search(name) is not None
    return is_required(parameter) and named and not is_count(parameter)


_SIZES = re.compile(r"dims|sizes|units|topology|architecture")


def takes_parts(parameter: inspect.Parameter) -> bool:
    """Whether it stands for any number of layers: ``*layers``."""
    is_open = parameter.kind is inspect.Parameter.VAR_POSITIONAL
    return is_open and MANY.fullmatch(parameter.name.lower()) is not None


def own_class(parameter: inspect.Parameter) -> str:
    """The name of the class that it is annotated with, if that is the author's own."""
    name = written(parameter).strip("'\"").rpartition(".")[2]
    own = name.isidentifier() and not hasattr(builtins, name) and name not in _NOT_OWN
    home = getattr(parameter.annotation, "__module__", "")
    return name if own and home.partition(".")[0] not in {"numpy", "torch", "typing"} else ""


_NOT_OWN = {"ndarray", "Tensor", "Callable", "Any", "Iterable", "Sequence", "ArrayLike", "NDArray"}


def choices(parameter: inspect.Parameter) -> tuple[Any, ...]:
    """The values that a ``Literal`` lists, where the annotation is more than a text."""
    annotation = parameter.annotation
    if typing.get_origin(annotation) is typing.Literal:
        return typing.get_args(annotation)
    said = re.search(r"Literal\[(.*)\]", annotation) if isinstance(annotation, str) else None
    return tuple(re.findall(r"['\"]([^'\"]+)['\"]", said[1])) if said else ()
