"""What torch's gradcheck lets pass is refused, and each argument does what it says."""

from __future__ import annotations

import warnings
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.autograd.gradcheck import GradcheckError as TorchError

import gradcheck as package
from gradcheck.compat import GradcheckError, LooseWarning, gradcheck, gradgradcheck
from gradcheck.compat.vacuous import VacuousWarning


def rand(*shape: int, dtype: torch.dtype = torch.float64) -> Tensor:
    """A random leaf."""
    return torch.randn(*shape, dtype=dtype, requires_grad=True)


class Tilted(torch.autograd.Function):
    """sin x, whose backward is off by a factor."""

    factor = 1.0

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        """Return sin x."""
        ctx.save_for_backward(x)
        return x.sin()

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
        """Return cos x, tilted."""
        (x,) = ctx.saved_tensors
        return grad_outputs[0] * x.cos() * Tilted.factor


@pytest.fixture
def factor(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets it for one test."""
    return lambda value: monkeypatch.setattr(Tilted, "factor", value)


@pytest.mark.parametrize("error", [1e-4, 1e-5, 1e-6])
def test_an_error_that_torch_lets_pass_is_refused(factor: Any, error: float) -> None:
    """Its tolerance is a thousandth."""
    factor(1 + error)
    inputs = (rand(5),)
    assert torch.autograd.gradcheck(Tilted.apply, inputs)
    with pytest.raises(GradcheckError, match="refuted"):
        gradcheck(Tilted.apply, inputs)
    assert not gradcheck(Tilted.apply, inputs, raise_exception=False)


def test_the_error_is_torchs_own_and_ours() -> None:
    """Whoever catches either of them catches this one."""
    assert issubclass(GradcheckError, TorchError)
    assert issubclass(GradcheckError, package.GradientError)


def test_a_tolerance_that_is_given_may_loosen_and_says_so(factor: Any) -> None:
    """Only where it is given, and only up to it."""
    factor(1 + 1e-4)
    inputs = (rand(5),)
    with pytest.warns(LooseWarning, match="rtol=0.001"):
        assert gradcheck(Tilted.apply, inputs, rtol=1e-3)
    assert not gradcheck(Tilted.apply, inputs, rtol=1e-6, atol=0.0, raise_exception=False)


def test_a_tolerance_never_tightens() -> None:
    """What is verified stays so."""
    assert gradcheck(torch.sin, (rand(5),), rtol=0.0, atol=0.0)


def test_an_approximation_passes_with_a_warning() -> None:
    """Torch's trigamma, the derivative of digamma, is off by 5e-10."""
    x = torch.tensor([0.8, 1.3], dtype=torch.float64, requires_grad=True)
    with pytest.warns(LooseWarning, match="finite differences contradict"):
        assert gradcheck(torch.digamma, (x,))


def test_without_an_input_that_asks_for_a_gradient_nothing_is_checked() -> None:
    """The same error as torch's."""
    with pytest.raises(ValueError, match="at least one input tensor to require gradient"):
        gradcheck(torch.sin, (torch.ones(2),))
    with pytest.raises(ValueError, match="check_backward_ad or check_forward_ad"):
        gradcheck(torch.sin, (rand(2),), check_backward_ad=False)


def test_what_is_not_supported_is_refused_with_the_way_out() -> None:
    """Never ignored in silence."""
    with pytest.raises(ValueError, match="check_batched_forward_grad is not supported"):
        gradcheck(torch.sin, (rand(2),), check_batched_forward_grad=True)
    with pytest.raises(package.ExerciseError, match="to_dense"):
        gradcheck(torch.sin, (torch.eye(2, dtype=torch.float64).to_sparse().requires_grad_(),))


def test_what_the_function_raises_is_raised() -> None:
    """As torch does, so that a test for a refusal still passes."""
    with pytest.raises(ZeroDivisionError):
        gradcheck(lambda x: x * (1 // 0), (rand(2),))


def test_float32_inputs_are_checked_in_float64() -> None:
    """Where torch's own check is lost in rounding."""
    x = rand(20, dtype=torch.float32)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch warns of the precision
        assert not torch.autograd.gradcheck(torch.sin, (x,), raise_exception=False)
    assert gradcheck(torch.sin, (x,))


@pytest.mark.parametrize("conjugated", [False, True])
def test_a_missing_conjugate_is_refused(conjugated: bool) -> None:
    """The VJP of a holomorphic function multiplies by the conjugate of its derivative."""

    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, z: Tensor) -> Tensor:
            ctx.save_for_backward(z)
            return z * z

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            (z,) = ctx.saved_tensors
            return grad_outputs[0] * 2 * (z.conj() if conjugated else z)

    z = rand(4, dtype=torch.complex128)
    assert gradcheck(Square.apply, (z,), raise_exception=False) is conjugated


def test_a_wrong_double_backward_is_refused() -> None:
    """The first backward is right, and its own derivative is not."""

    class Detached(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            (x,) = ctx.saved_tensors
            return grad_outputs[0] * 3 * x * x.detach()

    x = rand(4)
    assert gradcheck(Detached.apply, (x,))
    with pytest.raises(GradcheckError, match="VJP of apply") as raised:
        gradgradcheck(Detached.apply, (x,))
    (place,) = [line for line in str(raised.value).splitlines() if "look at" in line]
    assert "test_compat.py" in place  # and not where the derivative is taken


def test_a_wrong_jvp_is_refused() -> None:
    """By the adjoint identity, with both numbers."""

    class Doubled(torch.autograd.Function):
        @staticmethod
        def forward(x: Tensor) -> Tensor:
            return x.sin()

        @staticmethod
        def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
            ctx.save_for_backward(inputs[0])
            ctx.save_for_forward(inputs[0])

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            return grad_outputs[0] * ctx.saved_tensors[0].cos()

        @staticmethod
        def jvp(ctx: Any, *tangents: Tensor) -> Any:
            return 2 * tangents[0] * ctx.saved_tensors[0].cos()

    assert gradcheck(Doubled.apply, (rand(4),))
    with pytest.raises(GradcheckError, match="forward mode is wrong"):
        gradcheck(Doubled.apply, (rand(4),), check_forward_ad=True)


def test_a_backward_that_takes_no_undefined_cotangent_is_refused() -> None:
    """Torch hands None for an output that the loss does not use, if the Function asks for it."""

    class Undefined(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor | None) -> Tensor:
            first, other = grad_outputs
            if first is None or other is None:
                return torch.ones(4, dtype=torch.float64)
            return 2 * first + 3 * other

    x = rand(4)
    assert gradcheck(Undefined.apply, (x,), check_undefined_grad=False)
    with pytest.raises(GradcheckError, match="must take None for zeros"):
        gradcheck(Undefined.apply, (x,))


def test_noise_passes_within_its_own_tolerance_only() -> None:
    """Torch calls 1e-14 of it a wrong gradient."""

    class Noisy(torch.autograd.Function):
        calls = 0

        @staticmethod
        def forward(ctx: Any, x: Tensor) -> Tensor:
            ctx.save_for_backward(x)
            return x.sin()

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            (x,) = ctx.saved_tensors
            Noisy.calls += 1
            return grad_outputs[0] * x.cos() * (1 + 1e-14 * Noisy.calls)

    assert not torch.autograd.gradcheck(Noisy.apply, (rand(4),), raise_exception=False)
    assert gradcheck(Noisy.apply, (rand(4),))


def test_inputs_may_be_of_any_form() -> None:
    """Torch takes a flat row of tensors alone."""
    nested = {"weights": [rand(2, 3), rand(3)], "scale": 2.0}

    def function(x: Tensor, options: dict[str, Any]) -> Any:
        weight, bias = options["weights"]
        return (x @ weight + bias) * options["scale"]

    assert gradcheck(function, (rand(4, 2), nested))


def test_expanded_inputs_and_functions_in_place_are_no_obstacle() -> None:
    """Torch perturbs shared memory, and the input of a function that writes to it."""
    expanded = torch.randn(3, 1, dtype=torch.float64).expand(3, 4).requires_grad_()
    assert gradcheck(lambda x: x * 2, (expanded,))
    assert gradcheck(lambda x: x.mul_(2).sin(), (rand(3),))


def test_inputs_that_depend_on_one_another_are_taken_apart() -> None:
    """And the result says so; torch reports a wrong Jacobian."""
    x = rand(3)
    result = package.check(torch.mul, x, x * 2)
    assert result.verdict == package.Verdict.VERIFIED
    assert any("depend on one another" in note for note in result.notes)


def test_an_empty_output_is_true_and_a_warning_says_what_that_is_worth() -> None:
    """As torch's answer is; nothing was compared."""
    empty = torch.ones(0, 3, dtype=torch.float64, requires_grad=True)
    with pytest.warns(VacuousWarning, match="nothing was compared"):
        assert gradcheck(torch.sin, (empty,))
    with pytest.warns(VacuousWarning):
        assert gradcheck(lambda x: x.argmax(), (rand(3),))


def test_an_output_without_a_gradient_must_stand_still() -> None:
    """Torch compares it with zero too."""
    assert gradcheck(lambda x: x.detach().floor(), (rand(3),))
    with pytest.raises(GradcheckError, match="the claimed gradient is zero, the true one is not"):
        gradcheck(lambda x: x.detach() * 2, (rand(3),))


def test_a_coarse_bar_within_torchs_tolerance_passes_with_a_warning() -> None:
    """Far out on the error function's tail little is left to see; torch asks for 1e-5."""
    x = torch.tensor(-4.6, dtype=torch.float64, requires_grad=True)
    with pytest.warns(LooseWarning, match="its error bar allows no more"):
        assert gradcheck(torch.erfc, (x,))


def test_gradients_that_torch_only_notes_down_are_read() -> None:
    """A zero without memory, and a sparse one."""
    assert gradcheck(torch.sgn, (rand(3),))
    words = torch.tensor([1, 3, 1])
    lookup = torch.nn.functional.embedding
    assert gradcheck(lambda w: lookup(words, w, sparse=True), (rand(5, 2),))


def test_a_wrong_gradient_of_any_layout_is_explained() -> None:
    """Permuted inputs and complex constants are no obstacle to a diagnosis."""

    class Halved(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor, c: Tensor) -> Tensor:
            ctx.save_for_backward(c)
            return x * c.real

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            (c,) = ctx.saved_tensors
            return grad_outputs[0] * torch.where(c.real > 0, c.real, 0.0), None

    x = torch.randn(3, 2, 4, dtype=torch.float64).transpose(0, 2).requires_grad_()
    with pytest.raises(GradcheckError, match="refuted"):
        gradcheck(Halved.apply, (x, torch.randn(4, 2, 3, dtype=torch.complex128)))


def test_a_wrong_gradient_of_outputs_with_unequal_axes_is_explained() -> None:
    """What is tried on the first of them may not fit the others."""

    class Split(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Tensor) -> tuple[Tensor, Tensor]:
            return 2 * x, x.sum(0)

        @staticmethod
        def backward(ctx: Any, *grad_outputs: Tensor) -> Any:
            first, other = grad_outputs
            return 2 * first + (1 + 1e-5) * other

    with pytest.raises(GradcheckError, match="refuted"):
        gradcheck(Split.apply, (rand(3, 4),))


@pytest.mark.parametrize("function", [torch.sin, torch.tanh, torch.mul])
def test_forward_mode_over_a_right_backward_is_right(function: Any) -> None:
    """The backward keeps the tangents of what it is given."""
    inputs = (rand(4), rand(4)) if function is torch.mul else (rand(4),)
    assert gradgradcheck(function, inputs, check_fwd_over_rev=True)
