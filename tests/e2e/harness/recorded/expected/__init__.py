"""What a client is to get of a recording, read from it by code that shares nothing with the filter.

One module for each wire format, each with `whole(exchange)` and `streamed(exchange)`; the mappings are
those of wire-facts §0 (2026-11-21). Where this and the filter differ, one of them is wrong.
"""
