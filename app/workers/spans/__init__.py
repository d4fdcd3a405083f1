"""OpenTelemetry: what an answer took, told to a collector that the person has named, in a process of its own.

Nobody who has named none ever starts it; a collector that hangs holds up nothing but this.
"""
