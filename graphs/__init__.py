"""The agent as a graph: model, tool router, approval, tool execution.

Pure by rule: no I/O, no settings, no globals, and nothing from ``app``. Whatever touches the world
comes in through the protocols of this package (``ChatModels``, ``Toolset``, ``Journal``).
"""
