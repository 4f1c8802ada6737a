"""Bodies of requests that come in more forms than one."""
