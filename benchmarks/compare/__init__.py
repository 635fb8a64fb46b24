"""``make compare``: the same pipeline run by several orchestrators, in the same scenarios."""
