"""An agent that talks to ``vsearch mcp`` over the process's own stdin and stdout."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult


class Agent:
    def __init__(self, portal: BlockingPortal, client: Client) -> None:
        self._portal = portal
        self.client = client

    def ask(self, method: str, *arguments: Any) -> Any:
        """Call one of the SDK's own methods."""
        return self._portal.call(getattr(self.client, method), *arguments)

    def call(self, tool: str, **arguments: Any) -> CallToolResult:
        answer = self.ask("call_tool", tool, arguments)
        assert isinstance(answer, CallToolResult)
        return answer

    def told(self, tool: str, **arguments: Any) -> dict[str, Any]:
        """The structured answer of a call that succeeds."""
        answer = self.call(tool, **arguments)
        assert not answer.is_error, answer.content
        assert answer.structured_content is not None
        return answer.structured_content

    def refusal(self, tool: str, **arguments: Any) -> str:
        answer = self.call(tool, **arguments)
        assert answer.is_error
        (content,) = answer.content
        assert content.type == "text"
        return content.text


StartAgent = Callable[..., Agent]


@pytest.fixture(scope="session")
def start_agent() -> Iterator[StartAgent]:
    """Starts ``vsearch mcp`` with options and environment of one's own."""
    with ExitStack() as stack:
        portal = stack.enter_context(start_blocking_portal())

        def start(*options: str, **environment: str) -> Agent:
            parameters = StdioServerParameters(
                command=sys.executable,
                args=["-W", "error", "-m", "vsearch", "mcp", *options],
                env={"OMP_WAIT_POLICY": "PASSIVE", **environment},
            )
            opened = portal.wrap_async_context_manager(Client(parameters))
            return Agent(portal, stack.enter_context(opened))

        yield start
