"""The interactive console: a line to type prompts and verbs on, and what comes of them."""
