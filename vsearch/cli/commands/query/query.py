"""``vsearch query``: find products by photo, product, words, or a mixture of them."""

from __future__ import annotations

from time import perf_counter

import typer

from vsearch.cli.commands.query.answer import print_answer, print_records
from vsearch.cli.commands.query.options import (
    BoostOption,
    BoxOption,
    CollapseOption,
    DiversityOption,
    ExplainOption,
    ExplainPngOption,
    FacetOption,
    GroupOption,
    HtmlOption,
    KOption,
    MinConfidenceOption,
    MixOption,
    OffsetOption,
    PhotosArgument,
    RegionsOption,
    RerankOption,
    SkuOption,
    SummaryOption,
    TextOption,
    UnlikeOption,
    UnlikeSkuOption,
    WhereOption,
    WordsOption,
)
from vsearch.cli.commands.query.question import question
from vsearch.cli.options import (
    CollectionOption,
    DeviceOption,
    EncoderOption,
    JsonOption,
    WeightsOption,
    settings_from,
)
from vsearch.cli.output import note


def query(
    photos: PhotosArgument = None,
    sku: SkuOption = None,
    text: TextOption = None,
    words: WordsOption = "",
    box: BoxOption = None,
    mix: MixOption = None,
    unlike: UnlikeOption = None,
    unlike_sku: UnlikeSkuOption = None,
    regions: RegionsOption = 0,
    where: WhereOption = "",
    min_confidence: MinConfidenceOption = 0.0,
    collapse: CollapseOption = False,
    group: GroupOption = "product",
    diversity: DiversityOption = 0.0,
    boost: BoostOption = None,
    rerank: RerankOption = False,
    k: KOption = 10,
    offset: OffsetOption = 0,
    facet: FacetOption = None,
    html: HtmlOption = None,
    explain: ExplainOption = False,
    explain_png: ExplainPngOption = None,
    summary: SummaryOption = False,
    as_json: JsonOption = False,
    collection: CollectionOption = None,
    encoder: EncoderOption = None,
    weights: WeightsOption = None,
    device: DeviceOption = None,
) -> None:
    """Find the products that look most like a photo, a product, or a mixture.

    Each product comes once, by the image of it that matches best. The score is
    the cosine similarity between what is asked and that image; "sure" is the
    probability that it is the very thing.

    Examples:

      vsearch query photo.jpg

      vsearch query https://shop.example/shoe.jpg -k 5 --json

      vsearch query photo.jpg --where 'category:shoes/* AND price<50 AND available'

      vsearch query photo.jpg --box 120,40,300,300 --html hits.html --explain

      vsearch query scene.jpg --regions 4

      vsearch query front.jpg side.jpg --unlike-sku SHO-RUN-002

      vsearch query photo.jpg --words "running shoe" --facet brand --facet price

      vsearch query --sku SHO-RUN-001 --group item-group --diversity 0.3

      curl -s https://shop.example/shoe.jpg | vsearch query -
    """
    if explain and html is None:
        raise typer.BadParameter("--explain: is shown on the page; give --html FILE with it")
    if not (photos or sku or text or words.strip()):
        raise typer.BadParameter("give a PHOTO, --sku, --text or --words")
    if summary and not as_json:
        raise typer.BadParameter("--summary: is a line of JSON; give --json with it")
    from vsearch.collection import Collection
    from vsearch.errors import ImageRejected
    from vsearch.searching.query import Grouping
    from vsearch.searching.reports import EXPLAINED
    from vsearch.storage import storage_errors

    if group not in list(Grouping):
        raise typer.BadParameter(f'--group: "{group}" is not {" or ".join(Grouping)}')
    asked = question(
        photos=photos or (),
        skus=sku or (),
        text=text,
        box=box,
        mix=mix,
        unlike=unlike or (),
        unlike_skus=unlike_sku or (),
        boosts=boost or (),
        words=words,
        where=where,
        k=k,
        offset=offset,
        group=Grouping(group),
        collapse=collapse,
        diversity=diversity,
        rerank=rerank,
        min_confidence=min_confidence,
        facets=tuple(facet or ()),
        regions=regions,
    )
    settings = settings_from(collection=collection, encoder=encoder, weights=weights, device=device)
    with Collection.open(settings.collection, settings=settings) as opened:
        # What is timed is the query itself: the encoder's seconds of loading come before.
        if photos or unlike or text:
            opened.load_encoder()
        started = perf_counter()
        result = opened.search(asked)
        seconds = perf_counter() - started
        if html is not None:
            opened.write_report(html, asked, result=result, seconds=seconds, explain=explain)
        if explain_png is not None:
            with storage_errors(explain_png):
                explain_png.mkdir(parents=True, exist_ok=True)
                for hit in result.hits[:EXPLAINED]:
                    file = explain_png / f"hit-{hit.rank:02d}.png"
                    try:
                        file.write_bytes(opened.explain(asked, hit))
                    except ImageRejected as gone:
                        note(f"not explained: {gone}")
        if as_json:
            print_records(result, with_summary=summary or bool(facet) or bool(regions))
        else:
            print_answer(asked, result, opened.status().products, seconds)
        if html is not None:
            note(f"report: {html}")
