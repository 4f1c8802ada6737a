"""What a ViT knows of each place of a picture, beside its one embedding of the whole."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from vsearch.images.box import Box


@dataclass(frozen=True, slots=True, eq=False)
class PatchTokens:
    """One token for each cell of a grid over a picture.

    The grid covers the whole upright picture, or the part of it that the encoder looks at. Its
    edges are shares of the picture's width and height: 0 and 1 for the whole, more than 0 and
    less than 1 where the margins are cut off, and past them where they are filled up.
    """

    tokens: npt.NDArray[np.float32]
    """(rows, columns, dim) float32, each token of L2 norm 1."""

    left: float = 0.0
    top: float = 0.0
    right: float = 1.0
    bottom: float = 1.0

    @property
    def rows(self) -> int:
        """How many tokens stand below one another."""
        return int(self.tokens.shape[0])

    @property
    def columns(self) -> int:
        """How many tokens stand side by side."""
        return int(self.tokens.shape[1])

    @property
    def flat(self) -> npt.NDArray[np.float32]:
        """(rows * columns, dim): the same tokens, row by row."""
        return self.tokens.reshape(-1, self.tokens.shape[2])

    def box_of(self, row: int, column: int, rows: int = 1, columns: int = 1) -> Box:
        """Where a patch, or a block of them, lies in the upright picture, in shares of it.

        Args:
            row: the patch's, or of the block's upper left one; 0 is the uppermost.
            column: likewise; 0 is the leftmost.
            rows: of the block.
            columns: of the block.

        Raises:
            IndexError: the grid ends before the block does.
            QueryError: it lies outside the picture, where the encoder fills up a margin.
        """
        if not (
            0 <= row < row + rows <= self.rows and 0 <= column < column + columns <= self.columns
        ):
            raise IndexError(
                f"rows {row}..{row + rows - 1}, columns {column}..{column + columns - 1} of a grid"
                f" of {self.rows} x {self.columns}"
            )
        across = (self.right - self.left) / self.columns
        down = (self.bottom - self.top) / self.rows
        left = min(max(self.left + across * column, 0.0), 1.0)
        top = min(max(self.top + down * row, 0.0), 1.0)
        right = min(max(self.left + across * (column + columns), 0.0), 1.0)
        bottom = min(max(self.top + down * (row + rows), 0.0), 1.0)
        return Box(left, top, right - left, bottom - top)
