"""What an encoder is asked to get right."""

from __future__ import annotations

import torch
from torch.nn.functional import kl_div, log_softmax, softmax


def feature_loss(student: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """1 - cosine to the teacher's embedding, averaged: 0 where they agree, 2 at most.

    Args:
        student: (n, dim) L2-normalised.
        target: (n, dim) L2-normalised.
    """
    return 1 - (student * target).sum(1).mean()


def neighbour_loss(
    student: torch.Tensor,
    anchors: torch.Tensor,
    target_similarity: torch.Tensor,
    own: torch.Tensor,
    temperature: float,
) -> torch.Tensor:
    """How far the student's neighbours are from the teacher's, after SEED (Fang et al. 2021).

    Both similarities to the anchors become distributions by a softmax; the picture itself is
    left out, because it is nobody's answer to itself. The result is the Kullback-Leibler
    divergence in nats, 0 where both agree.

    Args:
        student: (n, dim) L2-normalised.
        anchors: (m, dim) L2-normalised embeddings that stand for the gallery.
        target_similarity: (n, m) cosines by the teacher.
        own: (n,) which anchor is the picture itself.
        temperature: of both softmaxes; small makes near neighbours count more.
    """
    similarity = student @ anchors.T / temperature
    wanted = target_similarity / temperature
    mask = torch.zeros_like(similarity, dtype=torch.bool)
    mask[torch.arange(len(own)), own] = True
    lowest = torch.finfo(similarity.dtype).min
    return kl_div(
        log_softmax(similarity.masked_fill(mask, lowest), dim=1),
        softmax(wanted.masked_fill(mask, lowest), dim=1),
        reduction="batchmean",
    )
