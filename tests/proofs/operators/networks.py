"""What networks are made of, and what they are trained by."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812 as everybody calls it

from tests.proofs.operators.drawing import between, normal, table

ROWS, LINE, IMAGE = normal(3, 4), normal(1, 2, 7), normal(1, 2, 5, 4)
LABELS, WORDS = torch.tensor([0, 3, 1]), torch.tensor([[0, 2], [2, 1]])
SIGNS, TARGET = torch.tensor([1.0, -1.0, 1.0]), between(0.1, 0.9, 3, 4)

LAYERS = table(
    {
        "linear": (F.linear, ROWS, normal(2, 4), normal(2)),
        "bilinear": (F.bilinear, normal(3, 2), normal(3, 3), normal(2, 2, 3), normal(2)),
        "conv1d": (F.conv1d, LINE, normal(3, 2, 3), normal(3)),
        "conv2d": (lambda x, w: F.conv2d(x, w, stride=2, padding=1), IMAGE, normal(3, 2, 3, 3)),
        "conv3d": (F.conv3d, normal(1, 1, 3, 3, 3), normal(2, 1, 2, 2, 2)),
        "grouped conv": (lambda x, w: F.conv2d(x, w, groups=2), IMAGE, normal(2, 1, 2, 2)),
        "conv_transpose1d": (F.conv_transpose1d, LINE, normal(2, 3, 3), normal(3)),
        "conv_transpose2d": (
            lambda x, w: F.conv_transpose2d(x, w, stride=2),
            IMAGE,
            normal(2, 1, 2, 2),
        ),
        "avg_pool1d": (lambda x: F.avg_pool1d(x, 3), LINE),
        "avg_pool2d": (lambda x: F.avg_pool2d(x, 2, padding=1), IMAGE),
        "max_pool1d": (lambda x: F.max_pool1d(x, 3, stride=2), LINE),
        "max_pool2d": (lambda x: F.max_pool2d(x, 2), IMAGE),
        "lp_pool1d": (lambda x: F.lp_pool1d(x.abs(), 3, 2), LINE),
        "adaptive_avg_pool2d": (lambda x: F.adaptive_avg_pool2d(x, (2, 3)), IMAGE),
        "adaptive_max_pool1d": (lambda x: F.adaptive_max_pool1d(x, 3), LINE),
        "batch_norm": (
            lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
            normal(4, 3),
            normal(3),
            normal(3),
        ),
        "layer_norm": (lambda x, w, b: F.layer_norm(x, (4,), w, b), ROWS, normal(4), normal(4)),
        "rms_norm": (lambda x, w: F.rms_norm(x, (4,), w), ROWS, normal(4)),
        "group_norm": (lambda x: F.group_norm(x, 2), normal(2, 4, 3)),
        "instance_norm": (F.instance_norm, IMAGE),
        "local_response_norm": (lambda x: F.local_response_norm(x, 2), IMAGE),
        "normalize": (F.normalize, ROWS),
        "softmax": (lambda x: F.softmax(x, dim=1), ROWS),
        "log_softmax": (lambda x: F.log_softmax(x, dim=0), ROWS),
        "softmin": (lambda x: F.softmin(x, dim=1), ROWS),
        "dropout": (lambda x: F.dropout(x, 0.4), ROWS),
        "embedding": (lambda w: F.embedding(WORDS, w), normal(4, 3)),
        "embedding_bag": (lambda w: F.embedding_bag(WORDS, w), normal(4, 3)),
        "attention": (F.scaled_dot_product_attention, *[normal(1, 3, 2)] * 3),
        "interpolate": (lambda x: F.interpolate(x, scale_factor=2.0, mode="bilinear"), IMAGE),
        "bicubic": (lambda x: F.interpolate(x, size=(7, 6), mode="bicubic"), IMAGE),
        "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), normal(1, 4, 2, 3)),
        "pixel_unshuffle": (lambda x: F.pixel_unshuffle(x, 2), normal(1, 1, 4, 2)),
        "grid_sample": (
            lambda x, grid: F.grid_sample(x, grid, align_corners=False),
            IMAGE,
            between(-0.9, 0.9, 1, 2, 3, 2),
        ),
        "affine_grid": (
            lambda t: F.affine_grid(t, [1, 1, 3, 2], align_corners=True),
            normal(1, 2, 3),
        ),
        "unfolded windows": (lambda x: F.unfold(x, 2), IMAGE),
        "folded windows": (lambda x: F.fold(x, (3, 3), 2), normal(1, 4, 4)),
    }
)
LOSSES = table(
    {
        "mse_loss": (F.mse_loss, ROWS, ROWS),
        "l1_loss": (F.l1_loss, ROWS, ROWS),
        "smooth_l1_loss": (F.smooth_l1_loss, ROWS, ROWS),
        "huber_loss": (F.huber_loss, ROWS, ROWS),
        "cross_entropy": (lambda x: F.cross_entropy(x, LABELS), ROWS),
        "cross_entropy, smoothed": (
            lambda x: F.cross_entropy(x, LABELS, label_smoothing=0.1),
            ROWS,
        ),
        "cross_entropy of probabilities": (F.cross_entropy, ROWS, TARGET),
        "nll_loss": (lambda x: F.nll_loss(x, LABELS), ROWS),
        "binary_cross_entropy": (F.binary_cross_entropy, TARGET, TARGET),
        "binary_cross_entropy_with_logits": (F.binary_cross_entropy_with_logits, ROWS, TARGET),
        "kl_div": (lambda x, p: F.kl_div(x, p, reduction="batchmean"), ROWS, TARGET),
        "poisson_nll_loss": (F.poisson_nll_loss, ROWS, TARGET),
        "gaussian_nll_loss": (F.gaussian_nll_loss, ROWS, ROWS, TARGET),
        "hinge_embedding_loss": (lambda x: F.hinge_embedding_loss(x, SIGNS), normal(3)),
        "margin_ranking_loss": (
            lambda x, y: F.margin_ranking_loss(x, y, SIGNS),
            normal(3),
            normal(3),
        ),
        "soft_margin_loss": (lambda x: F.soft_margin_loss(x, SIGNS), normal(3)),
        "multi_margin_loss": (lambda x: F.multi_margin_loss(x, LABELS), ROWS),
        "triplet_margin_loss": (F.triplet_margin_loss, ROWS, ROWS, ROWS),
        "cosine_embedding_loss": (lambda x, y: F.cosine_embedding_loss(x, y, SIGNS), ROWS, ROWS),
        "cosine_similarity": (F.cosine_similarity, ROWS, ROWS),
        "pairwise_distance": (F.pairwise_distance, ROWS, ROWS),
        "pdist": (F.pdist, ROWS),
        "multilabel_soft_margin_loss": (F.multilabel_soft_margin_loss, ROWS, TARGET),
        "ctc_loss": (
            lambda x: F.ctc_loss(
                x.log_softmax(-1), torch.tensor([[1, 2]]), torch.tensor([6]), torch.tensor([2])
            ),
            normal(6, 1, 4),
        ),
    }
)

REAL = (*LAYERS, *LOSSES)
COMPLEX = tuple(one.of_complex() for one in REAL if one.name in {"linear", "conv1d", "conv2d"})
