"""Products, decompositions and transforms."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from tests.proofs.operators.drawing import normal, table

SQUARE, BATCH, ROW = normal(4, 4), normal(2, 3, 3), normal(4)
linalg, fft = torch.linalg, torch.fft


def definite(function: Callable[[Tensor], object]) -> Callable[[Tensor], object]:
    """Of a positive definite matrix that is made of any."""
    return lambda a: function(a @ a.mH + torch.eye(a.shape[-1], dtype=a.dtype))


def hermitian(function: Callable[[Tensor], object]) -> Callable[[Tensor], object]:
    """Of the half of a matrix and its adjoint."""
    return lambda a: function((a + a.mH) / 2)


def projectors(a: Tensor) -> Tensor:
    """What of eigenvectors does not depend on their phases."""
    vectors = linalg.eigh((a + a.mH) / 2).eigenvectors
    found: Tensor = vectors[..., :1] @ vectors[..., :1].mH
    return found


def low_rank(a: Tensor) -> Tensor:
    """What of singular vectors does not depend on their phases."""
    u, s, v = linalg.svd(a, full_matrices=False)
    found: Tensor = (u[..., :2] * s[..., :2]) @ v[..., :2, :]
    return found


PRODUCTS = table(
    {
        "matmul": (torch.matmul, normal(3, 4), normal(4, 2)),
        "bmm": (torch.bmm, BATCH, BATCH),
        "mv": (torch.mv, SQUARE, ROW),
        "dot": (torch.dot, ROW, ROW),
        "vdot": (torch.vdot, ROW, ROW),
        "inner": (torch.inner, SQUARE, ROW),
        "outer": (torch.outer, ROW, normal(3)),
        "addmm": (torch.addmm, normal(3, 2), normal(3, 4), normal(4, 2)),
        "addbmm": (torch.addbmm, normal(3, 3), BATCH, BATCH),
        "baddbmm": (torch.baddbmm, BATCH, BATCH, BATCH),
        "addmv": (torch.addmv, ROW, SQUARE, ROW),
        "addr": (torch.addr, SQUARE, ROW, ROW),
        "einsum": (lambda a, b: torch.einsum("ij,kj->ik", a, b), SQUARE, normal(2, 4)),
        "tensordot": (lambda a, b: torch.tensordot(a, b, dims=2), normal(2, 3, 4), normal(3, 4, 2)),
        "kron": (torch.kron, normal(2, 2), normal(2, 3)),
        "cross": (linalg.cross, normal(2, 3), normal(2, 3)),
        "multi_dot": (lambda *a: linalg.multi_dot(a), normal(2, 3), normal(3, 4), normal(4, 2)),
        "matrix_power": (lambda a: linalg.matrix_power(a, 3), normal(3, 3)),
        "vander": (linalg.vander, ROW),
        "cdist": (torch.cdist, normal(3, 4), normal(2, 4)),
    }
)
DECOMPOSITIONS = table(
    {
        "inv": (linalg.inv, SQUARE),
        "det": (linalg.det, SQUARE),
        "slogdet": (lambda a: linalg.slogdet(a).logabsdet, SQUARE),
        "logdet": (definite(torch.logdet), SQUARE),
        "solve": (linalg.solve, SQUARE, normal(4, 2)),
        "lstsq": (lambda a, b: linalg.lstsq(a, b).solution, normal(4, 2), normal(4, 3)),
        "solve_triangular": (
            lambda a, b: linalg.solve_triangular(a.tril(-1) + 2 * torch.eye(4), b, upper=False),
            SQUARE,
            normal(4, 2),
        ),
        "cholesky": (definite(linalg.cholesky), SQUARE),
        "cholesky_inverse": (
            definite(lambda a: torch.cholesky_inverse(linalg.cholesky(a))),
            SQUARE,
        ),
        "pinv": (linalg.pinv, normal(4, 2)),
        "qr": (linalg.qr, normal(4, 2)),
        "lu": (lambda a: linalg.lu(a)[1:], SQUARE),
        "matrix_exp": (linalg.matrix_exp, normal(3, 3)),
        "eigvalsh": (hermitian(linalg.eigvalsh), SQUARE),
        "svdvals": (linalg.svdvals, normal(4, 3)),
        "projectors": (projectors, SQUARE),
        "low rank": (low_rank, normal(4, 3)),
        "nuclear norm": (lambda a: linalg.matrix_norm(a, "nuc"), normal(4, 3)),
        "spectral norm": (lambda a: linalg.matrix_norm(a, 2), normal(4, 3)),
        "largest column sum": (lambda a: linalg.matrix_norm(a, 1), normal(4, 3)),
        "cond": (linalg.cond, SQUARE),
        "tensorinv": (lambda a: linalg.tensorinv(a, ind=1), normal(4, 2, 2)),
    }
)
TRANSFORMS = table(
    {
        "rfft": (fft.rfft, normal(6)),
        "irfft": (lambda x: fft.irfft(fft.rfft(x)[:3]), normal(6)),
        "ihfft": (fft.ihfft, normal(6)),
        "stft": (
            lambda x: torch.stft(x, 4, window=torch.ones(4).double(), return_complex=True),
            normal(12),
        ),
        "fft of real numbers": (fft.fft, normal(6)),
        "from polar": (lambda r, phi: torch.polar(r.abs(), phi), ROW, ROW),
        "complex": (torch.complex, ROW, ROW),
    }
)
OF_COMPLEX = tuple(
    one.of_complex()
    for one in table(
        {
            "fft": (fft.fft, normal(6)),
            "ifft": (fft.ifft, normal(5)),
            "fft2": (fft.fft2, normal(3, 4)),
            "hfft": (fft.hfft, normal(4)),
            "fftshift": (fft.fftshift, normal(5)),
            "angle": (torch.angle, ROW),
            "real": (torch.real, ROW),
            "imag": (torch.imag, ROW),
            "conj": (torch.conj, ROW),
            "eigvals": (lambda a: linalg.eigvals(a).abs().sum(), normal(3, 3)),
            "view_as_real": (torch.view_as_real, ROW),
        }
    )
)

REAL = (*PRODUCTS, *DECOMPOSITIONS, *TRANSFORMS)
_COMPLEX = (
    "matmul bmm mv dot vdot outer addmm baddbmm einsum kron multi_dot inv det slogdet solve "
    "cholesky pinv matrix_exp eigvalsh svdvals projectors nuclear"
)
COMPLEX = (*(one.of_complex() for one in REAL if one.name in _COMPLEX.split()), *OF_COMPLEX)
