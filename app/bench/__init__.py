"""The serving benchmark: how fast model servers answer, measured at the client's end of the wire.

Built in, because the tools that people use for it count the empty role chunk as the first token.
evalscope is the engine for more load, and both are held against a server whose timing is known.
"""
