"""Which encoders there are: a short list to choose from, and a search through all of timm's."""

from __future__ import annotations

from dataclasses import dataclass

from vsearch.settings import BUNDLED, DEFAULT_ENCODER


@dataclass(frozen=True, slots=True)
class AvailableEncoder:
    """What is known of an encoder without loading it."""

    name: str
    """A full timm name, or ``open_clip:`` and one of open_clip's."""

    side: int
    """Of the square picture that it takes, in pixels; the work grows with its square."""

    licence: str | None
    """Of the weights, as timm or its page on the hub records it; None where it records none."""

    parameters_m: float | None = None
    """In millions, without a classifier; None where the model would have to be built first."""

    dim: int | None = None
    """Length of an embedding; None as above."""

    note: str = ""
    """What it was trained on, or what to mind."""


IN_THE_PACKAGE = AvailableEncoder(
    BUNDLED, 224, "apache-2.0", 5.5, 192, "the default: comes with vsearch, nothing to download"
)

RECOMMENDED = (
    AvailableEncoder(
        DEFAULT_ENCODER, 224, "apache-2.0", 5.5, 192, "labels (ImageNet); what bundled began as"
    ),
    AvailableEncoder(
        "eva02_tiny_patch14_224.mim_in22k", 224, "mit", 5.5, 192, "masked pictures, CLIP as teacher"
    ),
    AvailableEncoder(
        "vit_small_patch16_224.augreg_in21k_ft_in1k", 224, "apache-2.0", 21.7, 384,
        "labels (ImageNet)",
    ),
    AvailableEncoder(
        "eva02_small_patch14_336.mim_in22k_ft_in1k", 336, "mit", 21.7, 384,
        "masked pictures, then labels",
    ),
    AvailableEncoder(
        "vit_small_patch14_dinov2.lvd142m", 518, "apache-2.0", 22.1, 384,
        "pictures alone; 518 pixels make it slow on a CPU",
    ),
    AvailableEncoder(
        "vit_small_patch16_dinov3.lvd1689m", 256, "dinov3-license", 21.6, 384,
        "pictures alone; read its licence",
    ),
    AvailableEncoder(
        "vit_base_patch16_224.augreg2_in21k_ft_in1k", 224, "apache-2.0", 85.8, 768,
        "labels (ImageNet)",
    ),
    AvailableEncoder(
        "vit_base_patch16_dinov3.lvd1689m", 256, "dinov3-license", 85.6, 768,
        "pictures alone; read its licence",
    ),
    AvailableEncoder(
        "vit_base_patch14_dinov2.lvd142m", 518, "apache-2.0", 86.6, 768,
        "pictures alone; 518 pixels make it slow on a CPU",
    ),
    AvailableEncoder(
        "vit_base_patch32_clip_224.laion2b", 224, "apache-2.0", 87.5, 768, "pictures with texts"
    ),
    AvailableEncoder(
        "vit_base_patch16_siglip_224.v2_webli", 224, "apache-2.0", 92.9, 768, "pictures with texts"
    ),
)  # fmt: skip
"""A few of each kind and size, the smallest first; any other timm name works as well."""

OF_OPEN_CLIP = (
    AvailableEncoder(
        "open_clip:MobileCLIP2-S0/dfndr2b", 256, "apple-amlr", 11.4, 512,
        "small; for research, read its licence",
    ),
    AvailableEncoder(
        "open_clip:MobileCLIP2-S2/dfndr2b", 256, "apple-amlr", 35.8, 512,
        "small; for research, read its licence",
    ),
    AvailableEncoder(
        "open_clip:ViT-B-32/laion2b_s34b_b79k", 224, None, 87.8, 512, "the fastest ViT-B"
    ),
    AvailableEncoder(
        "open_clip:ViT-B-16-SigLIP2/webli", 224, "apache-2.0", 92.9, 768, "many languages"
    ),
    AvailableEncoder(
        "open_clip:hf-hub:Marqo/marqo-fashionSigLIP", 224, "apache-2.0", 92.9, 768, "fashion"
    ),
    AvailableEncoder(
        "open_clip:hf-hub:Marqo/marqo-ecommerce-embeddings-B", 224, "apache-2.0", 92.9, 768,
        "products of every kind",
    ),
)  # fmt: skip
"""The same for the extra ``clip``: trained on pictures with texts, and they take both."""


def find(pattern: str) -> list[AvailableEncoder]:
    """Find timm's pretrained models by name; imports timm, which takes seconds.

    Args:
        pattern: part of a name, or with ``*`` and ``?`` a whole one.

    Returns:
        The models by name, with parameters, dim and note where they are recommended.
    """
    from vsearch.encoder.torchvision_shim import import_timm

    timm = import_timm()
    recommended = {encoder.name: encoder for encoder in RECOMMENDED}
    whole = pattern if "*" in pattern or "?" in pattern else f"*{pattern}*"
    found = []
    for name in sorted(timm.list_pretrained(whole)):
        config = timm.get_pretrained_cfg(name)
        plain = AvailableEncoder(name, config.input_size[-1], config.license)
        found.append(recommended.get(name, plain))
    return found
