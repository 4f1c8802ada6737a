"""Which column of a feed means which field of a product."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from vsearch.errors import FeedError

_SEPARATORS = re.compile(r"[\s_\-]+")
_ATTRIBUTE_PREFIXES = ("attr.", "attribute.", "attributes.")


@dataclass(frozen=True, slots=True)
class Column:
    """One documented column of a format."""

    name: str
    """The field that it fills; what the right side of ``--map column=field`` names."""

    aliases: tuple[str, ...]
    """Other headers that mean the same, the likeliest first; case, spaces, ``-`` and ``_``
    don't matter."""

    meaning: str
    """For people: what belongs in it, in a few words."""

    many: bool = False
    """Whether several columns of one row may fill it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a row's cells go, by their index."""

    columns: tuple[str, ...]
    fields: tuple[tuple[str, int], ...]
    """(field, cell): at most one cell a field."""

    many: Mapping[str, tuple[int, ...]]
    """field → cells in the order of the columns, for the fields that take several."""

    attributes: tuple[tuple[str, int], ...]
    """(attribute name, cell): the columns that fill no field."""

    def has(self, name: str) -> bool:
        """Whether some column fills the field."""
        return name in self.many or any(name == filled for filled, _ in self.fields)


@dataclass(frozen=True)
class Vocabulary:
    """The columns of one format, and how a header is read with them."""

    columns: tuple[Column, ...]

    ignored: tuple[str, ...] = ()
    """Columns that tell nothing of the product, and are no attributes either."""

    _by_alias: Mapping[str, tuple[Column, int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        by_alias: dict[str, tuple[Column, int]] = {}
        for column in self.columns:
            for rank, alias in enumerate((column.name, *column.aliases)):
                by_alias.setdefault(folded(alias), (column, rank))
        object.__setattr__(self, "_by_alias", MappingProxyType(by_alias))

    def field_of(self, header: str) -> str | None:
        """The field that a column of this name fills without ``--map``, None for none."""
        known = self._by_alias.get(folded(header))
        return known[0].name if known else None

    def check_targets(self, mapping: Mapping[str, str], where: object) -> None:
        """Raises FeedError where ``--map`` names a field that isn't there."""
        for column, target in mapping.items():
            if not attribute_name(target) and folded(target) not in self._by_alias:
                names = [known.name for known in self.columns]
                raise FeedError(
                    f'{where}: --map {column}={target}: no field is called "{target}"; '
                    f"{_nearest(target, names)}"
                )

    def lay_out(
        self, header: Sequence[str], mapping: Mapping[str, str], where: object, *, strict: bool
    ) -> Layout:
        """Decide what each column of a header fills.

        A column that ``mapping`` names fills what it says; then a field's own name goes
        before its aliases. What fills no field becomes a free attribute.

        Args:
            header: the columns as they stand.
            mapping: column → field or ``attr.NAME``.
            where: the feed, for messages.
            strict: whether ``mapping`` may name only columns of this header.

        Raises:
            FeedError: ``mapping`` names an unknown column or field, or one field twice.
        """
        self.check_targets(mapping, where)
        mapped = _mapped_columns(header, mapping, where, strict=strict)
        claims: dict[str, list[tuple[int, int]]] = {}
        attributes: list[tuple[str, int]] = []
        for index, name in enumerate(header):
            target = mapped.get(index, name)
            attribute = attribute_name(target)
            known = None if attribute else self._by_alias.get(folded(target))
            if known is not None:
                column, rank = known
                claims.setdefault(column.name, []).append((-1 if index in mapped else rank, index))
            elif attribute or (target.strip() and folded(target) not in self.ignored):
                attributes.append((attribute or target.strip(), index))
        fields: list[tuple[str, int]] = []
        many: dict[str, tuple[int, ...]] = {}
        for column in self.columns:
            ranked = sorted(claims.get(column.name, ()))
            if not ranked:
                continue
            if column.many:
                many[column.name] = tuple(sorted(index for _, index in ranked))
                continue
            fields.append((column.name, ranked[0][1]))
            if len(ranked) > 1 and ranked[1][0] == -1:
                first, second = (header[index] for _, index in ranked[:2])
                raise FeedError(f'{where}: --map: "{first}" and "{second}" both fill {column.name}')
            # A second "id" beside "sku" is something the merchant tells, not noise.
            attributes += [
                (header[index].strip(), index)
                for _, index in ranked[1:]
                if folded(header[index]) != folded(header[ranked[0][1]])
            ]
        return Layout(tuple(header), tuple(fields), many, tuple(attributes))


def folded(name: str) -> str:
    """A column's name without what merchants' programs disagree about."""
    return _SEPARATORS.sub("_", name.strip().removeprefix("\ufeff")).strip("_").casefold()


def require(layout: Layout, name: str, where: object) -> None:
    """Raises FeedError, naming the columns that are there, where no column fills the field."""
    if not layout.has(name):
        raise FeedError(
            f"{where}: no column for {name}; the columns are {listed(layout.columns)}; "
            f"say which one it is with --map COLUMN={name}"
        )


def listed(names: Iterable[str], limit: int = 20) -> str:
    """Names in quotes, separated by commas, cut to the first ``limit``."""
    shown = list(names)
    rest = f" and {len(shown) - limit} more" if len(shown) > limit else ""
    return ", ".join(f'"{name[:60]}"' for name in shown[:limit]) + rest


def _mapped_columns(
    header: Sequence[str], mapping: Mapping[str, str], where: object, *, strict: bool
) -> dict[int, str]:
    mapped: dict[int, str] = {}
    for column, target in mapping.items():
        exact = [index for index, name in enumerate(header) if name.strip() == column.strip()]
        loose = [index for index, name in enumerate(header) if folded(name) == folded(column)]
        if exact or loose:
            mapped[(exact or loose)[0]] = target
        elif strict:
            raise FeedError(
                f'{where}: --map {column}={target}: no column is called "{column}"; '
                f"{_nearest(column, header)}"
            )
    return mapped


def attribute_name(target: str) -> str:
    """``colour`` for ``attr.colour`` and ``attributes.colour``; empty for anything else."""
    for prefix in _ATTRIBUTE_PREFIXES:
        if target.strip().lower().startswith(prefix):
            return target.strip()[len(prefix) :].strip()
    return ""


def _nearest(name: str, known: Sequence[str]) -> str:
    by_folded = {folded(candidate): candidate for candidate in known}
    near = difflib.get_close_matches(folded(name), by_folded, n=3, cutoff=0.6)
    if near:
        return f"did you mean {' or '.join(by_folded[match] for match in near)}?"
    return f"there are {listed(known)}"
