"""The words that authors use, beside torch's own, for the methods and arguments of a layer."""

from __future__ import annotations

import re

FORWARD = re.compile(r"forward.*|fprop|fwd|fp|feedforward.*|propagate|updateoutput")
BACKWARD = re.compile(
    r"backward.*|backprop.*|bprop|bwd|bp|back|backpass|backpropagat.*|vjp|updategradinput|pullback"
)
PARAMETERS = re.compile(r"(get|named|trainable|all|list)*(param(eter)?s?|weights|variables)")
CLEAR = re.compile(r"(zero|flush|clear|reset|clean)(the)?(grads?|gradients?|paramgrads?)")
GATHER = re.compile(
    r"(compute|calc|calculate)(the)?(param(eter)?s?|weights?|layer)?(grads?|gradients?)"
    r"|backward(update|acc(umulate)?)(param(eter)?s?|weights?)?(grads?|gradients?)?"
    r"|backward(param(eter)?s?|weights?)(grads?|gradients?)?|accgradparameters"
)
VALUE = re.compile(
    r"loss|cost|compute|computeloss|calculate|calc|calculateloss|getloss|value|evaluate|error|func"
    r"|function|fn|f|direct|lossfn|lossfunction|criterion|call|apply|activate|activation|activationfunction"
    r"|(get|calc|calculate|compute|eval|evaluate)(the)?(loss|cost|error|value|output|activation)"
    r"|(loss|cost|error)value"
)
DERIVATIVE = re.compile(
    r"grad|gradient|grads|gradients|deriv|derive|derivative|derivate|derivation|prime|df|fprime|dloss"
    r"|(cost|error)(prime|grad|gradient|derivative)|lossprime|lossgrad|lossgradient|lossderivative|gradloss|gradientloss|delta|dactivation"
    r"|activationprime|activationderivative|activationgradient|computegradient|computegrad"
    r"|computederivative|getgradient|calculategradient|calcgradient|forwardprime|jacobian|diff"
    r"|d|backgrad|gradfn|derivativefunction"
    r"|(get|calc|calculate|compute|eval|evaluate)(the)?(loss|cost|error)?(grad|gradient|deriv(ative)?|prime|delta)"
)

RATE = re.compile(r"lr|learning_?rate|learn_?rate|l_?rate|eta|step_?size|alpha|rate|lrate|step")
ATTRIBUTE_RATE = re.compile(r"lr|learning_?rate|learn_?rate|l_?rate|eta|step_?size|lrate")
CACHE = re.compile(r"cache|ctx|memory|context|saved|mem|caches")
CONTEXT = re.compile(r"(f|fn|func_?)?ctx|context|cxt")
OPTIMIZER = re.compile(r"opt|optim|optimizer|optimiser|updater")
VALUE_ATTRIBUTE = re.compile(r"loss(es)?|cost|value|error|output_?loss|loss_?value")
FLAG = re.compile(
    r"(is_?)?(train|training)(_?(flg|flag|mode|ing))?|mode|verbose|debug|test|inference"
)
# What a forward is asked to do for the backward that follows.
KEEPING = re.compile(r"(save|store|keep|cache|remember|record|retain)(_\w*)?")
COTANGENT = re.compile(
    r"g|grads?|gradients?|(d|delta|error|err)(_?(y|z|a|out(put)?s?|next|prev|values?))?|upstream.*"
    r"|(output|out|loss|upstream|next)_?(grads?|gradients?|error|delta)|grad(ient)?s?_?(of_?)?"
    r"(y|z|out(put)?s?|wrt_?out(put)?|loss|next)|dl_?d?.+|gradwrtoutput|accumulated_?grad.*"
)
OWN_GRADIENT = re.compile(
    r"d_?(a|[bhsuwxyz]\d*|out|scores?|logits?|preds?|theta|weights?)(_\w+)?|.*grad.*|delta\w*"
)
# Looser than the above: what sets a gradient apart from all else that a backward may be given.
GRADIENT = re.compile(
    r"(?!data|dim|depth)d[a-z0-9_]*|.*grad.*|.*delta.*|.*error.*|err|err_.*|g|g_.*|upstream.*|.*_?bar"
    r"|.*sensitivity|.*_diff|cotangent.*"
)
INPUT = re.compile(
    r"x|xs|inp|inputs?|a_?prev|prev_?(input|activation|a)|z|input_data|data_?in|x_in"
)
OUTPUT = re.compile(r"y|out|outputs?|activated|activation_?output|a|s|sigmoid_?x|y_out")

PREDICTION = re.compile(
    r".*pred.*|.*hat.*|.*logit.*|.*score.*|inputs?|outputs?|out|p|x|z|a|probs?|.*prob.*|yp|y_?p|o"
    r"|.*softmax.*|dvalues|estimat.*|forecast.*|activations?|last_?layer.*|net_?out.*"
)
TARGET = re.compile(
    r".*true.*|.*target.*|.*label.*|.*actual.*|y|t|gt|.*ground.*|.*expected.*|.*desired.*|yt|y_?t"
    r"|.*truth.*|gold|.*real.*|.*one_?hot.*|d|correct.*|ys|reference"
)

# Names that can only mean a target.
SURELY_TARGET = re.compile(r".*true.*|.*target.*|.*label.*|gt|.*truth.*|.*actual.*|.*expected.*")
# Names of what is given and never trained, as a target is.  A kernel or a table may be a weight.
CONSTANT = re.compile(
    SURELY_TARGET.pattern + r"|.*mask.*|(running|moving)_.*|(.*_)?buffers?(_.*)?"
    r"|(.*_)?const(ant)?s?(_.*)?|(fixed|frozen)_.*"
)

OUTPUT_ATTRIBUTES = ("output", "out", "outputs", "y", "a", "activation", "result", "z", "value")
INPUT_GRADIENTS = (
    *("dinputs", "dinput", "dx", "d_input", "d_inputs", "grad_input", "input_grad", "gradinput"),
    *("da_prev", "dx_prev", "din", "gx", "dl_dx", "dldx"),
)
# Those that can only be an input's first.
GRADIENT_ATTRIBUTES = (*INPUT_GRADIENTS, "gradient", "grad", "delta", "dz")


def plain(name: str) -> str:
    """A method's name in lower case, without underscores, so that spellings are one.

    >>> plain("feedForward"), plain("backward_pass")
    ('feedforward', 'backwardpass')
    """
    return name.lower().replace("_", "")


def means(pattern: re.Pattern[str], name: str) -> bool:
    """Whether an argument's name is one of these words."""
    return pattern.fullmatch(name.lower().strip("_")) is not None
